package people

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type invitationRow struct {
	ID        string `gorm:"primaryKey"`
	UserID    string
	Name      string
	Roles     string
	InvitedBy string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	TokenHash string
	CodeHash  string
	Attempts  int
	ExpiresAt int64
}

func (invitationRow) TableName() string { return "invitations" }

func (r invitationRow) invitation() identity.Invitation {
	return identity.Invitation{
		ID:        r.ID,
		UserID:    r.UserID,
		Name:      r.Name,
		Roles:     rolesIn(r.Roles),
		InvitedBy: r.InvitedBy,
		CreatedAt: sqldb.FromMicros(r.CreatedAt),
		TokenHash: r.TokenHash,
		CodeHash:  r.CodeHash,
		Attempts:  r.Attempts,
		ExpiresAt: sqldb.FromMicros(r.ExpiresAt),
	}
}

// AddInvitation implements identity.Invitations.
func (s *Store) AddInvitation(ctx context.Context, i identity.Invitation, now time.Time) error {
	return sqldb.Transaction(ctx, s.db, "invitation", func(tx *gorm.DB) error {
		if _, err := sqldb.Delete[invitationRow](ctx, tx.Where("expires_at <= ?", sqldb.Micros(now))); err != nil {
			return err
		}
		return sqldb.Create(ctx, tx, &invitationRow{
			ID:        i.ID,
			UserID:    i.UserID,
			Name:      i.Name,
			Roles:     listOf(i.Roles),
			InvitedBy: i.InvitedBy,
			CreatedAt: sqldb.Micros(i.CreatedAt),
			TokenHash: i.TokenHash,
			CodeHash:  i.CodeHash,
			Attempts:  i.Attempts,
			ExpiresAt: sqldb.Micros(i.ExpiresAt),
		})
	})
}

// Invitations implements identity.Invitations.
func (s *Store) Invitations(ctx context.Context, now time.Time) ([]identity.Invitation, error) {
	rows, err := sqldb.Find[invitationRow](ctx, s.db.Where("expires_at > ?", sqldb.Micros(now)).
		Order("created_at DESC, id DESC"))
	return sqldb.Convert(rows, err, "invitation", invitationRow.invitation)
}

// InvitationByID implements identity.Invitations.
func (s *Store) InvitationByID(ctx context.Context, id string) (identity.Invitation, error) {
	return s.invitation(ctx, "id = ?", id)
}

// InvitationByToken implements identity.Invitations.
func (s *Store) InvitationByToken(ctx context.Context, tokenHash string) (identity.Invitation, error) {
	return s.invitation(ctx, "token_hash = ? AND token_hash <> ''", tokenHash)
}

func (s *Store) invitation(ctx context.Context, where, value string) (identity.Invitation, error) {
	row, err := sqldb.First[invitationRow](ctx, s.db.Where(where, value))
	if err != nil {
		return identity.Invitation{}, sqldb.Wrap(err, "invitation")
	}
	return row.invitation(), nil
}

// ChangeInvitation implements identity.Invitations.
func (s *Store) ChangeInvitation(ctx context.Context, i identity.Invitation, tokenHash string) error {
	changed, err := sqldb.Updates(ctx, s.db.Where("id = ? AND token_hash = ?", i.ID, tokenHash).
		Select("token_hash", "code_hash", "attempts", "expires_at"), invitationRow{
		TokenHash: i.TokenHash,
		CodeHash:  i.CodeHash,
		Attempts:  i.Attempts,
		ExpiresAt: sqldb.Micros(i.ExpiresAt),
	})
	return one(changed, err, "invitation")
}

// CountAttempt implements identity.Invitations.
func (s *Store) CountAttempt(ctx context.Context, id string, most int) error {
	changed, err := sqldb.Update[invitationRow](ctx, s.db.Where("id = ? AND attempts < ?", id, most), "attempts",
		gorm.Expr("attempts + 1"))
	return one(changed, err, "invitation")
}

// RemoveInvitation implements identity.Invitations.
func (s *Store) RemoveInvitation(ctx context.Context, id string) error {
	changed, err := sqldb.Delete[invitationRow](ctx, s.db.Where("id = ?", id))
	return one(changed, err, "invitation")
}

// Accept implements identity.Invitations. Of two who come at once, one is let in.
func (s *Store) Accept(ctx context.Context, i identity.Invitation, u *identity.User) error {
	return sqldb.Transaction(ctx, s.db, "user", func(tx *gorm.DB) error {
		changed, err := sqldb.Delete[invitationRow](ctx, tx.Where("id = ? AND token_hash = ?", i.ID, i.TokenHash))
		if err := one(changed, err, "invitation"); err != nil || u == nil {
			return err
		}
		return addUser(ctx, tx, *u)
	})
}

// SetRoles implements identity.Access.
func (s *Store) SetRoles(ctx context.Context, id string, roles []access.Role) error {
	changed, err := sqldb.Update[userRow](ctx, s.db.Where("id = ?", id), "roles", listOf(roles))
	return one(changed, err, "user")
}

// ReplaceRoles implements identity.Access.
func (s *Store) ReplaceRoles(ctx context.Context, id string, from, to []access.Role) error {
	return s.administered(ctx, func(tx *gorm.DB) error {
		n, err := sqldb.Update[userRow](ctx, tx.Where("id = ? AND roles = ?", id, listOf(from)), "roles", listOf(to))
		return sqldb.ExpectOne(n, err, "user")
	})
}

// administered makes a change that may take an administrator, unless it takes the last one. Those who make one at the
// same time take turns.
func (s *Store) administered(ctx context.Context, change func(tx *gorm.DB) error) error {
	return sqldb.Transaction(ctx, s.db, "user", func(tx *gorm.DB) error {
		administrators := func() (int, error) {
			held := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
			all, err := sqldb.Find[userRow](ctx, held.Where("disabled_at = 0 AND roles LIKE ?",
				`%"`+string(access.Admin)+`"%`))
			return len(all), err
		}
		before, err := administrators()
		if err != nil {
			return err
		}
		if err := change(tx); err != nil {
			return err
		}
		if after, err := administrators(); err != nil || after > 0 || before == 0 {
			return err
		}
		return identity.LastAdministrator()
	})
}

// Disable implements identity.Access.
func (s *Store) Disable(ctx context.Context, id string, at time.Time) error {
	return s.administered(ctx, func(tx *gorm.DB) error {
		if err := removeTokens(ctx, tx, id); err != nil {
			return err
		}
		changed, err := sqldb.Update[userRow](ctx, tx.Where("id = ?", id), "disabled_at", sqldb.Micros(at))
		return one(changed, err, "user")
	})
}

// Enable implements identity.Access.
func (s *Store) Enable(ctx context.Context, id string) error {
	changed, err := sqldb.Update[userRow](ctx, s.db.Where("id = ?", id), "disabled_at", 0)
	return one(changed, err, "user")
}
