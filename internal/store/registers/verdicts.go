package registers

import (
	"context"

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
	rows := make([]verdictRow, len(all))
	for i, t := range all {
		rows[i] = verdictRow{
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
	return sqldb.SaveVerdicts(ctx, s.db, "basis", basis, rows)
}

// Certificate implements sqldb.Verdict.
func (r verdictRow) Certificate() string { return r.CertificateID }

// Beside implements sqldb.Verdict. What was said stays where nothing is known now, and what is still so has been since
// it was seen first.
func (r verdictRow) Beside(before verdictRow) (now verdictRow, same, changed bool) {
	now = r
	now.Found = r.Found || before.Found
	switch state := registers.State(r.State); {
	case !state.Known():
		now = before
		now.Revision, now.Basis = r.Revision, r.Basis
	case before.State == r.State && before.What == r.What && state != registers.Ended:
		now.Since = before.Since
	}
	changed = before.State != now.State || before.What != now.What || before.Since != now.Since
	before.Basis = now.Basis
	return now, before == now, changed
}
