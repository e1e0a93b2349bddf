package people

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Sessions keeps browser sessions; it implements the store interface of
// alexedwards/scs. Session tokens arrive here as hashes.
type Sessions struct{ db *gorm.DB }

// Sessions returns the session store.
func (s *Store) Sessions() Sessions { return Sessions{s.db} }

type sessionRow struct {
	TokenHash string `gorm:"primaryKey"`
	Data      []byte
	ExpiresAt int64
}

func (sessionRow) TableName() string { return "sessions" }

// FindCtx returns the session's data; found is false if there is none or it has expired.
func (s Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	row, err := sqldb.First[sessionRow](ctx, s.db.
		Where("token_hash = ? AND expires_at > ?", token, sqldb.Micros(time.Now())))
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, false, nil
	}
	return row.Data, err == nil, sqldb.Wrap(err, "session")
}

// CommitCtx writes a session, and sweeps out those that have expired.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if err := sweep[sessionRow](ctx, s.db); err != nil {
		return sqldb.Wrap(err, "session")
	}
	row := sessionRow{TokenHash: token, Data: data, ExpiresAt: sqldb.Micros(expiry)}
	return sqldb.Wrap(sqldb.Create(ctx, s.db.Clauses(clause.OnConflict{UpdateAll: true}), &row), "session")
}

// DeleteCtx ends a session.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	_, err := sqldb.Delete[sessionRow](ctx, s.db.Where("token_hash = ?", token))
	return sqldb.Wrap(err, "session")
}

// Find implements scs.Store, which has no context.
func (s Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit implements scs.Store.
func (s Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete implements scs.Store.
func (s Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
