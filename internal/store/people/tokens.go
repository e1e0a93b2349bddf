package people

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type tokenRow struct {
	TokenHash string `gorm:"primaryKey"`
	UserID    string
	ExpiresAt int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

func (tokenRow) TableName() string { return "api_tokens" }

// AddToken implements identity.Tokens.
func (s *Store) AddToken(ctx context.Context, hash, userID string, createdAt, expiresAt time.Time) error {
	err := sqldb.Create(ctx, s.db, &tokenRow{
		TokenHash: hash,
		UserID:    userID,
		ExpiresAt: sqldb.Micros(expiresAt),
		CreatedAt: sqldb.Micros(createdAt),
	})
	return sqldb.Wrap(err, "token")
}

// TokenUser implements identity.Tokens.
func (s *Store) TokenUser(ctx context.Context, hash string) (string, time.Time, error) {
	row, err := sqldb.First[tokenRow](ctx, s.db.Where("token_hash = ?", hash))
	return row.UserID, sqldb.FromMicros(row.ExpiresAt), sqldb.Wrap(err, "token")
}

// RemoveTokens implements identity.Revocation.
func (s *Store) RemoveTokens(ctx context.Context, userID string) error {
	return sqldb.Transaction(ctx, s.db, "token", func(tx *gorm.DB) error { return removeTokens(ctx, tx, userID) })
}

func removeTokens(ctx context.Context, tx *gorm.DB, userID string) error {
	if _, err := sqldb.Delete[tokenRow](ctx, tx.Where("user_id = ?", userID)); err != nil {
		return err
	}
	if _, err := sqldb.Delete[consoleSessionRow](ctx, tx.Where("user_id = ?", userID)); err != nil {
		return err
	}
	if _, err := sqldb.Delete[invitationRow](ctx, tx.Where("user_id = ?", userID)); err != nil {
		return err
	}
	_, err := sqldb.Delete[signInLinkRow](ctx, tx.Where("user_id = ?", userID))
	return err
}
