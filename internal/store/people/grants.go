package people

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type grantRow struct {
	ID         string `gorm:"primaryKey"`
	UserID     string
	Role       string
	ScopeKind  string
	ScopeValue string
	GrantedBy  string
	GrantedAt  int64
	EndsAt     int64
	FromGroup  string
}

func (grantRow) TableName() string { return "role_grants" }

func (r grantRow) grant() access.RoleGrant {
	return access.RoleGrant{
		ID:        r.ID,
		Role:      access.Role(r.Role),
		Scope:     access.Scope{Kind: access.ScopeKind(r.ScopeKind), Value: r.ScopeValue},
		GrantedBy: r.GrantedBy,
		GrantedAt: sqldb.FromMicros(r.GrantedAt),
		EndsAt:    sqldb.FromMicros(r.EndsAt),
		Group:     r.FromGroup,
	}
}

func grantRowOf(userID string, g access.RoleGrant) grantRow {
	return grantRow{
		ID:         g.ID,
		UserID:     userID,
		Role:       string(g.Role),
		ScopeKind:  string(g.Scope.Kind),
		ScopeValue: g.Scope.Value,
		GrantedBy:  g.GrantedBy,
		GrantedAt:  sqldb.Micros(g.GrantedAt),
		EndsAt:     sqldb.Micros(g.EndsAt),
		FromGroup:  g.Group,
	}
}

// AddGrant implements identity.Grants. One that has ended makes way for another like it.
func (s *Store) AddGrant(ctx context.Context, userID string, g access.RoleGrant) error {
	row := grantRowOf(userID, g)
	return sqldb.Transaction(ctx, s.db, "grant", func(tx *gorm.DB) error {
		if err := removeEnded(ctx, tx, row); err != nil {
			return err
		}
		return sqldb.Create(ctx, tx, &row)
	})
}

// removeEnded removes a grant like another that has ended when that one begins.
func removeEnded(ctx context.Context, tx *gorm.DB, row grantRow) error {
	_, err := sqldb.Delete[grantRow](ctx, like(tx, row).Where("ends_at > 0 AND ends_at <= ?", row.GrantedAt))
	return err
}

func like(tx *gorm.DB, row grantRow) *gorm.DB {
	return tx.Where("user_id = ? AND role = ? AND scope_kind = ? AND scope_value = ?", row.UserID, row.Role,
		row.ScopeKind, row.ScopeValue)
}

// SetGroupGrants implements identity.Grants.
func (s *Store) SetGroupGrants(ctx context.Context, userID, provider string, all []access.RoleGrant) error {
	return sqldb.Transaction(ctx, s.db, "grant", func(tx *gorm.DB) error {
		_, err := sqldb.Delete[grantRow](ctx, tx.Where("user_id = ? AND from_group <> '' AND granted_by = ?", userID,
			provider))
		if err != nil {
			return err
		}
		for _, g := range all {
			row := grantRowOf(userID, g)
			if err := removeEnded(ctx, tx, row); err != nil {
				return err
			}
			n, err := sqldb.CountRows[grantRow](ctx, like(tx, row))
			if err != nil {
				return err
			}
			if n > 0 { // somebody, or another provider, has granted the same
				continue
			}
			if err := sqldb.Create(ctx, tx, &row); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveGrant implements identity.Grants.
func (s *Store) RemoveGrant(ctx context.Context, userID, id string) error {
	n, err := sqldb.Delete[grantRow](ctx, s.db.Where("user_id = ? AND id = ?", userID, id))
	return one(n, err, "grant")
}

// withGrants adds to users what they were granted, the oldest first.
func withGrants(ctx context.Context, db *gorm.DB, users ...identity.User) ([]identity.User, error) {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	of := map[string][]access.RoleGrant{}
	for part := range slices.Chunk(ids, listing.MaxLimit) {
		rows, err := sqldb.Find[grantRow](ctx, db.Where("user_id IN ?", part).Order("granted_at, id"))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			of[r.UserID] = append(of[r.UserID], r.grant())
		}
	}
	for i := range users {
		users[i].Grants = of[users[i].ID]
	}
	return users, nil
}
