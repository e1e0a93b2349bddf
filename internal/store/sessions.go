package store

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
type Sessions struct{ db *DB }

// Sessions returns the session store.
func (d *DB) Sessions() Sessions { return Sessions{db: d} }

type sessionRow struct {
	TokenHash string `gorm:"primaryKey"`
	Data      []byte
	ExpiresAt int64
}

func (sessionRow) TableName() string { return "sessions" }

// FindCtx returns the session's data; found is false if there is none or it has expired.
func (s Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	row, err := gorm.G[sessionRow](s.db.gorm).Where("token_hash = ? AND expires_at > ?", token,
		sqldb.Micros(time.Now())).First(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, false, nil
	}
	return row.Data, err == nil, sqldb.Wrap(err, "session")
}

// CommitCtx writes a session, and sweeps out those that have expired.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if err := sweep[sessionRow](ctx, s.db.gorm); err != nil {
		return sqldb.Wrap(err, "session")
	}
	row := sessionRow{TokenHash: token, Data: data, ExpiresAt: sqldb.Micros(expiry)}
	return sqldb.Wrap(gorm.G[sessionRow](s.db.gorm, clause.OnConflict{UpdateAll: true}).Create(ctx, &row), "session")
}

// DeleteCtx ends a session.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	_, err := gorm.G[sessionRow](s.db.gorm).Where("token_hash = ?", token).Delete(ctx)
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

// sweep removes the rows that have expired. Whoever adds one sweeps, so a table
// holds no more than came within one lifetime.
func sweep[R any](ctx context.Context, db *gorm.DB) error {
	_, err := gorm.G[R](db).Where("expires_at <= ?", sqldb.Micros(time.Now())).Delete(ctx)
	return err
}
