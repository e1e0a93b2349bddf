package registrations

import (
	"context"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

type bankFactRow struct {
	ID          string `gorm:"primaryKey"`
	Subject     string
	Key         string
	Value       string
	Source      string
	SaidOn      string
	Evidence    string
	RecordedBy  string
	RecordedAt  int64
	WithdrawnBy string
	WithdrawnAt int64
}

func (bankFactRow) TableName() string { return "bank_facts" }

// AddBankFact implements registration.BankFacts.
func (s *Store) AddBankFact(ctx context.Context, f registration.BankFact) error {
	row := bankFactRow{
		ID:         f.ID,
		Subject:    f.Subject,
		Key:        f.Key,
		Value:      f.Value,
		Source:     f.Source,
		SaidOn:     f.SaidOn.String(),
		Evidence:   f.Evidence,
		RecordedBy: f.RecordedBy,
		RecordedAt: sqldb.Micros(f.RecordedAt),
	}
	return sqldb.Wrap(sqldb.Create(ctx, s.db, &row), "fact")
}

// BankFacts implements registration.BankFacts.
func (s *Store) BankFacts(ctx context.Context, subjects ...string) ([]registration.BankFact, error) {
	query := s.db.WithContext(ctx).Order("recorded_at DESC, id DESC")
	if len(subjects) > 0 {
		query = query.Where("subject IN ?", subjects)
	}
	var rows []bankFactRow
	err := query.Find(&rows).Error
	return sqldb.Convert(rows, err, "fact", func(r bankFactRow) registration.BankFact {
		on, _ := calendar.Parse(r.SaidOn) // AddBankFact wrote it
		return registration.BankFact{
			ID:          r.ID,
			Subject:     r.Subject,
			Key:         r.Key,
			Value:       r.Value,
			Source:      r.Source,
			SaidOn:      on,
			Evidence:    r.Evidence,
			RecordedBy:  r.RecordedBy,
			RecordedAt:  sqldb.FromMicros(r.RecordedAt),
			WithdrawnBy: r.WithdrawnBy,
			WithdrawnAt: sqldb.FromMicros(r.WithdrawnAt),
		}
	})
}

// WithdrawBankFact implements registration.BankFacts.
func (s *Store) WithdrawBankFact(ctx context.Context, f registration.BankFact) error {
	result := s.db.WithContext(ctx).Model(&bankFactRow{}).Where("id = ? AND withdrawn_by = ''", f.ID).
		Updates(map[string]any{"withdrawn_by": f.WithdrawnBy, "withdrawn_at": sqldb.Micros(f.WithdrawnAt)})
	return sqldb.ExpectOneIn(result, "fact")
}
