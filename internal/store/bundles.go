package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/registration"
)

type bundleRow struct {
	ID             string `gorm:"primaryKey"`
	RegistrationID string
	Version        int
	State          string
	QWACID         string `gorm:"column:qwac_id"`
	QSealCID       string `gorm:"column:qsealc_id"`
	ClientID       string
	CredentialsRef string
	TestedAt       int64
	TestPassed     bool
	TestDetail     string
	RequestedBy    string
	ActivatedBy    string
	ActivatedAt    int64
	CreatedBy      string
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
}

func (bundleRow) TableName() string { return "bundles" }

func toBundleRow(b registration.Bundle) bundleRow {
	return bundleRow{ID: b.ID, RegistrationID: b.RegistrationID, Version: b.Version, State: string(b.State), QWACID: b.QWACID, QSealCID: b.QSealCID,
		ClientID: b.ClientID, CredentialsRef: b.CredentialsRef, TestedAt: micros(b.Test.At), TestPassed: b.Test.Passed, TestDetail: b.Test.Detail,
		RequestedBy: b.RequestedBy, ActivatedBy: b.ActivatedBy, ActivatedAt: micros(b.ActivatedAt), CreatedBy: b.CreatedBy, CreatedAt: micros(b.CreatedAt)}
}

func (r bundleRow) bundle() registration.Bundle {
	return registration.Bundle{ID: r.ID, RegistrationID: r.RegistrationID, Version: r.Version, State: registration.BundleState(r.State),
		QWACID: r.QWACID, QSealCID: r.QSealCID, ClientID: r.ClientID, CredentialsRef: r.CredentialsRef,
		Test:        registration.TestResult{At: fromMicros(r.TestedAt), Passed: r.TestPassed, Detail: r.TestDetail},
		RequestedBy: r.RequestedBy, ActivatedBy: r.ActivatedBy, ActivatedAt: fromMicros(r.ActivatedAt), CreatedBy: r.CreatedBy, CreatedAt: fromMicros(r.CreatedAt)}
}

// Bundles implements registration.Bundles.
func (d *DB) Bundles(ctx context.Context, registrationID string) ([]registration.Bundle, error) {
	rows, err := gorm.G[bundleRow](d.gorm).Where("registration_id = ?", registrationID).Order("version DESC").Find(ctx)
	return convert(rows, err, "bundle", bundleRow.bundle)
}

// SaveDraft implements registration.Bundles.
func (d *DB) SaveDraft(ctx context.Context, b registration.Bundle) error {
	row := toBundleRow(b)
	// Only a draft is overwritten: if the version was activated meanwhile, no row changes.
	onlyDraft := clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, UpdateAll: true,
		Where: clause.Where{Exprs: []clause.Expression{clause.Eq{Column: "bundles.state", Value: string(registration.Draft)}}}}
	result := d.gorm.WithContext(ctx).Clauses(onlyDraft).Create(&row)
	return expectOne(int(result.RowsAffected), result.Error, "bundle")
}

// Activate implements registration.Bundles.
func (d *DB) Activate(ctx context.Context, b registration.Bundle) error {
	err := d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		_, err := gorm.G[bundleRow](tx).Where("registration_id = ? AND state = ?", b.RegistrationID, registration.Active).
			Update(ctx, "state", string(registration.Superseded))
		if err != nil {
			return err
		}
		query := unchanged(tx.Model(&bundleRow{}), b)
		row := toBundleRow(b)
		result := query.Updates(map[string]any{"state": string(registration.Active), "requested_by": row.RequestedBy,
			"activated_by": row.ActivatedBy, "activated_at": row.ActivatedAt})
		return expectOne(int(result.RowsAffected), result.Error, "bundle")
	})
	return wrap(err, "bundle")
}

// AmendBundle implements registration.Bundles.
func (d *DB) AmendBundle(ctx context.Context, b registration.Bundle) error {
	row := toBundleRow(b)
	result := unchanged(d.gorm.WithContext(ctx).Model(&bundleRow{}), b).Updates(map[string]any{
		"tested_at": row.TestedAt, "test_passed": row.TestPassed, "test_detail": row.TestDetail, "requested_by": row.RequestedBy})
	return expectOne(int(result.RowsAffected), result.Error, "bundle")
}

// unchanged finds b provided its state and content are still what the caller read:
// what was tested and judged is what becomes active.
func unchanged(query *gorm.DB, b registration.Bundle) *gorm.DB {
	return query.Where("id = ? AND state = ? AND qwac_id = ? AND qsealc_id = ? AND client_id = ? AND credentials_ref = ?",
		b.ID, b.State, b.QWACID, b.QSealCID, b.ClientID, b.CredentialsRef)
}
