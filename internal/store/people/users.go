// Package people keeps who may sign in, and with what: users, sign-in links, bearer
// tokens and the console's sessions. Of tokens it knows only hashes.
package people

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type userRow struct {
	ID           string `gorm:"primaryKey"`
	Name         string
	Roles        string
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	DisabledAt   int64
	LastSignInAt int64
	NameKey      string // the name as it is sorted
	NameFold     string // the name without a difference of case
}

func (userRow) TableName() string { return "users" }

func (r userRow) user() identity.User {
	u := identity.User{
		ID:           r.ID,
		Name:         r.Name,
		CreatedAt:    sqldb.FromMicros(r.CreatedAt),
		DisabledAt:   sqldb.FromMicros(r.DisabledAt),
		LastSignInAt: sqldb.FromMicros(r.LastSignInAt),
	}
	u.Roles = rolesIn(r.Roles)
	return u
}

func rolesIn(list string) (roles []access.Role) {
	for _, role := range sqldb.FromList(list) {
		roles = append(roles, access.Role(role))
	}
	return roles
}

func listOf(roles []access.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return sqldb.List(names)
}

func rowOf(u identity.User) *userRow {
	return &userRow{ID: u.ID, Name: u.Name, Roles: listOf(u.Roles), CreatedAt: sqldb.Micros(u.CreatedAt)}
}

// AddUser implements identity.Users.
func (s *Store) AddUser(ctx context.Context, u identity.User) error {
	return sqldb.Transaction(ctx, s.db, "user", func(tx *gorm.DB) error { return addUser(ctx, tx, u) })
}

// UserByID implements identity.Users.
func (s *Store) UserByID(ctx context.Context, id string) (identity.User, error) {
	return s.user(ctx, "id = ?", id)
}

// UserByName implements identity.Users.
func (s *Store) UserByName(ctx context.Context, name string) (identity.User, error) {
	return s.user(ctx, "name = ?", name)
}

func (s *Store) user(ctx context.Context, where, value string) (identity.User, error) {
	row, err := sqldb.First[userRow](ctx, s.db.Where(where, value))
	if err != nil {
		return identity.User{}, sqldb.Wrap(err, "user")
	}
	users, err := withGrants(ctx, s.db, row.user())
	if err != nil {
		return identity.User{}, sqldb.Wrap(err, "user")
	}
	return users[0], nil
}

// Users implements identity.Roster.
func (s *Store) Users(ctx context.Context) ([]identity.User, error) {
	rows, err := sqldb.Find[userRow](ctx, s.db.Order("name"))
	users, err := sqldb.Convert(rows, err, "user", userRow.user)
	if err != nil || len(users) == 0 {
		return users, err
	}
	users, err = withGrants(ctx, s.db, users...)
	return users, sqldb.Wrap(err, "user")
}

// RemoveUser implements identity.Roster.
func (s *Store) RemoveUser(ctx context.Context, id string) error {
	return s.administered(ctx, func(tx *gorm.DB) error {
		if err := removeTokens(ctx, tx, id); err != nil {
			return err
		}
		if _, err := sqldb.Delete[passkeyRow](ctx, tx.Where("user_id = ?", id)); err != nil {
			return err
		}
		if _, err := sqldb.Delete[accountRow](ctx, tx.Where("user_id = ?", id)); err != nil {
			return err
		}
		if _, err := sqldb.Delete[grantRow](ctx, tx.Where("user_id = ?", id)); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM permission_uses WHERE caller_id = ?", id).Error; err != nil {
			return err
		}
		if err := sqldb.SetWords(tx, wordsOf, id); err != nil {
			return err
		}
		n, err := sqldb.Delete[userRow](ctx, tx.Where("id = ?", id))
		return sqldb.ExpectOne(n, err, "user")
	})
}

// one is the outcome of a change that is about one row: NotFound if there was none.
func one(changed int, err error, what string) error {
	if err == nil && changed == 0 {
		err = gorm.ErrRecordNotFound
	}
	return sqldb.Wrap(err, what)
}
