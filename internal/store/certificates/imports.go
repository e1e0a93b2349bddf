package certificates

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/vault"
)

// BeginImport implements vault.Intents.
func (s *Store) BeginImport(ctx context.Context, r vault.Record) error {
	r.State = vault.Pending
	row := toCertificateRow(r)
	return sqldb.Gathered(ctx, s.db, "certificate", func(tx *gorm.DB) error {
		if r.KeyID != "" && r.KeyID != r.ID {
			// Whoever destroys the last certificate with this key takes the same lock first.
			sharing, err := lockKey(ctx, tx, r.KeyID)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(sharing, func(c certificateRow) bool {
				return slices.Contains(needingKey, vault.State(c.State))
			}) {
				return fault.New(fault.Conflict, "key_destroyed",
					"The key of this certificate is being destroyed; ask your QTSP for a certificate with a new key.")
			}
		}
		return create(ctx, tx, r, &row)
	})
}

// FinishImport implements vault.Intents.
func (s *Store) FinishImport(ctx context.Context, id string) error {
	return sqldb.Gathered(ctx, s.db, "certificate", func(tx *gorm.DB) error {
		// If the certificate was requested here, its request has the same id.
		issued := string(vault.CSRIssued)
		if _, err := sqldb.Update[csrRow](ctx, tx.Where("id = ?", id), "state", issued); err != nil {
			return err
		}
		n, err := sqldb.Update[certificateRow](ctx, tx.Where("id = ? AND state = ?", id, vault.Pending), "state",
			string(vault.Stored))
		return sqldb.ExpectOne(n, err, "pending certificate")
	})
}

// AbandonImport implements vault.Intents.
func (s *Store) AbandonImport(ctx context.Context, id string) error {
	return sqldb.Transaction(ctx, s.db, "certificate", func(tx *gorm.DB) error {
		n, err := sqldb.Delete[certificateRow](ctx, tx.Where("id = ? AND state = ?", id, vault.Pending))
		if err := sqldb.ExpectOne(n, err, "pending certificate"); err != nil {
			return err
		}
		if err := setComing(tx, map[string][]rules.Coming{id: nil}); err != nil {
			return err
		}
		if err := forget(tx, id); err != nil {
			return err
		}
		return sqldb.SetWords(tx, wordsOf, id)
	})
}
