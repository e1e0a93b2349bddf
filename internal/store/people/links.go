package people

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type signInLinkRow struct {
	TokenHash string `gorm:"primaryKey"`
	UserID    string
	ExpiresAt int64
}

func (signInLinkRow) TableName() string { return "sign_in_links" }

// AddSignInLink implements identity.Tokens, and sweeps out links that have expired.
func (s *Store) AddSignInLink(ctx context.Context, hash, userID string, expiresAt time.Time) error {
	if err := sweep[signInLinkRow](ctx, s.db); err != nil {
		return sqldb.Wrap(err, "sign-in link")
	}
	err := gorm.G[signInLinkRow](s.db).Create(ctx, &signInLinkRow{
		TokenHash: hash,
		UserID:    userID,
		ExpiresAt: sqldb.Micros(expiresAt),
	})
	return sqldb.Wrap(err, "sign-in link")
}

// TakeSignInLink implements identity.Tokens. Of two who come at once, one finds it.
func (s *Store) TakeSignInLink(ctx context.Context, hash string) (string, time.Time, error) {
	row, err := take[signInLinkRow](ctx, s.db, "token_hash = ?", hash)
	return row.UserID, sqldb.FromMicros(row.ExpiresAt), sqldb.Wrap(err, "sign-in link")
}

// take removes one row and returns it: of two who come at once, one finds it.
func take[R any](ctx context.Context, db *gorm.DB, where, value string) (row R, err error) {
	err = db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if row, err = gorm.G[R](tx).Where(where, value).First(ctx); err != nil {
			return err
		}
		n, err := gorm.G[R](tx).Where(where, value).Delete(ctx)
		if err == nil && n != 1 {
			return gorm.ErrRecordNotFound
		}
		return err
	})
	return row, err
}

// sweep removes the rows that have expired. Whoever adds one sweeps, so a table
// holds no more than came within one lifetime.
func sweep[R any](ctx context.Context, db *gorm.DB) error {
	_, err := gorm.G[R](db).Where("expires_at <= ?", sqldb.Micros(time.Now())).Delete(ctx)
	return err
}
