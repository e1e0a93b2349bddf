package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/vault"
)

// RestoreCertificate implements vault.Restorer.
func (d *DB) RestoreCertificate(ctx context.Context, r vault.Record, dryRun bool) (bool, error) {
	row := toCertificateRow(r)
	return restoreRow(ctx, d.gorm, "certificate", r.ID, &row, dryRun)
}

// RestoreRequest implements vault.Restorer.
func (d *DB) RestoreRequest(ctx context.Context, r vault.Request, dryRun bool) (bool, error) {
	row := toRequestRow(r)
	return restoreRow(ctx, d.gorm, "certificate request", r.ID, &row, dryRun)
}

// restoreRow writes row unless there is one with its id.
func restoreRow[R any](ctx context.Context, db *gorm.DB, what, id string, row *R, dryRun bool) (bool, error) {
	_, err := gorm.G[R](db).Where("id = ?", id).First(ctx)
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return false, sqldb.Wrap(err, what)
	}
	if dryRun {
		return true, nil
	}
	return true, sqldb.Wrap(gorm.G[R](db).Create(ctx, row), what)
}
