package registrations

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

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
func (s *Store) withHistory(
	ctx context.Context, history []registration.HistoryEntry, what string, change func(tx *gorm.DB) error,
) error {
	return sqldb.Transaction(ctx, s.db, what, func(tx *gorm.DB) error {
		if err := change(tx); err != nil {
			return err
		}
		for _, h := range history {
			row := historyRow{
				Subject: h.Subject,
				Step:    h.Step,
				At:      sqldb.Micros(h.At),
				ByID:    h.ByID,
				ByName:  h.ByName,
				What:    h.What,
				Before:  h.From,
				After:   h.To,
				Note:    h.Note,
			}
			if err := sqldb.Create(ctx, tx, &row); err != nil {
				return err
			}
		}
		return nil
	})
}

// historyLimit bounds what is read of a history at once: its newest entries.
const historyLimit = 1000

// History implements registration.Checklist.
func (s *Store) History(ctx context.Context, subjects ...string) ([]registration.HistoryEntry, error) {
	rows, err := sqldb.Find[historyRow](ctx, bySubject(s.db, subjects).Order("seq DESC").Limit(historyLimit))
	return sqldb.Convert(rows, err, "history", func(r historyRow) registration.HistoryEntry {
		return registration.HistoryEntry{
			Seq:     r.Seq,
			Subject: r.Subject,
			Step:    r.Step,
			At:      sqldb.FromMicros(r.At),
			ByID:    r.ByID,
			ByName:  r.ByName,
			What:    r.What,
			From:    r.Before,
			To:      r.After,
			Note:    r.Note,
		}
	})
}
