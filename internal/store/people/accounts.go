package people

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/federation"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type accountRow struct {
	Issuer     string `gorm:"primaryKey"`
	Subject    string `gorm:"primaryKey"`
	UserID     string
	Provider   string
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	LastUsedAt int64
}

func (accountRow) TableName() string { return "accounts" }

func (r accountRow) account() identity.Account {
	return identity.Account{
		Issuer:     r.Issuer,
		Subject:    r.Subject,
		UserID:     r.UserID,
		Provider:   r.Provider,
		CreatedAt:  sqldb.FromMicros(r.CreatedAt),
		LastUsedAt: sqldb.FromMicros(r.LastUsedAt),
	}
}

// AccountByName implements identity.Accounts.
func (s *Store) AccountByName(ctx context.Context, issuer, subject string) (identity.Account, error) {
	row, err := sqldb.First[accountRow](ctx, s.db.Where("issuer = ? AND subject = ?", issuer, subject))
	return row.account(), sqldb.Wrap(err, "account")
}

// AddAccount implements identity.Accounts.
func (s *Store) AddAccount(ctx context.Context, a identity.Account, u *identity.User) error {
	return sqldb.Transaction(ctx, s.db, "account", func(tx *gorm.DB) error {
		if u != nil {
			if err := addUser(ctx, tx, *u); err != nil {
				return err
			}
		}
		return sqldb.Create(ctx, tx, &accountRow{
			Issuer:     a.Issuer,
			Subject:    a.Subject,
			UserID:     a.UserID,
			Provider:   a.Provider,
			CreatedAt:  sqldb.Micros(a.CreatedAt),
			LastUsedAt: sqldb.Micros(a.LastUsedAt),
		})
	})
}

// AccountUsed implements identity.Accounts.
func (s *Store) AccountUsed(ctx context.Context, issuer, subject string, at time.Time) error {
	changed, err := sqldb.Update[accountRow](ctx, s.db.Where("issuer = ? AND subject = ?", issuer, subject),
		"last_used_at", sqldb.Micros(at))
	return one(changed, err, "account")
}

// AccountsOf implements identity.Accounts.
func (s *Store) AccountsOf(ctx context.Context, userID string) ([]identity.Account, error) {
	rows, err := sqldb.Find[accountRow](ctx, s.db.Where("user_id = ?", userID).Order("created_at, issuer, subject"))
	return sqldb.Convert(rows, err, "account", accountRow.account)
}

// RemoveAccount implements identity.Accounts.
func (s *Store) RemoveAccount(ctx context.Context, userID, issuer, subject string) error {
	return sqldb.Transaction(ctx, s.db, "account", func(tx *gorm.DB) error {
		n, err := sqldb.Delete[accountRow](ctx,
			tx.Where("user_id = ? AND issuer = ? AND subject = ?", userID, issuer, subject))
		if err := one(n, err, "account"); err != nil {
			return err
		}
		return endBegunWith(ctx, tx, "issuer = ? AND subject = ?", issuer, subject)
	})
}

// EndAccountSessions implements identity.Accounts.
func (s *Store) EndAccountSessions(
	ctx context.Context, issuer, subject, sid string, begun time.Time,
) (n int, err error) {
	where, values := "issuer = ?", []any{issuer}
	if subject != "" {
		where, values = where+" AND subject = ?", append(values, subject)
	}
	if sid != "" {
		where, values = where+" AND provider_sid = ?", append(values, sid)
	}
	err = sqldb.Transaction(ctx, s.db, "session", func(tx *gorm.DB) error {
		sessions, tokens := tx.Where(where, values...), tx.Where(where, values...)
		if sid == "" { // else it is that one session, and none that began later has its sid
			sessions = sessions.Where("began_at <= ?", sqldb.Micros(begun))
			tokens = tokens.Where(withoutSession)
		}
		if n, err = sqldb.Delete[consoleSessionRow](ctx, sessions); err != nil {
			return err
		}
		if _, err := sqldb.Delete[terminalRow](ctx, tx.Where(where, values...)); err != nil {
			return err
		}
		_, err = sqldb.Delete[tokenRow](ctx, tokens)
		return err
	})
	return n, err
}

// withoutSession are tokens that were made before the sessions of their account that are still there.
const withoutSession = "NOT EXISTS (SELECT 1 FROM console_sessions WHERE " +
	"console_sessions.issuer = api_tokens.issuer AND console_sessions.subject = api_tokens.subject AND " +
	"console_sessions.began_at <= api_tokens.created_at)"

type accountRequestRow struct {
	StateHash string `gorm:"primaryKey"`
	HeldHash  string
	Provider  string
	Purpose   string
	UserID    string
	SessionID string
	Nonce     string
	Verifier  string
	Next      string
	BeganAt   int64
	ExpiresAt int64
}

func (accountRequestRow) TableName() string { return "account_requests" }

// AddAccountRequest implements federation.Store.
func (s *Store) AddAccountRequest(ctx context.Context, r federation.Request, most int) error {
	return sqldb.Transaction(ctx, s.db, "account request", func(tx *gorm.DB) error {
		_, err := sqldb.Delete[accountRequestRow](ctx, tx.Where("expires_at <= ?", sqldb.Micros(r.BeganAt)))
		if err != nil {
			return err
		}
		oldest := tx.WithContext(ctx).Model(&accountRequestRow{}).Select("state_hash").
			Order("expires_at DESC, state_hash").Limit(maxKept).Offset(most - 1)
		if _, err := sqldb.Delete[accountRequestRow](ctx, tx.Where("state_hash IN (?)", oldest)); err != nil {
			return err
		}
		return sqldb.Create(ctx, tx, &accountRequestRow{
			StateHash: r.StateHash,
			HeldHash:  r.HeldHash,
			Provider:  r.Provider,
			Purpose:   string(r.Purpose),
			UserID:    r.UserID,
			SessionID: r.SessionID,
			Nonce:     r.Nonce,
			Verifier:  r.Verifier,
			Next:      r.Next,
			BeganAt:   sqldb.Micros(r.BeganAt),
			ExpiresAt: sqldb.Micros(r.ExpiresAt),
		})
	})
}

// TakeAccountRequest implements federation.Store.
func (s *Store) TakeAccountRequest(ctx context.Context, stateHash string) (federation.Request, error) {
	var row accountRequestRow
	err := sqldb.Transaction(ctx, s.db, "account request", func(tx *gorm.DB) error {
		var err error
		if row, err = sqldb.First[accountRequestRow](ctx, tx.Where("state_hash = ?", stateHash)); err != nil {
			return err
		}
		n, err := sqldb.Delete[accountRequestRow](ctx, tx.Where("state_hash = ?", stateHash))
		return one(n, err, "account request") // nobody else has taken it meanwhile
	})
	return federation.Request{
		StateHash: row.StateHash,
		HeldHash:  row.HeldHash,
		Provider:  row.Provider,
		Purpose:   federation.Purpose(row.Purpose),
		UserID:    row.UserID,
		SessionID: row.SessionID,
		Nonce:     row.Nonce,
		Verifier:  row.Verifier,
		Next:      row.Next,
		BeganAt:   sqldb.FromMicros(row.BeganAt),
		ExpiresAt: sqldb.FromMicros(row.ExpiresAt),
	}, err
}
