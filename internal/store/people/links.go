package people

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type signInLinkRow struct {
	TokenHash string `gorm:"primaryKey"`
	UserID    string
	ExpiresAt int64
	Quiet     bool
}

func (signInLinkRow) TableName() string { return "sign_in_links" }

// AddSignInLink implements identity.SignInLinks, and sweeps out links that have expired.
func (s *Store) AddSignInLink(ctx context.Context, l identity.Link) error {
	if err := sweep[signInLinkRow](ctx, s.db); err != nil {
		return sqldb.Wrap(err, "sign-in link")
	}
	err := sqldb.Create(ctx, s.db, &signInLinkRow{
		TokenHash: l.Hash,
		UserID:    l.UserID,
		ExpiresAt: sqldb.Micros(l.ExpiresAt),
		Quiet:     l.Quiet,
	})
	return sqldb.Wrap(err, "sign-in link")
}

// TakeSignInLink implements identity.SignInLinks. Of two who come at once, one finds it.
func (s *Store) TakeSignInLink(ctx context.Context, hash string) (identity.Link, error) {
	row, err := take[signInLinkRow](ctx, s.db, "token_hash = ?", hash)
	if err != nil {
		return identity.Link{}, sqldb.Wrap(err, "sign-in link")
	}
	return identity.Link{
		Hash:      row.TokenHash,
		UserID:    row.UserID,
		ExpiresAt: sqldb.FromMicros(row.ExpiresAt),
		Quiet:     row.Quiet,
	}, nil
}

type linkUseRow struct {
	ID       string `gorm:"primaryKey"`
	UserID   string
	UserName string
	Address  string
	UsedAt   int64
	SeenBy   string
	SeenAt   int64
}

func (linkUseRow) TableName() string { return "link_uses" }

func (r linkUseRow) use() identity.LinkUse {
	return identity.LinkUse{
		ID:       r.ID,
		UserID:   r.UserID,
		UserName: r.UserName,
		Address:  r.Address,
		UsedAt:   sqldb.FromMicros(r.UsedAt),
	}
}

// AddLinkUse implements identity.LinkUses.
func (s *Store) AddLinkUse(ctx context.Context, u identity.LinkUse) error {
	return sqldb.Wrap(sqldb.Create(ctx, s.db, &linkUseRow{
		ID:       u.ID,
		UserID:   u.UserID,
		UserName: u.UserName,
		Address:  u.Address,
		UsedAt:   sqldb.Micros(u.UsedAt),
	}), "use of a link")
}

// UnseenLinkUses implements identity.LinkUses.
func (s *Store) UnseenLinkUses(ctx context.Context, limit int) ([]identity.LinkUse, error) {
	rows, err := sqldb.Find[linkUseRow](ctx, s.db.Where("seen_by = ''").Order("used_at DESC, id DESC").Limit(limit))
	return sqldb.Convert(rows, err, "use of a link", linkUseRow.use)
}

// SeeLinkUse implements identity.LinkUses.
func (s *Store) SeeLinkUse(ctx context.Context, id, by string, at time.Time) error {
	changed, err := sqldb.Updates(ctx, s.db.Where("id = ? AND seen_by = ''", id).Select("seen_by", "seen_at"),
		linkUseRow{
			SeenBy: by,
			SeenAt: sqldb.Micros(at),
		})
	return one(changed, err, "use of a link")
}

// take removes one row and returns it: of two who come at once, one finds it.
func take[R any](ctx context.Context, db *gorm.DB, where, value string) (row R, err error) {
	err = db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if row, err = sqldb.First[R](ctx, tx.Where(where, value)); err != nil {
			return err
		}
		n, err := sqldb.Delete[R](ctx, tx.Where(where, value))
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
	_, err := sqldb.Delete[R](ctx, db.Where("expires_at <= ?", sqldb.Micros(time.Now())))
	return err
}
