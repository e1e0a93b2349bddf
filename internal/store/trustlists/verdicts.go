package trustlists

import (
	"context"

	"gorm.io/gorm"

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
func (s *Store) NotJudgedBy(ctx context.Context, lists, after string, limit int) ([]trust.Used, error) {
	rows, err := sqldb.InUseUnjudged(ctx, s.db, "trust_verdicts", "lists", lists, after, limit)
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
			now := verdictOf(lists, t)
			if known && t.State == trust.NotChecked { // what was said stays
				now.State, now.Service, now.Since = was.State, was.Service, was.Since
			}
			was.Lists = lists
			switch {
			case known && was == now:
				same = append(same, t.ID)
				continue
			case !known || was.State != now.State || was.Service != now.Service || was.Since != now.Since:
				changed = append(changed, t.ID)
			}
			rows = append(rows, now)
		}
		if err := sqldb.SaveVerdicts(tx, "lists", lists, same, rows); err != nil {
			return err
		}
		return sqldb.LookAgain(tx, changed)
	})
}

func verdictOf(lists string, t trust.Told) verdictRow {
	return verdictRow{
		CertificateID: t.ID,
		Revision:      t.Revision,
		Lists:         lists,
		State:         string(t.State),
		Service:       t.Service,
		Since:         sqldb.Micros(t.Since),
	}
}
