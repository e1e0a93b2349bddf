package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/issuer"
)

type authorizationRow struct {
	StateHash      string `gorm:"primaryKey"`
	RegistrationID string
	CallerID       string
	RedirectURI    string `gorm:"column:redirect_uri"`
	ExpiresAt      int64
}

func (authorizationRow) TableName() string { return "authorizations" }

// AddAuthorization implements issuer.Authorizations. It sweeps out those that
// have expired: most customers who turn back at their bank never return.
func (d *DB) AddAuthorization(ctx context.Context, a issuer.Authorization) error {
	if err := sweep[authorizationRow](ctx, d.gorm); err != nil {
		return wrap(err, "authorization")
	}
	row := authorizationRow{StateHash: a.StateHash, RegistrationID: a.RegistrationID, CallerID: a.CallerID, RedirectURI: a.RedirectURI, ExpiresAt: micros(a.ExpiresAt)}
	return wrap(gorm.G[authorizationRow](d.gorm).Create(ctx, &row), "authorization")
}

// TakeAuthorization implements issuer.Authorizations. Of two who come at once, one finds it.
func (d *DB) TakeAuthorization(ctx context.Context, stateHash string) (issuer.Authorization, error) {
	row, err := take[authorizationRow](ctx, d.gorm, "state_hash = ?", stateHash)
	return issuer.Authorization{StateHash: row.StateHash, RegistrationID: row.RegistrationID, CallerID: row.CallerID,
		RedirectURI: row.RedirectURI, ExpiresAt: fromMicros(row.ExpiresAt)}, wrap(err, "authorization")
}

// take removes one row and returns it.
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
