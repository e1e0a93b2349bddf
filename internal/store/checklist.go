package store

import (
	"context"
	"encoding/json"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

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
		DueAt:        micros(s.DueAt),
		WaitingSince: micros(s.WaitingSince),
		RemindAt:     micros(s.RemindAt),
		Told:         string(told),
		ChangedBy:    s.ChangedBy,
		ChangedAt:    micros(s.ChangedAt),
	}
}

func (r stepRow) record() checklist.Record {
	s := checklist.Record{
		Step:         r.Step,
		State:        checklist.State(r.State),
		Note:         r.Note,
		Owner:        r.Owner,
		DueAt:        fromMicros(r.DueAt),
		WaitingSince: fromMicros(r.WaitingSince),
		RemindAt:     fromMicros(r.RemindAt),
		ChangedBy:    r.ChangedBy,
		ChangedAt:    fromMicros(r.ChangedAt),
	}
	return s
}

// tellings reads what banks were told. Registrations of an application tell the
// same, so each text is read once; nobody changes such a map, but puts another in its place.
type tellings map[string]map[string]string

func (t tellings) read(text string) map[string]string {
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
func (d *DB) SetSteps(
	ctx context.Context, subject string, records []checklist.Record, history []registration.HistoryEntry,
) error {
	return d.withHistory(ctx, history, "step", func(tx *gorm.DB) error {
		for _, s := range records {
			row := toStepRow(subject, s)
			if err := gorm.G[stepRow](tx, clause.OnConflict{UpdateAll: true}).Create(ctx, &row); err != nil {
				return err
			}
		}
		return nil
	})
}

// Steps implements registration.Checklist.
func (d *DB) Steps(ctx context.Context, subjects ...string) (map[string][]checklist.Record, error) {
	query := d.gorm.WithContext(ctx).Model(&stepRow{}).Select("subject", "step", "state", "note", "owner", "due_at",
		"waiting_since", "remind_at", "told", "changed_by", "changed_at").
		Order("subject, step")
	if len(subjects) > 0 {
		query = query.Where("subject IN ?", subjects)
	}
	rows, err := scan(query, "step", func(r *stepRow) []any {
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
			&r.ChangedBy,
			&r.ChangedAt,
		}
	})
	told := tellings{}
	return group(rows, err, "step", func(r stepRow) (string, checklist.Record) {
		record := r.record()
		record.Told = told.read(r.Told)
		return r.Subject, record
	})
}

type historyRow struct {
	Seq     int64 `gorm:"primaryKey;autoIncrement"`
	Subject string
	Step    string
	At      int64
	ByID    string `gorm:"column:by_id"`
	ByName  string
	What    string
	Before  string
	After   string
	Note    string
}

func (historyRow) TableName() string { return "checklist_history" }

// withHistory makes a change and writes its history, both or neither.
func (d *DB) withHistory(
	ctx context.Context, history []registration.HistoryEntry, what string, change func(tx *gorm.DB) error,
) error {
	err := d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := change(tx); err != nil {
			return err
		}
		for _, h := range history {
			row := historyRow{
				Subject: h.Subject,
				Step:    h.Step,
				At:      micros(h.At),
				ByID:    h.ByID,
				ByName:  h.ByName,
				What:    h.What,
				Before:  h.From,
				After:   h.To,
				Note:    h.Note,
			}
			if err := gorm.G[historyRow](tx).Create(ctx, &row); err != nil {
				return err
			}
		}
		return nil
	})
	return wrap(err, what)
}

// historyLimit bounds what is read of a history at once: its newest entries.
const historyLimit = 1000

// History implements registration.Checklist.
func (d *DB) History(ctx context.Context, subjects ...string) ([]registration.HistoryEntry, error) {
	rows, err := bySubject[historyRow](d, subjects).Order("seq DESC").Limit(historyLimit).Find(ctx)
	return convert(rows, err, "history", func(r historyRow) registration.HistoryEntry {
		return registration.HistoryEntry{
			Seq:     r.Seq,
			Subject: r.Subject,
			Step:    r.Step,
			At:      fromMicros(r.At),
			ByID:    r.ByID,
			ByName:  r.ByName,
			What:    r.What,
			From:    r.Before,
			To:      r.After,
			Note:    r.Note,
		}
	})
}

// bySubject selects the rows of the subjects, all if none is named.
func bySubject[R any](d *DB, subjects []string) gorm.ChainInterface[R] {
	if len(subjects) == 0 {
		return gorm.G[R](d.gorm).Where("subject <> ''")
	}
	return gorm.G[R](d.gorm).Where("subject IN ?", subjects)
}

// group turns rows into domain objects by subject.
func group[R, D any](rows []R, err error, what string, domain func(R) (string, D)) (map[string][]D, error) {
	if err != nil {
		return nil, wrap(err, what)
	}
	objects := make(map[string][]D, len(rows))
	for _, r := range rows {
		subject, object := domain(r)
		objects[subject] = append(objects[subject], object)
	}
	return objects, nil
}

// updateAll writes every column of the row with the id; NotFound when there is none.
func updateAll(tx *gorm.DB, row any, id, what string) error {
	result := tx.Model(row).Select("*").Omit("id", "created_at").Where("id = ?", id).Updates(row)
	if result.Error == nil && result.RowsAffected == 0 {
		return wrap(gorm.ErrRecordNotFound, what)
	}
	return result.Error
}
