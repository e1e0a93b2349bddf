package certificates

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/vault"
)

// StaleCertificates implements vault.CertificateMirror. Which states there are is not said the
// other way round, so that no database reads all that are stored by the index on states.
func (s *Store) StaleCertificates(ctx context.Context, limit int) ([]vault.Record, error) {
	rows, err := sqldb.Find[certificateRow](ctx, s.db.
		Where("copied <> revision AND state NOT IN ?", []vault.State{vault.Pending, vault.Destroying, vault.Destroyed}).
		Limit(limit))
	if err != nil {
		return nil, sqldb.Wrap(err, "certificate")
	}
	return s.records(rows)
}

// CopiedCertificate implements vault.CertificateMirror. A record that changed again is still stale.
func (s *Store) CopiedCertificate(ctx context.Context, r vault.Record) error {
	_, err := sqldb.Update[certificateRow](ctx, s.db.Where("id = ? AND copied < ?", r.ID, r.Revision), "copied",
		r.Revision)
	return sqldb.Wrap(err, "certificate")
}

// RestoreCertificate implements vault.Restorer.
func (s *Store) RestoreCertificate(ctx context.Context, r vault.Record, dryRun bool) (bool, error) {
	row := toCertificateRow(r)
	var added bool
	err := sqldb.Transaction(ctx, s.db, "certificate", func(tx *gorm.DB) (err error) {
		if added, err = restoreRow(ctx, tx, "certificate", r.ID, &row, dryRun); err != nil || !added || dryRun {
			return err
		}
		if err := setElements(tx, r); err != nil {
			return err
		}
		return sqldb.SetWords(tx, wordsOf, r.ID, r.SearchTexts()...)
	})
	return added, err
}

// RestoreCSR implements vault.Restorer.
func (s *Store) RestoreCSR(ctx context.Context, r vault.CSR, dryRun bool) (bool, error) {
	row := toCSRRow(r)
	var added bool
	err := sqldb.Transaction(ctx, s.db, "CSR", func(tx *gorm.DB) (err error) {
		if added, err = restoreRow(ctx, tx, "CSR", r.ID, &row, dryRun); err != nil || !added || dryRun {
			return err
		}
		return setCSRWords(tx, r)
	})
	return added, err
}

// restoreRow writes row unless there is one with its id.
func restoreRow[R any](ctx context.Context, db *gorm.DB, what, id string, row *R, dryRun bool) (bool, error) {
	_, err := sqldb.First[R](ctx, db.Where("id = ?", id))
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return false, sqldb.Wrap(err, what)
	}
	if dryRun {
		return true, nil
	}
	return true, sqldb.Wrap(sqldb.Create(ctx, db, row), what)
}
