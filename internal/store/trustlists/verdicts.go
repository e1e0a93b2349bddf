package trustlists

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/trust"
)

type verdictRow struct {
	CertificateID string `gorm:"primaryKey"`
	Revision      int
	Lists         string
	State         string
	Service       string
	Since         int64
}

func (verdictRow) TableName() string { return "trust_verdicts" }

// NotJudgedBy implements trust.Store.
func (s *Store) NotJudgedBy(ctx context.Context, lists string, limit int) ([]trust.Used, error) {
	rows, err := sqldb.InUseUnjudged(ctx, s.db, "trust_verdicts", "lists", lists, limit)
	used := make([]trust.Used, len(rows))
	for i, r := range rows {
		used[i] = trust.Used(r)
	}
	return used, err
}

// SaveTrustVerdicts implements trust.Store.
func (s *Store) SaveTrustVerdicts(ctx context.Context, lists string, all []trust.Told) error {
	return sqldb.Transaction(ctx, s.db, "verdict of trusted lists", func(tx *gorm.DB) error {
		for _, t := range all {
			row := verdictRow{
				CertificateID: t.ID,
				Revision:      t.Revision,
				Lists:         lists,
				State:         string(t.State),
				Service:       t.Service,
				Since:         sqldb.Micros(t.Since),
			}
			var before []verdictRow
			if err := tx.Where("certificate_id = ?", t.ID).Find(&before).Error; err != nil {
				return err
			}
			if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
				return err
			}
			if len(before) == 1 && before[0].State == row.State && before[0].Service == row.Service &&
				before[0].Since == row.Since {
				continue
			}
			err := tx.Exec(`UPDATE case_subjects SET due = 0, changes = changes + 1
				WHERE kind = 'certificate' AND id = ?`, t.ID).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}
