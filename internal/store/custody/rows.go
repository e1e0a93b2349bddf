// Package custody keeps the sealed rows of embedded custody, and sees to it that
// nothing stays of what was deleted from it or moved elsewhere.
package custody

import (
	"context"
	"sync/atomic"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// Store keeps them in the database.
type Store struct {
	db       *gorm.DB
	vacuumed atomic.Int64 // the note that SQLite's file was written anew for last
}

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db: db} }

// Rows are the sealed rows themselves; they implement embedded.Rows.
type Rows struct{ db *gorm.DB }

// CustodyRows returns the storage of embedded custody.
func (s *Store) CustodyRows() Rows { return Rows{s.db} }

// Table is where they are.
const Table = "custody_rows"

type custodyRow struct {
	Kind    string `gorm:"primaryKey"`
	ID      string `gorm:"primaryKey"`
	Version int
	Sealed  []byte
}

func (custodyRow) TableName() string { return Table }

// Get implements embedded.Rows.
func (r Rows) Get(ctx context.Context, kind, id string) (embedded.Row, error) {
	row, err := sqldb.First[custodyRow](ctx, r.db.Where("kind = ? AND id = ?", kind, id))
	return embedded.Row(row), sqldb.Wrap(err, "entry in custody")
}

// GetAll implements embedded.Rows.
func (r Rows) GetAll(ctx context.Context, kind string, ids []string) ([]embedded.Row, error) {
	query := r.db.WithContext(ctx).Model(&custodyRow{}).Select("id", "version", "sealed").
		Where("kind = ? AND id IN ?", kind, ids)
	rows, err := query.Rows()
	if err != nil {
		return nil, sqldb.Wrap(err, "entry in custody")
	}
	defer func() { _ = rows.Close() }()
	found := make([]embedded.Row, 0, len(ids))
	for rows.Next() {
		row := embedded.Row{Kind: kind}
		if err := rows.Scan(&row.ID, &row.Version, &row.Sealed); err != nil {
			return nil, sqldb.Wrap(err, "entry in custody")
		}
		found = append(found, row)
	}
	return found, sqldb.Wrap(rows.Err(), "entry in custody")
}

// Put implements embedded.Rows.
func (r Rows) Put(ctx context.Context, row embedded.Row) error {
	if row.Version == 1 {
		stored := custodyRow(row)
		if sqldb.Postgres(r.db) { // one statement is a transaction
			return sqldb.Wrap(sqldb.Create(ctx, r.db, &stored), "entry in custody")
		}
		return sqldb.Gathered(ctx, r.db, "entry in custody", func(tx *gorm.DB) error {
			return sqldb.Create(ctx, tx, &stored)
		})
	}
	return sqldb.Gathered(ctx, r.db, "entry in custody", func(tx *gorm.DB) error {
		n, err := sqldb.Updates(ctx, tx.
			Where("kind = ? AND id = ? AND version = ?", row.Kind, row.ID, row.Version-1).
			Select("version", "sealed"), custodyRow{Version: row.Version, Sealed: row.Sealed})
		switch {
		case err == nil && n == 0:
			return fault.New(fault.Conflict, "version_conflict",
				"The entry in custody was changed in the meantime; look at it again.")
		case err != nil || !embedded.HoldsKey(row.Kind):
			return err
		}
		return noteResidue(ctx, tx) // of the keyset under the former master key
	})
}

// List implements embedded.Rows.
func (r Rows) List(ctx context.Context, kind string) ([]string, error) {
	query := r.db.WithContext(ctx).Model(&custodyRow{}).Select("id").Where("kind = ?", kind)
	return sqldb.Scan(query, "entry in custody", func(id *string) []any { return []any{id} })
}

// Delete implements embedded.Rows. Of a key nothing may be found later, so it is noted that Rewrite is due.
func (r Rows) Delete(ctx context.Context, kind, id string) error {
	return sqldb.Transaction(ctx, r.db, "entry in custody", func(tx *gorm.DB) error {
		n, err := sqldb.Delete[custodyRow](ctx, tx.Where("kind = ? AND id = ?", kind, id))
		if err != nil || n == 0 || !embedded.HoldsKey(kind) {
			return err
		}
		return noteResidue(ctx, tx)
	})
}
