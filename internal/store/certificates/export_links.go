package certificates

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/exportlink"
	"github.com/sealkeeper/sealkeeper/internal/keyfile"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type exportLinkRow struct {
	TokenHash     string `gorm:"primaryKey"`
	CertificateID string
	Format        string
	Passphrase    []byte
	CreatedBy     string
	CreatedByName string
	ExpiresAt     int64
}

func (exportLinkRow) TableName() string { return "export_links" }

const exportLinkWord = "export link"

// AddExportLink implements exportlink.Store.
func (s *Store) AddExportLink(ctx context.Context, l exportlink.Link, now time.Time) error {
	return sqldb.Transaction(ctx, s.db, exportLinkWord, func(tx *gorm.DB) error {
		over := tx.Where("expires_at <= ?", sqldb.Micros(now))
		if _, err := sqldb.Delete[exportLinkRow](ctx, over); err != nil {
			return err
		}
		return sqldb.Create(ctx, tx, &exportLinkRow{
			TokenHash:     l.TokenHash,
			CertificateID: l.CertificateID,
			Format:        string(l.Format),
			Passphrase:    append([]byte{}, l.Passphrase...),
			CreatedBy:     l.CreatedBy,
			CreatedByName: l.CreatedByName,
			ExpiresAt:     sqldb.Micros(l.ExpiresAt),
		})
	})
}

// ExportLink implements exportlink.Store.
func (s *Store) ExportLink(ctx context.Context, tokenHash string) (exportlink.Link, error) {
	r, err := sqldb.First[exportLinkRow](ctx, s.db.Where("token_hash = ?", tokenHash))
	if err != nil {
		return exportlink.Link{}, sqldb.Wrap(err, exportLinkWord)
	}
	return exportlink.Link{
		TokenHash:     r.TokenHash,
		CertificateID: r.CertificateID,
		Format:        keyfile.Format(r.Format),
		Passphrase:    r.Passphrase,
		CreatedBy:     r.CreatedBy,
		CreatedByName: r.CreatedByName,
		ExpiresAt:     sqldb.FromMicros(r.ExpiresAt),
	}, nil
}

// TakeExportLink implements exportlink.Store.
func (s *Store) TakeExportLink(ctx context.Context, tokenHash string) error {
	n, err := sqldb.Delete[exportLinkRow](ctx, s.db.Where("token_hash = ?", tokenHash))
	if err == nil && n == 0 {
		err = gorm.ErrRecordNotFound
	}
	return sqldb.Wrap(err, exportLinkWord)
}
