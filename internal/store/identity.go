package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type userRow struct {
	ID          string `gorm:"primaryKey"`
	Name        string
	Roles       string
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	SignedOutAt int64
}

func (userRow) TableName() string { return "users" }

func (r userRow) user() identity.User {
	u := identity.User{
		ID:          r.ID,
		Name:        r.Name,
		CreatedAt:   sqldb.FromMicros(r.CreatedAt),
		SignedOutAt: sqldb.FromMicros(r.SignedOutAt),
	}
	for _, role := range sqldb.FromList(r.Roles) {
		u.Roles = append(u.Roles, access.Role(role))
	}
	return u
}

// AddUser implements identity.Users.
func (d *DB) AddUser(ctx context.Context, u identity.User) error {
	roles := make([]string, len(u.Roles))
	for i, r := range u.Roles {
		roles[i] = string(r)
	}
	err := gorm.G[userRow](d.gorm).Create(ctx, &userRow{
		ID:        u.ID,
		Name:      u.Name,
		Roles:     sqldb.List(roles),
		CreatedAt: sqldb.Micros(u.CreatedAt),
	})
	return sqldb.Wrap(err, "user")
}

// UserByID implements identity.Users.
func (d *DB) UserByID(ctx context.Context, id string) (identity.User, error) {
	return d.user(ctx, "id = ?", id)
}

// UserByName implements identity.Users.
func (d *DB) UserByName(ctx context.Context, name string) (identity.User, error) {
	return d.user(ctx, "name = ?", name)
}

func (d *DB) user(ctx context.Context, where, value string) (identity.User, error) {
	row, err := gorm.G[userRow](d.gorm).Where(where, value).First(ctx)
	if err != nil {
		return identity.User{}, sqldb.Wrap(err, "user")
	}
	return row.user(), nil
}

type signInLinkRow struct {
	TokenHash string `gorm:"primaryKey"`
	UserID    string
	ExpiresAt int64
}

func (signInLinkRow) TableName() string { return "sign_in_links" }

// AddSignInLink implements identity.Tokens, and sweeps out links that have expired.
func (d *DB) AddSignInLink(ctx context.Context, hash, userID string, expiresAt time.Time) error {
	if err := sweep[signInLinkRow](ctx, d.gorm); err != nil {
		return sqldb.Wrap(err, "sign-in link")
	}
	err := gorm.G[signInLinkRow](d.gorm).Create(ctx, &signInLinkRow{
		TokenHash: hash,
		UserID:    userID,
		ExpiresAt: sqldb.Micros(expiresAt),
	})
	return sqldb.Wrap(err, "sign-in link")
}

// TakeSignInLink implements identity.Tokens. Of two who come at once, one finds it.
func (d *DB) TakeSignInLink(ctx context.Context, hash string) (string, time.Time, error) {
	row, err := take[signInLinkRow](ctx, d.gorm, "token_hash = ?", hash)
	return row.UserID, sqldb.FromMicros(row.ExpiresAt), sqldb.Wrap(err, "sign-in link")
}

type tokenRow struct {
	TokenHash string `gorm:"primaryKey"`
	UserID    string
	ExpiresAt int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

func (tokenRow) TableName() string { return "api_tokens" }

// AddToken implements identity.Tokens.
func (d *DB) AddToken(ctx context.Context, hash, userID string, createdAt, expiresAt time.Time) error {
	err := gorm.G[tokenRow](d.gorm).Create(ctx, &tokenRow{
		TokenHash: hash,
		UserID:    userID,
		ExpiresAt: sqldb.Micros(expiresAt),
		CreatedAt: sqldb.Micros(createdAt),
	})
	return sqldb.Wrap(err, "token")
}

// TokenUser implements identity.Tokens.
func (d *DB) TokenUser(ctx context.Context, hash string) (string, time.Time, error) {
	row, err := gorm.G[tokenRow](d.gorm).Where("token_hash = ?", hash).First(ctx)
	return row.UserID, sqldb.FromMicros(row.ExpiresAt), sqldb.Wrap(err, "token")
}

// Users implements identity.Roster.
func (d *DB) Users(ctx context.Context) ([]identity.User, error) {
	rows, err := gorm.G[userRow](d.gorm).Order("name").Find(ctx)
	return sqldb.Convert(rows, err, "user", userRow.user)
}

// RemoveUser implements identity.Roster.
func (d *DB) RemoveUser(ctx context.Context, id string) error {
	err := d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := removeTokens(ctx, tx, id); err != nil {
			return err
		}
		n, err := gorm.G[userRow](tx).Where("id = ?", id).Delete(ctx)
		return sqldb.ExpectOne(n, err, "user")
	})
	return sqldb.Wrap(err, "user")
}

// RemoveTokens implements identity.Revocation.
func (d *DB) RemoveTokens(ctx context.Context, userID string, at time.Time) error {
	err := d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := removeTokens(ctx, tx, userID); err != nil {
			return err
		}
		_, err := gorm.G[userRow](tx).Where("id = ?", userID).Update(ctx, "signed_out_at", sqldb.Micros(at))
		return err
	})
	return sqldb.Wrap(err, "token")
}

func removeTokens(ctx context.Context, tx *gorm.DB, userID string) error {
	if _, err := gorm.G[tokenRow](tx).Where("user_id = ?", userID).Delete(ctx); err != nil {
		return err
	}
	_, err := gorm.G[signInLinkRow](tx).Where("user_id = ?", userID).Delete(ctx)
	return err
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
