package trustlists

import (
	"context"

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
	rows := make([]verdictRow, len(all))
	for i, t := range all {
		rows[i] = verdictRow{
			CertificateID: t.ID,
			Revision:      t.Revision,
			Lists:         lists,
			State:         string(t.State),
			Service:       t.Service,
			Since:         sqldb.Micros(t.Since),
		}
	}
	return sqldb.SaveVerdicts(ctx, s.db, "lists", lists, rows)
}

// Certificate implements sqldb.Verdict.
func (r verdictRow) Certificate() string { return r.CertificateID }

// Beside implements sqldb.Verdict. What was said stays where nothing could be checked.
func (r verdictRow) Beside(before verdictRow) (now verdictRow, same, changed bool) {
	if r.State == string(trust.NotChecked) {
		r.State, r.Service, r.Since = before.State, before.Service, before.Since
	}
	changed = before.State != r.State || before.Service != r.Service || before.Since != r.Since
	before.Lists = r.Lists
	return r, before == r, changed
}
