package store

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
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
	TrustAnchors   string
	ActivatedBy    string
	ActivatedAt    int64
	CreatedBy      string
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
}

func (bundleRow) TableName() string { return "bundles" }

func toBundleRow(b registration.Bundle) bundleRow {
	return bundleRow{
		ID:             b.ID,
		RegistrationID: b.RegistrationID,
		Version:        b.Version,
		State:          string(b.State),
		QWACID:         b.QWACID,
		QSealCID:       b.QSealCID,
		ClientID:       b.ClientID,
		CredentialsRef: b.CredentialsRef,
		TestedAt:       sqldb.Micros(b.Test.At),
		TestPassed:     b.Test.Passed,
		TestDetail:     b.Test.Detail,
		TrustAnchors:   sqldb.List(b.TrustAnchors),
		ActivatedBy:    b.ActivatedBy,
		ActivatedAt:    sqldb.Micros(b.ActivatedAt),
		CreatedBy:      b.CreatedBy,
		CreatedAt:      sqldb.Micros(b.CreatedAt),
	}
}

func (r bundleRow) bundle() registration.Bundle {
	return registration.Bundle{
		ID:             r.ID,
		RegistrationID: r.RegistrationID,
		Version:        r.Version,
		State:          registration.BundleState(r.State),
		QWACID:         r.QWACID,
		QSealCID:       r.QSealCID,
		ClientID:       r.ClientID,
		CredentialsRef: r.CredentialsRef,
		Test:           registration.TestResult{At: sqldb.FromMicros(r.TestedAt), Passed: r.TestPassed, Detail: r.TestDetail},
		TrustAnchors:   sqldb.FromList(r.TrustAnchors),
		ActivatedBy:    r.ActivatedBy,
		ActivatedAt:    sqldb.FromMicros(r.ActivatedAt),
		CreatedBy:      r.CreatedBy,
		CreatedAt:      sqldb.FromMicros(r.CreatedAt),
	}
}

// Bundles implements registration.Bundles.
func (d *DB) Bundles(ctx context.Context, registrationID string) ([]registration.Bundle, error) {
	rows, err := gorm.G[bundleRow](d.gorm).Where("registration_id = ?", registrationID).Order("version DESC").Find(ctx)
	return sqldb.Convert(rows, err, "bundle", bundleRow.bundle)
}

// ActiveBundles implements issuer.Active.
func (d *DB) ActiveBundles(ctx context.Context) (map[string]string, error) {
	rows, err := gorm.G[bundleRow](d.gorm).Select("id", "registration_id").Where("state = ?",
		registration.Active).Find(ctx)
	if err != nil {
		return nil, sqldb.Wrap(err, "bundle")
	}
	active := make(map[string]string, len(rows))
	for _, r := range rows {
		active[r.RegistrationID] = r.ID
	}
	return active, nil
}

// CurrentBundles implements registration.Lookup.
func (d *DB) CurrentBundles(ctx context.Context) (map[string][]registration.Bundle, error) {
	query := d.gorm.WithContext(ctx).Model(&bundleRow{}).Select("id", "registration_id", "version", "state", "qwac_id",
		"qsealc_id", "client_id", "credentials_ref",
		"tested_at", "test_passed", "test_detail", "trust_anchors", "activated_by", "activated_at", "created_by",
		"created_at").
		Where("state IN ?", []string{string(registration.Draft), string(registration.Active)}).Order("registration_id, version DESC")
	rows, err := sqldb.Scan(query, "bundle", func(r *bundleRow) []any {
		return []any{
			&r.ID,
			&r.RegistrationID,
			&r.Version,
			&r.State,
			&r.QWACID,
			&r.QSealCID,
			&r.ClientID,
			&r.CredentialsRef,
			&r.TestedAt,
			&r.TestPassed,
			&r.TestDetail,
			&r.TrustAnchors,
			&r.ActivatedBy,
			&r.ActivatedAt,
			&r.CreatedBy,
			&r.CreatedAt,
		}
	})
	if err != nil {
		return nil, err
	}
	current := make(map[string][]registration.Bundle, len(rows))
	for _, r := range rows {
		current[r.RegistrationID] = append(current[r.RegistrationID], r.bundle())
	}
	return current, nil
}

