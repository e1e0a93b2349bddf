package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// CustodyRows keeps the sealed rows of embedded custody; it implements embedded.Rows.
type CustodyRows struct{ db *DB }

// CustodyRows returns the storage of embedded custody.
func (d *DB) CustodyRows() CustodyRows { return CustodyRows{db: d} }

type custodyRow struct {
	Kind    string `gorm:"primaryKey"`
	ID      string `gorm:"primaryKey"`
	Version int
	Sealed  []byte
}

func (custodyRow) TableName() string { return "custody_rows" }

// Get implements embedded.Rows.
func (c CustodyRows) Get(ctx context.Context, kind, id string) (embedded.Row, error) {
	row, err := gorm.G[custodyRow](c.db.gorm).Where("kind = ? AND id = ?", kind, id).First(ctx)
	return embedded.Row(row), wrap(err, "entry in custody")
}

// Put implements embedded.Rows.
func (c CustodyRows) Put(ctx context.Context, row embedded.Row) error {
	if row.Version == 1 {
		stored := custodyRow(row)
		return wrap(gorm.G[custodyRow](c.db.gorm).Create(ctx, &stored), "entry in custody")
	}
	n, err := gorm.G[custodyRow](c.db.gorm).Where("kind = ? AND id = ? AND version = ?", row.Kind, row.ID, row.Version-1).
		Select("version", "sealed").Updates(ctx, custodyRow{Version: row.Version, Sealed: row.Sealed})
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "version_conflict", "The entry in custody was changed meanwhile; look at it again.")
	}
	return wrap(err, "entry in custody")
}

// List implements embedded.Rows.
func (c CustodyRows) List(ctx context.Context, kind string) ([]string, error) {
	rows, err := gorm.G[custodyRow](c.db.gorm).Select("id").Where("kind = ?", kind).Order("id").Find(ctx)
	return convert(rows, err, "entry in custody", func(r custodyRow) string { return r.ID })
}

// Delete implements embedded.Rows.
func (c CustodyRows) Delete(ctx context.Context, kind, id string) error {
	_, err := gorm.G[custodyRow](c.db.gorm).Where("kind = ? AND id = ?", kind, id).Delete(ctx)
	return wrap(err, "entry in custody")
}

// OtherCustody returns of how many certificates the key is in another custody than mode, and in which.
func (d *DB) OtherCustody(ctx context.Context, mode string) (n int, other string, err error) {
	rows, err := gorm.G[certificateRow](d.gorm).Select("custody").Where("custody <> ? AND state <> ?", mode, vault.Destroyed).Find(ctx)
	if err != nil || len(rows) == 0 {
		return 0, "", wrap(err, "certificate")
	}
	return len(rows), rows[0].Custody, nil
}

// MoveCustody notes that what embedded custody held is now in another: in the
// records, and beside the sealed rows, which are not opened again.
func (d *DB) MoveCustody(ctx context.Context, from, to string) error {
	return wrap(d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		moved := custodyRow(embedded.Moved(to))
		if err := gorm.G[custodyRow](tx).Create(ctx, &moved); err != nil {
			return err
		}
		_, err := gorm.G[certificateRow](tx).Where("custody = ?", from).Update(ctx, "custody", to)
		return err
	}), "certificate")
}

// CountSealed returns how many rows PurgeCustody would delete.
func (d *DB) CountSealed(ctx context.Context) (int, error) {
	n, err := gorm.G[custodyRow](d.gorm).Where("kind <> ?", embedded.Moved("").Kind).Count(ctx, "*")
	return int(n), wrap(err, "entry in custody")
}

// PurgeCustody deletes the sealed rows of a custody that was moved, the keyset
// too, and has the database give up the space they were in. Only the note that it was moved stays.
func (d *DB) PurgeCustody(ctx context.Context) error {
	moved := embedded.Moved("")
	if _, err := d.CustodyRows().Get(ctx, moved.Kind, moved.ID); err != nil {
		return err
	}
	if _, err := gorm.G[custodyRow](d.gorm).Where("kind <> ?", moved.Kind).Delete(ctx); err != nil {
		return wrap(err, "entry in custody")
	}
	vacuum := []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"}
	if d.postgres() {
		vacuum = []string{"VACUUM FULL custody_rows"}
	}
	for _, statement := range vacuum {
		if _, err := d.sql.ExecContext(ctx, statement); err != nil {
			return unavailable(err)
		}
	}
	return nil
}
