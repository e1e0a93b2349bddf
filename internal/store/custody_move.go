package store

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
func (d *DB) OtherCustody(ctx context.Context, mode string) (n int, other string, err error) {
	rows, err := gorm.G[certificateRow](d.gorm).Select("custody").Where("custody <> ? AND state <> ?", mode,
		vault.Destroyed).Find(ctx)
	if err != nil || len(rows) == 0 {
		return 0, "", sqldb.Wrap(err, "certificate")
	}
	return len(rows), rows[0].Custody, nil
}

// BeginMove notes that embedded custody is being moved. From then on nothing can be
// written to it, nor a certificate recorded whose key would be there. It may be repeated.
// While a consent's tokens are on their way from a bank it is Unavailable: they could not be kept.
func (d *DB) BeginMove(ctx context.Context, to string) error {
	return sqldb.Wrap(d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if sqldb.Postgres(d.gorm) {
			// Waits for whoever writes now, and keeps others from beginning to.
			if err := tx.Exec("LOCK TABLE custody_rows, certificates, consents IN SHARE ROW EXCLUSIVE MODE").Error; err != nil {
				return err
			}
		}
		moving := custodyRow(embedded.Moving(to))
		n, err := gorm.G[custodyRow](tx).Where("kind = ?", moving.Kind).Count(ctx, "*")
		if err != nil || n > 0 { // begun or ended before
			return err
		}
		renewing, err := gorm.G[consentRow](tx).Where("lease_until > ?", sqldb.Micros(time.Now())).Count(ctx, "*")
		if err != nil {
			return err
		}
		if renewing > 0 {
			return fault.New(fault.Unavailable, "consent_busy",
				"A customer's consent is being renewed just now, and its new tokens would be lost; stop the service, "+
					"and try again. After a crash it takes a minute and a half until nobody counts as renewing it.")
		}
		return gorm.G[custodyRow](tx).Create(ctx, &moving)
	}), "entry in custody")
}

// AbandonMove takes the note of BeginMove back.
func (d *DB) AbandonMove(ctx context.Context) error {
	moving := embedded.Moving("")
	n, err := gorm.G[custodyRow](d.gorm).Where("kind = ? AND id = ?", moving.Kind, moving.ID).Delete(ctx)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "custody_not_moving",
			"No move of embedded custody is under way, so there is none to give up.")
	}
	return sqldb.Wrap(err, "entry in custody")
}

// MoveCustody notes that what embedded custody held is now in another: in the
// records, and beside the sealed rows, which are not opened again. Records that a
// service made before it heard of an earlier move follow when it is repeated.
func (d *DB) MoveCustody(ctx context.Context, from, to string) error {
	return sqldb.Wrap(d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		moving, moved := embedded.Moving(to), custodyRow(embedded.Moved(to))
		_, err := gorm.G[custodyRow](tx).Where("kind = ? AND id = ?", moved.Kind, moved.ID).First(ctx)
		if errors.Is(err, gorm.ErrRecordNotFound) {
			n, err := gorm.G[custodyRow](tx).Where("kind = ? AND id = ?", moving.Kind, moving.ID).Delete(ctx)
			if err == nil && n == 0 {
				return fault.New(fault.Conflict, "custody_not_moving",
					"The move of embedded custody was given up meanwhile, so it was not ended; begin it again.")
			}
			if err := errors.Join(err, gorm.G[custodyRow](tx).Create(ctx, &moved)); err != nil {
				return err
			}
		} else if err != nil {
			return err
		}
		_, err = gorm.G[certificateRow](tx).Where("custody = ?", from).Update(ctx, "custody", to)
		return err
	}), "certificate")
}

// CountSealed returns how many rows PurgeCustody would delete.
func (d *DB) CountSealed(ctx context.Context) (int, error) {
	n, err := gorm.G[custodyRow](d.gorm).Where("kind NOT IN ?", []string{
		embedded.Moved("").Kind,
		residueKind,
	}).Count(ctx, "*")
	return int(n), sqldb.Wrap(err, "entry in custody")
}

// PurgeCustody deletes the sealed rows of a custody that was moved, the keyset too.
// Only the note that it was moved stays, and one for Rewrite, which has the database
// give up the space they were in.
func (d *DB) PurgeCustody(ctx context.Context) error {
	moved := embedded.Moved("")
	return sqldb.Wrap(d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		note, err := gorm.G[custodyRow](tx).Where("kind = ? AND id = ?", moved.Kind, moved.ID).First(ctx)
		if err != nil {
			return err
		}
		// Nothing can be deleted while the note is there; nobody sees that it is not.
		if _, err := gorm.G[custodyRow](tx).Where("kind = ?", moved.Kind).Delete(ctx); err != nil {
			return err
		}
		if _, err := gorm.G[custodyRow](tx).Where("kind <> ?", moved.Kind).Delete(ctx); err != nil {
			return err
		}
		if err := gorm.G[custodyRow](tx).Create(ctx, &note); err != nil {
			return err
		}
		return noteResidue(ctx, tx)
	}), "entry in custody")
}
