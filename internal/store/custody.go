package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
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
	return embedded.Row(row), sqldb.Wrap(err, "entry in custody")
}

// Put implements embedded.Rows.
func (c CustodyRows) Put(ctx context.Context, row embedded.Row) error {
	if row.Version == 1 {
		stored := custodyRow(row)
		return sqldb.Wrap(gorm.G[custodyRow](c.db.gorm).Create(ctx, &stored), "entry in custody")
	}
	return sqldb.Wrap(c.db.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		n, err := gorm.G[custodyRow](tx).Where("kind = ? AND id = ? AND version = ?", row.Kind, row.ID, row.Version-1).
			Select("version", "sealed").Updates(ctx, custodyRow{Version: row.Version, Sealed: row.Sealed})
		switch {
		case err == nil && n == 0:
			return fault.New(fault.Conflict, "version_conflict",
				"The entry in custody was changed meanwhile; look at it again.")
		case err != nil || !embedded.HoldsKey(row.Kind):
			return err
		}
		return noteResidue(ctx, tx) // of the keyset under the former master key
	}), "entry in custody")
}

// List implements embedded.Rows.
func (c CustodyRows) List(ctx context.Context, kind string) ([]string, error) {
	rows, err := gorm.G[custodyRow](c.db.gorm).Select("id").Where("kind = ?", kind).Order("id").Find(ctx)
	return sqldb.Convert(rows, err, "entry in custody", func(r custodyRow) string { return r.ID })
}

// Delete implements embedded.Rows. Of a key nothing may be found later, so it is noted that Rewrite is due.
func (c CustodyRows) Delete(ctx context.Context, kind, id string) error {
	return sqldb.Wrap(c.db.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		n, err := gorm.G[custodyRow](tx).Where("kind = ? AND id = ?", kind, id).Delete(ctx)
		if err != nil || n == 0 || !embedded.HoldsKey(kind) {
			return err
		}
		return noteResidue(ctx, tx)
	}), "entry in custody")
}
