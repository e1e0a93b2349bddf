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
	return sqldb.Transaction(ctx, s.db, "verdict of registers", func(tx *gorm.DB) error {
		for _, t := range all {
			if err := save(tx, basis, t); err != nil {
				return err
			}
		}
		return nil
	})
}

func save(tx *gorm.DB, basis string, t registers.Told) error {
	row := verdictRow{
		CertificateID: t.ID,
		Revision:      t.Revision,
		Basis:         basis,
		State:         string(t.State),
		Register:      t.Register,
		What:          t.What,
		Since:         sqldb.Micros(t.Since),
		Found:         t.Found(),
	}
	var before []verdictRow
	if err := tx.Where("certificate_id = ?", t.ID).Find(&before).Error; err != nil {
		return err
	}
	if len(before) == 1 {
		known := before[0]
		row.Found = row.Found || known.Found
		switch {
		case !t.Known(): // what was said stays
			known.Revision, known.Basis = row.Revision, row.Basis
			row = known
		case known.State == row.State && known.What == row.What && t.State != registers.Ended:
			row.Since = known.Since // it has been so since it was seen first
		}
		if known.State == row.State && known.What == row.What && known.Since == row.Since {
			return tx.Save(&row).Error
		}
	}
	if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
		return err
	}
	return tx.Exec(`UPDATE case_subjects SET due = 0, changes = changes + 1
		WHERE kind = 'certificate' AND id = ?`, t.ID).Error
}
