package registrations

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

type evidenceRow struct {
	ID      string `gorm:"primaryKey"`
	Subject string
	Step    string
	Name    string
	Type    string
	Size    int
	SHA256  string `gorm:"column:sha256"`
	AddedBy string
	AddedAt int64
	Sealed  []byte
}

func (evidenceRow) TableName() string { return "evidence" }

func (r evidenceRow) evidence() evidence.File {
	return evidence.File{
		ID:      r.ID,
		Subject: r.Subject,
		Step:    r.Step,
		Name:    r.Name,
		Type:    r.Type,
		Size:    r.Size,
		SHA256:  r.SHA256,
		AddedBy: r.AddedBy,
		AddedAt: sqldb.FromMicros(r.AddedAt),
	}
}

// AddEvidence implements registration.EvidenceStore.
func (s *Store) AddEvidence(
	ctx context.Context, e evidence.File, sealed []byte, history registration.HistoryEntry,
) error {
	row := evidenceRow{
		ID:      e.ID,
		Subject: e.Subject,
		Step:    e.Step,
		Name:    e.Name,
		Type:    e.Type,
		Size:    e.Size,
		SHA256:  e.SHA256,
		AddedBy: e.AddedBy,
		AddedAt: sqldb.Micros(e.AddedAt),
		Sealed:  sealed,
	}
	return s.withHistory(ctx, []registration.HistoryEntry{history}, "evidence file", func(tx *gorm.DB) error {
		return sqldb.Create(ctx, tx, &row)
	})
}

// Evidence implements registration.EvidenceStore. The files themselves are not read.
func (s *Store) Evidence(ctx context.Context, subjects ...string) (map[string][]evidence.File, error) {
	rows, err := sqldb.Find[evidenceRow](ctx, bySubject(s.db, subjects).Omit("sealed").Order("added_at, id"))
	return group(rows, err, "evidence file", func(r evidenceRow) (string, evidence.File) {
		return r.Subject, r.evidence()
	})
}

// EvidenceFile implements registration.EvidenceStore.
func (s *Store) EvidenceFile(ctx context.Context, id string) (evidence.File, []byte, error) {
	row, err := sqldb.First[evidenceRow](ctx, s.db.Where("id = ?", id))
	return row.evidence(), row.Sealed, sqldb.Wrap(err, "evidence file")
}
