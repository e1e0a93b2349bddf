package registrations

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

type letterRow struct {
	ID            string `gorm:"primaryKey"`
	Record        string
	Subject       string
	Step          string
	SentAt        int64
	SentBy        string
	CertificateID string
	Note          string
	AnsweredAt    int64
	AnsweredFrom  string
	Confirmed     bool
	AnswerNote    string
	AnswerBy      string
}

func (letterRow) TableName() string { return "bank_letters" }

// AddLetter implements registration.Letters.
func (s *Store) AddLetter(
	ctx context.Context, c registration.Correspondence, history registration.HistoryEntry,
) error {
	row := letterRow{
		ID:            c.ID,
		Record:        recordOf(c.Subject),
		Subject:       c.Subject,
		Step:          c.Step,
		SentAt:        sqldb.Micros(c.SentAt),
		SentBy:        c.SentBy,
		CertificateID: c.CertificateID,
		Note:          c.Note,
	}
	return s.withHistory(ctx, []registration.HistoryEntry{history}, "letter", func(tx *gorm.DB) error {
		return gorm.G[letterRow](tx).Create(ctx, &row)
	})
}

// AnswerLetter implements registration.Letters.
func (s *Store) AnswerLetter(
	ctx context.Context, c registration.Correspondence, history registration.HistoryEntry,
) error {
	return s.withHistory(ctx, []registration.HistoryEntry{history}, "letter", func(tx *gorm.DB) error {
		result := tx.Model(&letterRow{}).Where("id = ? AND answered_at = 0", c.ID).Updates(map[string]any{
			"answered_at":   sqldb.Micros(c.Answer.At),
			"answered_from": c.Answer.From,
			"confirmed":     c.Answer.Confirmed,
			"answer_note":   c.Answer.Note,
			"answer_by":     c.Answer.By,
		})
		if result.Error == nil && result.RowsAffected == 0 {
			return fault.New(fault.Conflict, "letter_answered",
				"The answer to this e-mail was recorded already; look at it again.")
		}
		return result.Error
	})
}

// Letters implements registration.Letters.
func (s *Store) Letters(ctx context.Context, subjects ...string) (map[string][]registration.Correspondence, error) {
	rows, err := bySubject[letterRow](s.db, subjects).Order("sent_at DESC, id DESC").Find(ctx)
	return group(rows, err, "letter", func(r letterRow) (string, registration.Correspondence) {
		return r.Subject, registration.Correspondence{
			ID:            r.ID,
			Subject:       r.Subject,
			Step:          r.Step,
			SentAt:        sqldb.FromMicros(r.SentAt),
			SentBy:        r.SentBy,
			CertificateID: r.CertificateID,
			Note:          r.Note,
			Answer: registration.Answer{
				At:        sqldb.FromMicros(r.AnsweredAt),
				From:      r.AnsweredFrom,
				Confirmed: r.Confirmed,
				Note:      r.AnswerNote,
				By:        r.AnswerBy,
			},
		}
	})
}
