package registrations

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

type emailRow struct {
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

func (emailRow) TableName() string { return "bank_emails" }

// AddEmail implements registration.Emails.
func (s *Store) AddEmail(
	ctx context.Context, c email.Email, history registration.HistoryEntry,
) error {
	row := emailRow{
		ID:            c.ID,
		Record:        recordOf(c.Subject),
		Subject:       c.Subject,
		Step:          c.Step,
		SentAt:        sqldb.Micros(c.SentAt),
		SentBy:        c.SentBy,
		CertificateID: c.CertificateID,
		Note:          c.Note,
	}
	return s.withHistory(ctx, []registration.HistoryEntry{history}, "e-mail", func(tx *gorm.DB) error {
		return sqldb.Create(ctx, tx, &row)
	})
}

// AnswerEmail implements registration.Emails.
func (s *Store) AnswerEmail(
	ctx context.Context, c email.Email, history registration.HistoryEntry,
) error {
	return s.withHistory(ctx, []registration.HistoryEntry{history}, "e-mail", func(tx *gorm.DB) error {
		result := tx.Model(&emailRow{}).Where("id = ? AND answered_at = 0", c.ID).Updates(map[string]any{
			"answered_at":   sqldb.Micros(c.Answer.At),
			"answered_from": c.Answer.From,
			"confirmed":     c.Answer.Confirmed,
			"answer_note":   c.Answer.Note,
			"answer_by":     c.Answer.By,
		})
		if result.Error == nil && result.RowsAffected == 0 {
			return fault.New(fault.Conflict, "email_answered",
				"The answer to this e-mail was recorded already; look at it again.")
		}
		return result.Error
	})
}

// Emails implements registration.Emails.
func (s *Store) Emails(ctx context.Context, subjects ...string) (map[string][]email.Email, error) {
	rows, err := sqldb.Find[emailRow](ctx, bySubject(s.db, subjects).Order("sent_at DESC, id DESC"))
	return group(rows, err, "e-mail", func(r emailRow) (string, email.Email) {
		return r.Subject, email.Email{
			ID:            r.ID,
			Subject:       r.Subject,
			Step:          r.Step,
			SentAt:        sqldb.FromMicros(r.SentAt),
			SentBy:        r.SentBy,
			CertificateID: r.CertificateID,
			Note:          r.Note,
			Answer: email.Answer{
				At:        sqldb.FromMicros(r.AnsweredAt),
				From:      r.AnsweredFrom,
				Confirmed: r.Confirmed,
				Note:      r.AnswerNote,
				By:        r.AnswerBy,
			},
		}
	})
}
