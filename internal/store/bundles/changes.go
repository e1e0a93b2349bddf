package bundles

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

// SaveDraft implements registration.Bundles.
func (s *Store) SaveDraft(ctx context.Context, b registration.Bundle) error {
	row := toBundleRow(b)
	// Only a draft is overwritten: if the version was activated meanwhile, no row changes.
	isDraft := clause.Eq{Column: "bundles.state", Value: string(registration.Draft)}
	onlyDraft := clause.OnConflict{
		Columns:   []clause.Column{{Name: "id"}},
		UpdateAll: true,
		Where:     clause.Where{Exprs: []clause.Expression{isDraft}},
	}
	result := s.db.WithContext(ctx).Clauses(onlyDraft).Create(&row)
	return sqldb.ExpectOneIn(result, "bundle")
}

// ChangeDraft implements registration.Bundles.
func (s *Store) ChangeDraft(ctx context.Context, before, b registration.Bundle) error {
	row := toBundleRow(b)
	result := unchanged(s.db.WithContext(ctx).Model(&bundleRow{}), before).Select("*").Updates(&row)
	return sqldb.ExpectOneIn(result, "bundle")
}

// SwitchBundle implements registration.Bundles.
func (s *Store) SwitchBundle(ctx context.Context, from, to *registration.Bundle) error {
	return sqldb.Transaction(ctx, s.db, "bundle", func(tx *gorm.DB) error {
		if from != nil && to != nil { // services lock those that they use in this order
			var both []string
			err := tx.Model(&bundleRow{}).Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).
				Where("id IN ?", []string{from.ID, to.ID}).Order("version").Pluck("id", &both).Error
			if err != nil {
				return err
			}
		}
		if from != nil {
			result := unchanged(tx.Model(&bundleRow{}), *from).Updates(map[string]any{
				"state":        string(registration.Superseded),
				"taken_out_at": sqldb.Micros(from.TakenOutAt),
			})
			if err := sqldb.ExpectOneIn(result, "bundle"); err != nil {
				return err
			}
		}
		if to == nil {
			return nil
		}
		if err := notArchived(tx, to.RegistrationID); err != nil {
			return err
		}
		if err := notRetired(ctx, tx, *to); err != nil {
			return err
		}
		result := unchanged(tx.Model(&bundleRow{}), *to).Updates(map[string]any{
			"state":          string(registration.Active),
			"activated_by":   to.ActivatedBy,
			"activated_at":   sqldb.Micros(to.ActivatedAt),
			"no_client_auth": to.NoClientAuth,
			"taken_out_at":   0,
		})
		if errors.Is(result.Error, gorm.ErrDuplicatedKey) { // another one is active
			return sqldb.ExpectOne(0, nil, "bundle")
		}
		return sqldb.ExpectOneIn(result, "bundle")
	})
}

// notArchived looks, with a lock against its being archived at the same moment, whether the registration is worked
// with still.
func notArchived(tx *gorm.DB, registrationID string) error {
	var at []int64
	// NO KEY: those who note what refers to the registration do not wait for this, nor this for them.
	err := tx.Table("registrations").Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).
		Where("id = ?", registrationID).Pluck("archived_at", &at).Error
	if err == nil && slices.ContainsFunc(at, func(at int64) bool { return at > 0 }) {
		err = registration.ErrArchived()
	}
	return err
}

// notRetired looks, with a lock against a retirement at the same moment, whether
// the certificates are in use still.
func notRetired(ctx context.Context, tx *gorm.DB, b registration.Bundle) error {
	var states []vault.State
	err := tx.WithContext(ctx).Table("certificates").Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("id IN ?", []string{b.QWACID, b.QSealCID}).Order("id").Pluck("state", &states).Error
	if err != nil {
		return err
	}
	if slices.ContainsFunc(states, func(s vault.State) bool { return s != vault.Stored }) {
		return fault.New(fault.Conflict, "changed_meanwhile",
			"A certificate of the bundle was retired meanwhile; look at it again.")
	}
	// Whoever declares one compromised writes its row too, so one of the two waits for the other.
	var frozen int64
	err = tx.WithContext(ctx).Table("incidents").Joins("JOIN certificates ON "+
		"certificates.id = incidents.certificate_id OR incidents.whole_key = 1 AND "+
		"(certificates.key_id = incidents.key_id OR certificates.spki_sha256 = incidents.spki_sha256)").
		Where("withdrawn_at = 0 AND certificates.id IN ?", []string{b.QWACID, b.QSealCID}).Count(&frozen).Error
	if err == nil && frozen > 0 {
		err = fault.New(fault.Conflict, "changed_meanwhile",
			"A certificate of the bundle was declared compromised meanwhile; look at it again.")
	}
	return err
}

// AmendBundle implements registration.Bundles.
func (s *Store) AmendBundle(ctx context.Context, b registration.Bundle) error {
	row := toBundleRow(b)
	result := unchanged(s.db.WithContext(ctx).Model(&bundleRow{}), b).Updates(map[string]any{
		"tested_at":   row.TestedAt,
		"test_passed": row.TestPassed,
		"test_detail": row.TestDetail,
		"test_code":   row.TestCode,
		"test_args":   row.TestArgs,
	})
	return sqldb.ExpectOneIn(result, "bundle")
}

// NoteSecretEnd implements registration.Bundles.
func (s *Store) NoteSecretEnd(ctx context.Context, b registration.Bundle) error {
	return sqldb.Wrap(s.db.WithContext(ctx).Model(&bundleRow{}).
		Where("registration_id = ? AND credentials_ref = ?", b.RegistrationID, b.CredentialsRef).
		Update("secret_ends_on", b.SecretEndsOn.String()).Error, "bundle")
}

// DropCredentials implements registration.Bundles.
func (s *Store) DropCredentials(ctx context.Context, ref string) error {
	return sqldb.Transaction(ctx, s.db, "bundle", func(tx *gorm.DB) error {
		// The rows first: whoever goes back to one of them at the same moment waits, or is seen below.
		err := tx.Model(&bundleRow{}).Where("credentials_ref = ? AND state = ?", ref,
			string(registration.Superseded)).Update("credentials_ref", "").Error
		if err != nil {
			return err
		}
		var used int64
		err = tx.Model(&bundleRow{}).Where("credentials_ref = ?", ref).Count(&used).Error
		if err == nil && used > 0 {
			err = fault.New(fault.Conflict, "secret_in_use",
				"A version in use or a draft still has this client secret; it is not destroyed.")
		}
		return err
	})
}

// unchanged finds b provided its state and content are still what the caller read:
// what was tested and judged is what becomes active.
func unchanged(query *gorm.DB, b registration.Bundle) *gorm.DB {
	return query.Where("id = ? AND state = ? AND qwac_id = ? AND qsealc_id = ? AND client_id = ?"+
		" AND credentials_ref = ? AND credentials = ? AND trust_anchors = ?",
		b.ID, b.State, b.QWACID, b.QSealCID, b.ClientID, b.CredentialsRef, sqldb.Values(b.Credentials),
		sqldb.List(b.TrustAnchors))
}
