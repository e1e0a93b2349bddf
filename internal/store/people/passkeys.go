package people

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/passkey"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type passkeyRow struct {
	ID           string `gorm:"primaryKey"`
	UserID       string
	Handle       string
	CredentialID string
	Credential   string
	Name         string
	Synced       bool
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	LastUsedAt   int64
}

func (passkeyRow) TableName() string { return "passkeys" }

func (r passkeyRow) passkey() passkey.Passkey {
	return passkey.Passkey{
		ID:           r.ID,
		UserID:       r.UserID,
		Handle:       r.Handle,
		CredentialID: r.CredentialID,
		Credential:   []byte(r.Credential),
		Name:         r.Name,
		Synced:       r.Synced,
		CreatedAt:    sqldb.FromMicros(r.CreatedAt),
		LastUsedAt:   sqldb.FromMicros(r.LastUsedAt),
	}
}

// AddPasskey implements passkey.Store.
func (s *Store) AddPasskey(ctx context.Context, p passkey.Passkey) error {
	return sqldb.Wrap(sqldb.Create(ctx, s.db, &passkeyRow{
		ID:           p.ID,
		UserID:       p.UserID,
		Handle:       p.Handle,
		CredentialID: p.CredentialID,
		Credential:   string(p.Credential),
		Name:         p.Name,
		Synced:       p.Synced,
		CreatedAt:    sqldb.Micros(p.CreatedAt),
		LastUsedAt:   sqldb.Micros(p.LastUsedAt),
	}), "passkey")
}

// PasskeysOf implements passkey.Store.
func (s *Store) PasskeysOf(ctx context.Context, userID string) ([]passkey.Passkey, error) {
	query := s.db.Where("user_id = ?", userID).Order("created_at, id")
	rows, err := sqldb.Find[passkeyRow](ctx, query)
	return sqldb.Convert(rows, err, "passkey", passkeyRow.passkey)
}

// PasskeyByCredential implements passkey.Store.
func (s *Store) PasskeyByCredential(ctx context.Context, credentialID string) (passkey.Passkey, error) {
	row, err := sqldb.First[passkeyRow](ctx, s.db.Where("credential_id = ?", credentialID))
	if err != nil {
		return passkey.Passkey{}, sqldb.Wrap(err, "passkey")
	}
	return row.passkey(), nil
}

// PasskeyUsed implements passkey.Store.
func (s *Store) PasskeyUsed(ctx context.Context, p passkey.Passkey) error {
	changed, err := sqldb.Updates(ctx, s.db.Where("id = ?", p.ID).Select("credential", "synced", "last_used_at"),
		passkeyRow{
			Credential: string(p.Credential),
			Synced:     p.Synced,
			LastUsedAt: sqldb.Micros(p.LastUsedAt),
		})
	return one(changed, err, "passkey")
}

// RemovePasskey implements passkey.Store.
func (s *Store) RemovePasskey(ctx context.Context, id string) error {
	return sqldb.Transaction(ctx, s.db, "passkey", func(tx *gorm.DB) error {
		if err := endBegunWith(ctx, tx, "passkey_id = ?", id); err != nil {
			return err
		}
		changed, err := sqldb.Delete[passkeyRow](ctx, tx.Where("id = ?", id))
		return one(changed, err, "passkey")
	})
}

type challengeRow struct {
	TokenHash string `gorm:"primaryKey"`
	Purpose   string
	UserID    string
	Data      string
	ExpiresAt int64
}

func (challengeRow) TableName() string { return "passkey_challenges" }

// AddChallenge implements passkey.Store, and sweeps out those that have expired.
func (s *Store) AddChallenge(ctx context.Context, c passkey.Challenge) error {
	if err := sweep[challengeRow](ctx, s.db); err != nil {
		return sqldb.Wrap(err, "challenge")
	}
	return sqldb.Wrap(sqldb.Create(ctx, s.db, &challengeRow{
		TokenHash: c.TokenHash,
		Purpose:   string(c.Purpose),
		UserID:    c.UserID,
		Data:      string(c.Data),
		ExpiresAt: sqldb.Micros(c.ExpiresAt),
	}), "challenge")
}

// TakeChallenge implements passkey.Store. Of two who come at once, one finds it.
func (s *Store) TakeChallenge(ctx context.Context, tokenHash string, now time.Time) (passkey.Challenge, error) {
	row, err := take[challengeRow](ctx, s.db, "token_hash = ?", tokenHash)
	if err == nil && row.ExpiresAt <= sqldb.Micros(now) {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return passkey.Challenge{}, sqldb.Wrap(err, "challenge")
	}
	return passkey.Challenge{
		TokenHash: row.TokenHash,
		Purpose:   passkey.Purpose(row.Purpose),
		UserID:    row.UserID,
		Data:      []byte(row.Data),
		ExpiresAt: sqldb.FromMicros(row.ExpiresAt),
	}, nil
}
