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
	if len(all) == 0 {
		return nil
	}
	return sqldb.Transaction(ctx, s.db, "verdict of trusted lists", func(tx *gorm.DB) error {
		ids, rows := make([]string, len(all)), make([]verdictRow, len(all))
		for i, t := range all {
			ids[i] = t.ID
			rows[i] = verdictRow{
				CertificateID: t.ID,
				Revision:      t.Revision,
				Lists:         lists,
				State:         string(t.State),
				Service:       t.Service,
				Since:         sqldb.Micros(t.Since),
			}
		}
		var before []verdictRow
		if err := tx.Where("certificate_id IN ?", ids).Find(&before).Error; err != nil {
			return err
		}
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(rows, rowsAtOnce).Error; err != nil {
			return err
		}
		said := make(map[string]verdictRow, len(before))
		for _, r := range before {
			said[r.CertificateID] = r
		}
		var changed []string
		for _, r := range rows {
			was, known := said[r.CertificateID]
			if !known || was.State != r.State || was.Service != r.Service || was.Since != r.Since {
				changed = append(changed, r.CertificateID)
			}
		}
		return sqldb.LookAgain(tx, changed)
	})
}
