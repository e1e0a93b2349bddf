package people

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type tokenRow struct {
	TokenHash   string `gorm:"primaryKey"`
	UserID      string
	Name        string
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	ExpiresAt   int64
	LastUsedAt  int64
	PasskeyID   string
	Issuer      string
	Subject     string
	ProviderSid string
}

func (tokenRow) TableName() string { return "api_tokens" }

func (r tokenRow) token() identity.Token {
	return identity.Token{
		Hash:       r.TokenHash,
		UserID:     r.UserID,
		Name:       r.Name,
		CreatedAt:  sqldb.FromMicros(r.CreatedAt),
		ExpiresAt:  sqldb.FromMicros(r.ExpiresAt),
		LastUsedAt: sqldb.FromMicros(r.LastUsedAt),
		From: identity.Source{
			PasskeyID:   r.PasskeyID,
			Issuer:      r.Issuer,
			Subject:     r.Subject,
			ProviderSid: r.ProviderSid,
		},
	}
}

// AddToken implements identity.BearerTokens.
func (s *Store) AddToken(ctx context.Context, t identity.Token, most int) error {
	return sqldb.Transaction(ctx, s.db, "token", func(tx *gorm.DB) error {
		_, err := sqldb.Delete[tokenRow](ctx, tx.Where("user_id = ? AND expires_at > 0 AND expires_at <= ?", t.UserID,
			sqldb.Micros(t.CreatedAt)))
		if err != nil {
			return err
		}
		n, err := sqldb.CountRows[tokenRow](ctx, tx.Where("user_id = ?", t.UserID))
		if err != nil {
			return err
		}
		if n >= int64(most) {
			return identity.TooManyTokens(most)
		}
		return sqldb.Create(ctx, tx, &tokenRow{
			TokenHash:   t.Hash,
			UserID:      t.UserID,
			Name:        t.Name,
			CreatedAt:   sqldb.Micros(t.CreatedAt),
			ExpiresAt:   sqldb.Micros(t.ExpiresAt),
			PasskeyID:   t.From.PasskeyID,
			Issuer:      t.From.Issuer,
			Subject:     t.From.Subject,
			ProviderSid: t.From.ProviderSid,
		})
	})
}

// TokenByHash implements identity.BearerTokens.
func (s *Store) TokenByHash(ctx context.Context, hash string) (identity.Token, error) {
	row, err := sqldb.First[tokenRow](ctx, s.db.Where("token_hash = ?", hash))
	return row.token(), sqldb.Wrap(err, "token")
}

// TokensOf implements identity.BearerTokens.
func (s *Store) TokensOf(ctx context.Context, userID string) ([]identity.Token, error) {
	rows, err := sqldb.Find[tokenRow](ctx, s.db.Where("user_id = ?", userID).Order("created_at DESC, token_hash"))
	return sqldb.Convert(rows, err, "token", tokenRow.token)
}

// PersonalTokens implements review.Holders.
func (s *Store) PersonalTokens(ctx context.Context) ([]identity.Token, error) {
	rows, err := sqldb.Find[tokenRow](ctx, s.db.Order("user_id, created_at DESC, token_hash"))
	return sqldb.Convert(rows, err, "token", tokenRow.token)
}

// TokenUsed implements identity.BearerTokens.
func (s *Store) TokenUsed(ctx context.Context, hash string, at time.Time) error {
	_, err := sqldb.Update[tokenRow](ctx, s.db.Where("token_hash = ?", hash), "last_used_at", sqldb.Micros(at))
	return sqldb.Wrap(err, "token")
}

// RemoveToken implements identity.Revocation.
func (s *Store) RemoveToken(ctx context.Context, hash string) error {
	n, err := sqldb.Delete[tokenRow](ctx, s.db.Where("token_hash = ?", hash))
	return one(n, err, "token")
}

// RemoveTokens implements identity.Revocation.
func (s *Store) RemoveTokens(ctx context.Context, userID string) error {
	return sqldb.Transaction(ctx, s.db, "token", func(tx *gorm.DB) error { return removeTokens(ctx, tx, userID) })
}

func removeTokens(ctx context.Context, tx *gorm.DB, userID string) error {
	if err := endBegunWith(ctx, tx, "user_id = ?", userID); err != nil {
		return err
	}
	if _, err := sqldb.Delete[invitationRow](ctx, tx.Where("user_id = ?", userID)); err != nil {
		return err
	}
	_, err := sqldb.Delete[signInLinkRow](ctx, tx.Where("user_id = ?", userID))
	return err
}

// endBegunWith removes the sessions, the tokens and the logins of terminals that began with what the condition says.
func endBegunWith(ctx context.Context, tx *gorm.DB, where string, values ...any) error {
	if _, err := sqldb.Delete[tokenRow](ctx, tx.Where(where, values...)); err != nil {
		return err
	}
	if _, err := sqldb.Delete[terminalRow](ctx, tx.Where(where, values...)); err != nil {
		return err
	}
	_, err := sqldb.Delete[consoleSessionRow](ctx, tx.Where(where, values...))
	return err
}

type terminalRow struct {
	CodeHash    string `gorm:"primaryKey"`
	Challenge   string
	UserID      string
	Name        string
	Lasts       int64
	PasskeyID   string
	Issuer      string
	Subject     string
	ProviderSid string
	ExpiresAt   int64
}

func (terminalRow) TableName() string { return "terminal_logins" }

// AddTerminal implements identity.Terminals, and sweeps out those that have expired.
func (s *Store) AddTerminal(ctx context.Context, t identity.Terminal) error {
	if err := sweep[terminalRow](ctx, s.db); err != nil {
		return sqldb.Wrap(err, "login")
	}
	return sqldb.Wrap(sqldb.Create(ctx, s.db, &terminalRow{
		CodeHash:    t.CodeHash,
		Challenge:   t.Challenge,
		UserID:      t.UserID,
		Name:        t.Name,
		Lasts:       t.Lasts.Microseconds(),
		PasskeyID:   t.From.PasskeyID,
		Issuer:      t.From.Issuer,
		Subject:     t.From.Subject,
		ProviderSid: t.From.ProviderSid,
		ExpiresAt:   sqldb.Micros(t.ExpiresAt),
	}), "login")
}

// TakeTerminal implements identity.Terminals. Of two who come at once, one finds it.
func (s *Store) TakeTerminal(ctx context.Context, codeHash string) (identity.Terminal, error) {
	row, err := take[terminalRow](ctx, s.db, "code_hash = ?", codeHash)
	if err != nil {
		return identity.Terminal{}, sqldb.Wrap(err, "login")
	}
	return identity.Terminal{
		CodeHash:  row.CodeHash,
		Challenge: row.Challenge,
		UserID:    row.UserID,
		Name:      row.Name,
		Lasts:     time.Duration(row.Lasts) * time.Microsecond,
		From: identity.Source{
			PasskeyID:   row.PasskeyID,
			Issuer:      row.Issuer,
			Subject:     row.Subject,
			ProviderSid: row.ProviderSid,
		},
		ExpiresAt: sqldb.FromMicros(row.ExpiresAt),
	}, nil
}