// SaveDraft implements registration.Bundles.
func (d *DB) SaveDraft(ctx context.Context, b registration.Bundle) error {
	row := toBundleRow(b)
	// Only a draft is overwritten: if the version was activated meanwhile, no row changes.
	onlyDraft := clause.OnConflict{
		Columns:   []clause.Column{{Name: "id"}},
		UpdateAll: true,
		Where: clause.Where{Exprs: []clause.Expression{clause.Eq{
			Column: "bundles.state",
			Value:  string(registration.Draft),
		}}},
	}
	result := d.gorm.WithContext(ctx).Clauses(onlyDraft).Create(&row)
	return sqldb.ExpectOneIn(result, "bundle")
}

// ChangeDraft implements registration.Bundles.
func (d *DB) ChangeDraft(ctx context.Context, before, b registration.Bundle) error {
	row := toBundleRow(b)
	result := unchanged(d.gorm.WithContext(ctx).Model(&bundleRow{}), before).Select("*").Updates(&row)
	return sqldb.ExpectOneIn(result, "bundle")
}

// SwitchBundle implements registration.Bundles.
func (d *DB) SwitchBundle(ctx context.Context, from, to *registration.Bundle) error {
	err := d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if from != nil {
			result := unchanged(tx.Model(&bundleRow{}), *from).Update("state", string(registration.Superseded))
			if err := sqldb.ExpectOneIn(result, "bundle"); err != nil {
				return err
			}
		}
		if to == nil {
			return nil
		}
		if err := notRetired(ctx, tx, *to); err != nil {
			return err
		}
		result := unchanged(tx.Model(&bundleRow{}), *to).Updates(map[string]any{
			"state":        string(registration.Active),
			"activated_by": to.ActivatedBy,
			"activated_at": sqldb.Micros(to.ActivatedAt),
		})
		if errors.Is(result.Error, gorm.ErrDuplicatedKey) { // another one is active
			return sqldb.ExpectOne(0, nil, "bundle")
		}
		return sqldb.ExpectOneIn(result, "bundle")
	})
	return sqldb.Wrap(err, "bundle")
}

// notRetired looks, with a lock against a retirement at the same moment, whether
// the certificates are in use still.
func notRetired(ctx context.Context, tx *gorm.DB, b registration.Bundle) error {
	named, err := gorm.G[certificateRow](tx, clause.Locking{Strength: "UPDATE"}).Where("id IN ?", []string{
		b.QWACID,
		b.QSealCID,
	}).Order("id").Find(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(named, func(c certificateRow) bool { return c.State != string(vault.Stored) }) {
		return fault.New(fault.Conflict, "changed_meanwhile",
			"A certificate of the bundle was retired meanwhile; look at it again.")
	}
	return nil
}

// AmendBundle implements registration.Bundles.
func (d *DB) AmendBundle(ctx context.Context, b registration.Bundle) error {
	row := toBundleRow(b)
	result := unchanged(d.gorm.WithContext(ctx).Model(&bundleRow{}), b).Updates(map[string]any{
		"tested_at":   row.TestedAt,
		"test_passed": row.TestPassed,
		"test_detail": row.TestDetail,
	})
	return sqldb.ExpectOneIn(result, "bundle")
}

// unchanged finds b provided its state and content are still what the caller read:
// what was tested and judged is what becomes active.
func unchanged(query *gorm.DB, b registration.Bundle) *gorm.DB {
	return query.Where("id = ? AND state = ? AND qwac_id = ? AND qsealc_id = ? AND client_id = ? AND credentials_ref "+
		"= ? AND trust_anchors = ?",
		b.ID, b.State, b.QWACID, b.QSealCID, b.ClientID, b.CredentialsRef, sqldb.List(b.TrustAnchors))
}
