package registers

import (
	"context"

	"gorm.io/gorm"

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
func (s *Store) NotJudgedByRegisters(
	ctx context.Context, basis, after string, limit int,
) ([]registers.Used, error) {
	rows, err := sqldb.InUseUnjudged(ctx, s.db, "register_verdicts", "basis", basis, after, limit)
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
		before, err := sqldb.Find[verdictRow](ctx, tx.Where("certificate_id IN ?", ids))
		if err != nil {
			return err
		}
		said := make(map[string]verdictRow, len(before))
		for _, r := range before {
			said[r.CertificateID] = r
		}
		var same, changed []string
		var rows []verdictRow
		for _, t := range all {
			was, known := said[t.ID]
			now := rowOf(basis, t)
			if known {
				now = now.after(was, t)
			}
			was.Basis = basis
			switch {
			case known && was == now:
				same = append(same, t.ID)
				continue
			case !known || was.State != now.State || was.What != now.What || was.Since != now.Since:
				changed = append(changed, t.ID)
			}
			rows = append(rows, now)
		}
		if err := sqldb.SaveVerdicts(tx, "basis", basis, same, rows); err != nil {
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
