package registers

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type verdictRow struct {
	CertificateID string `gorm:"primaryKey"`
	Revision      int
	Basis         string
	State         string
	Register      string
	What          string
	Since         int64
	Found         bool
}

func (verdictRow) TableName() string { return "register_verdicts" }

// NotJudgedByRegisters implements registers.Store.
func (s *Store) NotJudgedByRegisters(ctx context.Context, basis string, limit int) ([]registers.Used, error) {
	rows, err := sqldb.InUseUnjudged(ctx, s.db, "register_verdicts", "basis", basis, limit)
	used := make([]registers.Used, len(rows))
	for i, r := range rows {
		used[i] = registers.Used(r)
	}
	return used, err
}

// SaveRegisterVerdicts implements registers.Store.
func (s *Store) SaveRegisterVerdicts(ctx context.Context, basis string, all []registers.Told) error {
	if len(all) == 0 {
		return nil
	}
	return sqldb.Transaction(ctx, s.db, "verdict of registers", func(tx *gorm.DB) error {
		ids := make([]string, len(all))
		for i, t := range all {
			ids[i] = t.ID
		}
		var before []verdictRow
		if err := tx.Where("certificate_id IN ?", ids).Find(&before).Error; err != nil {
			return err
		}
		said := make(map[string]verdictRow, len(before))
		for _, r := range before {
			said[r.CertificateID] = r
		}
		var changed []string
		rows := make([]verdictRow, len(all))
		for i, t := range all {
			was, known := said[t.ID]
			rows[i] = rowOf(basis, t)
			if known {
				rows[i] = rows[i].after(was, t)
			}
			if now := rows[i]; !known || was.State != now.State || was.What != now.What || was.Since != now.Since {
				changed = append(changed, t.ID)
			}
		}
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(rows, rowsAtOnce).Error; err != nil {
			return err
		}
		return sqldb.LookAgain(tx, changed)
	})
}

func rowOf(basis string, t registers.Told) verdictRow {
	return verdictRow{
		CertificateID: t.ID,
		Revision:      t.Revision,
		Basis:         basis,
		State:         string(t.State),
		Register:      t.Register,
		What:          t.What,
		Since:         sqldb.Micros(t.Since),
		Found:         t.Found(),
	}
}

// after is the row beside what was said before.
func (r verdictRow) after(known verdictRow, t registers.Told) verdictRow {
	r.Found = r.Found || known.Found
	switch {
	case !t.Known(): // what was said stays
		known.Revision, known.Basis = r.Revision, r.Basis
		return known
	case known.State == r.State && known.What == r.What && t.State != registers.Ended:
		r.Since = known.Since // it has been so since it was seen first
	}
	return r
}
