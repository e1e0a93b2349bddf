package certificates

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/vault"
)

// CertificatesOfLine implements vault.Lines.
func (s *Store) CertificatesOfLine(ctx context.Context, line string) ([]vault.Record, error) {
	rows, err := sqldb.Find[certificateRow](ctx, s.db.
		Where("line_id = ? AND line_id <> ''", line).Order("line_version"))
	if err != nil {
		return nil, sqldb.Wrap(err, "certificate")
	}
	return s.records(rows)
}

// CertificatesByKey implements vault.Lines. Rows that are older than the column have to be looked into.
func (s *Store) CertificatesByKey(ctx context.Context, spkiSHA256 string) ([]vault.Record, error) {
	rows, err := sqldb.Find[certificateRow](ctx, s.db.
		Where("spki_sha256 IN ? AND state IN ?", []string{spkiSHA256, ""}, []vault.State{vault.Stored, vault.Retired}).
		Order("created_at DESC, id DESC"))
	if err != nil {
		return nil, sqldb.Wrap(err, "certificate")
	}
	all, err := s.records(rows)
	return slices.DeleteFunc(all, func(r vault.Record) bool { return r.Leaf.SPKISHA256 != spkiSHA256 }), err
}

// ChangeLines implements vault.Lines.
func (s *Store) ChangeLines(ctx context.Context, records []vault.Record) error {
	err := sqldb.Transaction(ctx, s.db, "certificate", func(tx *gorm.DB) error {
		for _, r := range records {
			result := tx.Model(&certificateRow{}).Where("id = ? AND revision = ?", r.ID, r.Revision).
				Updates(map[string]any{
					"line_id":      r.Line.ID,
					"line_version": r.Line.Version,
					"line_change":  r.Line.Change,
					"revision":     gorm.Expr("revision + 1"),
				})
			if err := sqldb.ExpectOneIn(result, "certificate"); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, fault.Conflict) && fault.Code(err) == "exists" {
		return sqldb.ExpectOne(0, nil, "certificate") // another one has just been put there
	}
	return err
}
