package registrations

import (
	"context"
	"encoding/json"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

type stepRow struct {
	Record       string
	Subject      string `gorm:"primaryKey"`
	Step         string `gorm:"primaryKey"`
	State        string
	Note         string
	Owner        string
	DueAt        int64
	WaitingSince int64
	RemindAt     int64
	Told         string
	DoneBefore   int64
	ChangedBy    string
	ChangedAt    int64
}

func (stepRow) TableName() string { return "checklist_steps" }

func toStepRow(subject string, s checklist.Record) stepRow {
	told, _ := json.Marshal(s.Told) // strings always marshal
	return stepRow{
		Record:       recordOf(subject),
		Subject:      subject,
		Step:         s.Step,
		State:        string(s.State),
		Note:         s.Note,
		Owner:        s.Owner,
		DueAt:        sqldb.Micros(s.DueAt),
		WaitingSince: sqldb.Micros(s.WaitingSince),
		RemindAt:     sqldb.Micros(s.RemindAt),
		Told:         string(told),
		DoneBefore:   sqldb.Micros(s.DoneBefore),
		ChangedBy:    s.ChangedBy,
		ChangedAt:    sqldb.Micros(s.ChangedAt),
	}
}

func (r stepRow) record() checklist.Record {
	return checklist.Record{
		Step:         r.Step,
		State:        checklist.State(r.State),
		Note:         r.Note,
		Owner:        r.Owner,
		DueAt:        sqldb.FromMicros(r.DueAt),
		WaitingSince: sqldb.FromMicros(r.WaitingSince),
		RemindAt:     sqldb.FromMicros(r.RemindAt),
		DoneBefore:   sqldb.FromMicros(r.DoneBefore),
		ChangedBy:    r.ChangedBy,
		ChangedAt:    sqldb.FromMicros(r.ChangedAt),
	}
}

// notices reads what banks were told. Registrations of an application tell the
// same, so each text is read once; nobody changes such a map, but puts another in its place.
type notices map[string]map[string]string

func (t notices) read(text string) map[string]string {
	if len(text) <= len("null") { // there is nothing in it
		return nil
	}
	told, known := t[text]
	if !known {
		_ = json.Unmarshal([]byte(text), &told) // toStepRow wrote it
		t[text] = told
	}
	return told
}

// recordOf is the organization or registration whose copy in custody a subject
// belongs to: the id of an enrolment begins with that of its organization.
func recordOf(subject string) string {
	record, _, _ := strings.Cut(subject, ".")
	return record
}

// SetSteps implements registration.Checklist.
func (s *Store) SetSteps(
	ctx context.Context, subject string, records []checklist.Record, history []registration.HistoryEntry,
) error {
	return s.withHistory(ctx, history, "step", func(tx *gorm.DB) error {
		for _, s := range records {
			row := toStepRow(subject, s)
			if err := sqldb.Create(ctx, tx.Clauses(clause.OnConflict{UpdateAll: true}), &row); err != nil {
				return err
			}
		}
		return nil
	})
}

// Steps implements registration.Checklist.
func (s *Store) Steps(ctx context.Context, subjects ...string) (map[string][]checklist.Record, error) {
	query := s.db.WithContext(ctx).Model(&stepRow{}).
		Select("subject", "step", "state", "note", "owner", "due_at", "waiting_since", "remind_at", "told",
			"done_before", "changed_by", "changed_at").
		Order("subject, step")
	if len(subjects) > 0 {
		query = query.Where("subject IN ?", subjects)
	}
	rows, err := sqldb.Scan(query, "step", func(r *stepRow) []any {
		return []any{
			&r.Subject,
			&r.Step,
			&r.State,
			&r.Note,
			&r.Owner,
			&r.DueAt,
			&r.WaitingSince,
			&r.RemindAt,
			&r.Told,
			&r.DoneBefore,
			&r.ChangedBy,
			&r.ChangedAt,
		}
	})
	told := notices{}
	return group(rows, err, "step", func(r stepRow) (string, checklist.Record) {
		record := r.record()
		record.Told = told.read(r.Told)
		return r.Subject, record
	})
}
