package store

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// inCustody reports whether a certificate in this state needs its key.
func inCustody(state string) bool {
	return slices.Contains([]vault.State{vault.Pending, vault.Stored, vault.Retired}, vault.State(state))
}

// lockKey reads the certificates that have a key, for a change in the same
// transaction. SQLite has one writer at a time anyway.
func lockKey(ctx context.Context, tx *gorm.DB, keyID string) ([]certificateRow, error) {
	return gorm.G[certificateRow](tx, clause.Locking{Strength: "UPDATE"}).Where("key_id = ?", keyID).Order("id").Find(ctx)
}

// RetireCertificate implements vault.Lifecycle.
func (d *DB) RetireCertificate(ctx context.Context, r vault.Record) error {
	return d.advance(ctx, r, vault.Stored, []registration.BundleState{registration.Active}, map[string]any{
		"state":          vault.Retired,
		"retired_reason": r.Retired.Reason,
		"retired_by":     r.Retired.By,
		"retired_at":     sqldb.Micros(r.Retired.At),
	})
}

// BeginDestroy implements vault.Lifecycle.
func (d *DB) BeginDestroy(ctx context.Context, r vault.Record) error {
	return d.advance(ctx, r, vault.Retired, []registration.BundleState{registration.Active, registration.Draft},
		map[string]any{
			"state":        vault.Destroying,
			"destroyed_by": r.Destroyed.By,
			"destroyed_at": sqldb.Micros(r.Destroyed.At),
		})
}

// advance changes a record that is in a state, provided no bundle in the states
// of unless names it. Activate locks the same rows before it decides.
func (d *DB) advance(
	ctx context.Context, r vault.Record, from vault.State, unless []registration.BundleState, change map[string]any,
) error {
	change["revision"] = gorm.Expr("revision + 1")
	err := d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if _, err := lockKey(ctx, tx, r.KeyID); err != nil {
			return err
		}
		naming, err := gorm.G[bundleRow](tx).Where("(qwac_id = ? OR qsealc_id = ?) AND state IN ?", r.ID, r.ID,
			unless).Count(ctx, "*")
		if err != nil {
			return err
		}
		if naming > 0 {
			return fault.New(fault.Conflict, "certificate_in_use",
				"A bundle that names the certificate was saved or activated meanwhile; look at it again.")
		}
		result := tx.Model(&certificateRow{}).Where("id = ? AND state = ?", r.ID, from).Updates(change)
		return sqldb.ExpectOneIn(result, "certificate")
	})
	return sqldb.Wrap(err, "certificate")
}

// FinishDestroy implements vault.Lifecycle.
func (d *DB) FinishDestroy(ctx context.Context, id string) error {
	result := d.gorm.WithContext(ctx).Model(&certificateRow{}).Where("id = ? AND state = ?", id, vault.Destroying).
		Updates(map[string]any{"state": vault.Destroyed, "copied": gorm.Expr("revision")})
	return sqldb.ExpectOneIn(result, "certificate")
}

// ApproveKept implements vault.Lifecycle.
func (d *DB) ApproveKept(ctx context.Context, r vault.Record) error {
	result := d.gorm.WithContext(ctx).Model(&certificateRow{}).
		Where("id = ? AND state = ? AND key_mode = ? AND kept_approved_by = ''", r.ID, vault.Stored, vault.KeyStored).
		Updates(map[string]any{
			"kept_approved_by": r.Kept.ApprovedBy,
			"kept_approved_at": sqldb.Micros(r.Kept.ApprovedAt),
			"revision":         gorm.Expr("revision + 1"),
		})
	return sqldb.ExpectOneIn(result, "certificate")
}

// StaleCertificates implements vault.CertificateCopies.
func (d *DB) StaleCertificates(ctx context.Context) ([]vault.Record, error) {
	rows, err := gorm.G[certificateRow](d.gorm).Where("copied <> revision AND state IN ?", []vault.State{
		vault.Stored,
		vault.Retired,
	}).Find(ctx)
	if err != nil {
		return nil, sqldb.Wrap(err, "certificate")
	}
	return records(rows)
}

// CopiedCertificate implements vault.CertificateCopies. A record that changed again is still stale.
func (d *DB) CopiedCertificate(ctx context.Context, r vault.Record) error {
	_, err := gorm.G[certificateRow](d.gorm).Where("id = ? AND copied < ?", r.ID, r.Revision).Update(ctx, "copied",
		r.Revision)
	return sqldb.Wrap(err, "certificate")
}

// CertificateUses implements vault.Uses.
func (d *DB) CertificateUses(ctx context.Context, id string) ([]vault.Use, error) {
	var rows []struct {
		RegistrationID, InstitutionID, State string
		Version                              int
	}
	err := d.gorm.WithContext(ctx).Model(&bundleRow{}).Select("bundles.registration_id, "+
		"registrations.institution_id, bundles.state, bundles.version").
		Joins("JOIN registrations ON registrations.id = bundles.registration_id").Where("bundles.qwac_id = ? OR "+
		"bundles.qsealc_id = ?", id, id).
		Order("registrations.institution_id, bundles.registration_id, bundles.version").Scan(&rows).Error
	if err != nil {
		return nil, sqldb.Wrap(err, "bundle")
	}
	uses := make([]vault.Use, len(rows))
	for i, r := range rows {
		uses[i] = vault.Use{
			RegistrationID: r.RegistrationID,
			InstitutionID:  r.InstitutionID,
			Version:        r.Version,
			State:          r.State,
		}
	}
	return uses, nil
}

// KeyShared implements vault.Uses.
func (d *DB) KeyShared(ctx context.Context, r vault.Record) (bool, error) {
	n, err := gorm.G[certificateRow](d.gorm).Where("key_id = ? AND id <> ? AND state IN ?", r.KeyID, r.ID,
		[]vault.State{vault.Pending, vault.Stored, vault.Retired}).Count(ctx, "*")
	return n > 0, sqldb.Wrap(err, "certificate")
}
