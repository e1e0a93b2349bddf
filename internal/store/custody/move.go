package custody

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// OtherCustody returns of how many certificates the key is in another custody than mode, and in which.
func (s *Store) OtherCustody(ctx context.Context, mode string) (n int, other string, err error) {
	var others []string
	err = s.db.WithContext(ctx).Table("certificates").Where("custody <> ? AND state <> ?", mode, vault.Destroyed).
		Pluck("custody", &others).Error
	if err != nil || len(others) == 0 {
		return 0, "", sqldb.Wrap(err, "certificate")
	}
	return len(others), others[0], nil
}

// BeginMove notes that embedded custody is being moved. From then on nothing can be
// written to it, nor a certificate recorded whose key would be there. It may be repeated.
// While a consent's tokens are on their way from a bank it is Unavailable: they could not be kept.
func (s *Store) BeginMove(ctx context.Context, to string) error {
	return sqldb.Transaction(ctx, s.db, "entry in custody", func(tx *gorm.DB) error {
		if err := lockMoved(tx); err != nil {
			return err
		}
		moving := custodyRow(embedded.Moving(to))
		n, err := sqldb.CountRows[custodyRow](ctx, tx.Where("kind = ?", moving.Kind))
		if err != nil || n > 0 { // begun or ended before
			return err
		}
		var renewing int64
		leased := tx.Table("consents").Where("lease_until > ?", sqldb.Micros(time.Now()))
		if err := leased.Count(&renewing).Error; err != nil {
			return err
		}
		if renewing > 0 {
			return fault.New(fault.Unavailable, "consent_busy",
				"A customer's consent is being renewed just now, and its new tokens would be lost; stop the service, "+
					"and try again. After a crash it takes a minute and a half until nobody counts as renewing it.")
		}
		return sqldb.Create(ctx, tx, &moving)
	})
}

// lockMoved waits for whoever writes now what is to be moved, and keeps others from
// beginning to. On SQLite the transaction itself does.
func lockMoved(tx *gorm.DB) error {
	if !sqldb.Postgres(tx) {
		return nil
	}
	return tx.Exec("LOCK TABLE custody_rows, certificates, consents IN SHARE ROW EXCLUSIVE MODE").Error
}

// AbandonMove takes the note of BeginMove back.
func (s *Store) AbandonMove(ctx context.Context) error {
	moving := embedded.Moving("")
	n, err := sqldb.Delete[custodyRow](ctx, s.db.Where("kind = ? AND id = ?", moving.Kind, moving.ID))
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "custody_not_moving",
			"No move of embedded custody is under way, so there is none to give up.")
	}
	return sqldb.Wrap(err, "entry in custody")
}

// MoveCustody notes that what embedded custody held is now in another: in the
// records, and beside the sealed rows, which are not opened again. Records that a
// service made before it heard of an earlier move follow when it is repeated.
func (s *Store) MoveCustody(ctx context.Context, from, to string) error {
	return sqldb.Transaction(ctx, s.db, "certificate", func(tx *gorm.DB) error {
		moving, moved := embedded.Moving(to), custodyRow(embedded.Moved(to))
		_, err := sqldb.First[custodyRow](ctx, tx.Where("kind = ? AND id = ?", moved.Kind, moved.ID))
		if errors.Is(err, gorm.ErrRecordNotFound) {
			n, err := sqldb.Delete[custodyRow](ctx, tx.Where("kind = ? AND id = ?", moving.Kind, moving.ID))
			if err == nil && n == 0 {
				return fault.New(fault.Conflict, "custody_not_moving",
					"The move of embedded custody was given up in the meantime, so it was not finished; "+
						"start it again.")
			}
			if err := errors.Join(err, sqldb.Create(ctx, tx, &moved)); err != nil {
				return err
			}
		} else if err != nil {
			return err
		}
		return tx.Table("certificates").Where("custody = ?", from).Update("custody", to).Error
	})
}

// CountSealed returns how many rows PurgeCustody would delete.
func (s *Store) CountSealed(ctx context.Context) (int, error) {
	notes := []string{embedded.Moved("").Kind, Residue}
	n, err := sqldb.CountRows[custodyRow](ctx, s.db.Where("kind NOT IN ?", notes))
	return int(n), sqldb.Wrap(err, "entry in custody")
}

// PurgeCustody deletes the sealed rows of a custody that was moved, the keyset too.
// Only the note that it was moved stays, and one for Rewrite, which has the database
// give up the space they were in.
func (s *Store) PurgeCustody(ctx context.Context) error {
	moved := embedded.Moved("")
	return sqldb.Transaction(ctx, s.db, "entry in custody", func(tx *gorm.DB) error {
		note, err := sqldb.First[custodyRow](ctx, tx.Where("kind = ? AND id = ?", moved.Kind, moved.ID))
		if err != nil {
			return err
		}
		// Nothing can be deleted while the note is there; nobody sees that it is not.
		if _, err := sqldb.Delete[custodyRow](ctx, tx.Where("kind = ?", moved.Kind)); err != nil {
			return err
		}
		if _, err := sqldb.Delete[custodyRow](ctx, tx.Where("kind <> ?", moved.Kind)); err != nil {
			return err
		}
		if err := sqldb.Create(ctx, tx, &note); err != nil {
			return err
		}
		return noteResidue(ctx, tx)
	})
}
