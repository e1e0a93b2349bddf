package certificates

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// needingKey are the states in which a certificate needs its key.
var needingKey = []vault.State{vault.Pending, vault.Stored, vault.Retired}

// lockKey reads the certificates that have a key, for a change in the same
// transaction. SQLite has one writer at a time anyway.
func lockKey(ctx context.Context, tx *gorm.DB, keyID string) ([]certificateRow, error) {
	return sqldb.Find[certificateRow](ctx, tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("key_id = ?", keyID).
		Order("id"))
}

// RetireCertificate implements vault.Lifecycle.
func (s *Store) RetireCertificate(ctx context.Context, r vault.Record) error {
	return s.advance(ctx, r, vault.Stored, []registration.BundleState{registration.Active}, map[string]any{
		"state":          vault.Retired,
		"retired_reason": r.Retired.Reason,
		"retired_by":     r.Retired.By,
		"retired_at":     sqldb.Micros(r.Retired.At),
	})
}

// BeginDestroy implements vault.Lifecycle.
func (s *Store) BeginDestroy(ctx context.Context, r vault.Record) error {
	return s.advance(ctx, r, vault.Retired, []registration.BundleState{registration.Active, registration.Draft},
		map[string]any{
			"state":        vault.Destroying,
			"destroyed_by": r.Destroyed.By,
			"destroyed_at": sqldb.Micros(r.Destroyed.At),
		})
}

// advance changes a record that is in a state, provided no bundle in the states
// of unless names it. The activation of a bundle locks the same rows before it decides.
func (s *Store) advance(
	ctx context.Context, r vault.Record, from vault.State, unless []registration.BundleState, change map[string]any,
) error {
	change["revision"] = gorm.Expr("revision + 1")
	change["ended"] = 1 // there is no way back from either state
	return sqldb.Transaction(ctx, s.db, "certificate", func(tx *gorm.DB) error {
		if _, err := lockKey(ctx, tx, r.KeyID); err != nil {
			return err
		}
		var naming int64
		err := tx.Table("bundles").Where("(qwac_id = ? OR qsealc_id = ?) AND state IN ?", r.ID, r.ID, unless).
			Count(&naming).Error
		if err != nil {
			return err
		}
		if naming > 0 {
			return fault.New(fault.Conflict, "certificate_in_use",
				"A bundle that names the certificate was saved or activated meanwhile; look at it again.")
		}
		result := tx.Model(&certificateRow{}).Where("id = ? AND state = ?", r.ID, from).Updates(change)
		if err := sqldb.ExpectOneIn(result, "certificate"); err != nil {
			return err
		}
		if err := noteFormer(tx, r.ID); err != nil {
			return err
		}
		return forget(tx, r.ID)
	})
}

// noteFormer tells services of what has ended with a version whose place another has taken: such a version signs for a
// day more. Of a version in use, a trigger tells.
func noteFormer(tx *gorm.DB, id string) error {
	if err := tx.Exec("UPDATE tls_clock SET seq = seq + 1").Error; err != nil {
		return err
	}
	return tx.Exec(`INSERT INTO tls_changes (kind, id, seq) SELECT 'registration', b.registration_id, c.seq
		FROM tls_clock c, (SELECT registration_id FROM bundles WHERE qwac_id = ? AND state = 'superseded'
			UNION SELECT registration_id FROM bundles WHERE qsealc_id = ? AND state = 'superseded') b
		WHERE true ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq`, id, id).Error
}

// FinishDestroy implements vault.Lifecycle.
func (s *Store) FinishDestroy(ctx context.Context, id string) error {
	result := s.db.WithContext(ctx).Model(&certificateRow{}).Where("id = ? AND state = ?", id, vault.Destroying).
		Updates(map[string]any{"state": vault.Destroyed, "copied": gorm.Expr("revision")})
	return sqldb.ExpectOneIn(result, "certificate")
}

// ChangeChain implements vault.Lifecycle.
func (s *Store) ChangeChain(ctx context.Context, r vault.Record) error {
	return sqldb.Transaction(ctx, s.db, "certificate", func(tx *gorm.DB) error {
		result := tx.Model(&certificateRow{}).
			Where("id = ? AND state = ? AND revision = ?", r.ID, vault.Stored, r.Revision).
			Updates(map[string]any{"chain_pem": r.ChainPEM(), "revision": gorm.Expr("revision + 1")})
		if err := sqldb.ExpectOneIn(result, "certificate"); err != nil {
			return err
		}
		return setElements(tx, r)
	})
}

// ApproveExport implements vault.Lifecycle.
func (s *Store) ApproveExport(ctx context.Context, r vault.Record) error {
	result := s.db.WithContext(ctx).Model(&certificateRow{}).
		Where("id = ? AND state = ? AND key_mode = ? AND export_approved_by = ''", r.ID, vault.Stored,
			vault.KeyExportable).
		Updates(map[string]any{
			"export_approved_by": r.Export.ApprovedBy,
			"export_approved_at": sqldb.Micros(r.Export.ApprovedAt),
			"revision":           gorm.Expr("revision + 1"),
		})
	return sqldb.ExpectOneIn(result, "certificate")
}
