package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

type enrolmentRow struct {
	ID              string `gorm:"primaryKey"`
	OrganizationID  string
	GroupID         string
	Environment     string
	PortalAccount   string
	CustomerName    string
	AgreementNumber string
	UpdatedAt       int64 `gorm:"autoUpdateTime:false"`
}

func (enrolmentRow) TableName() string { return "enrolments" }

// UpdateEnrolment implements registration.Changes.
func (d *DB) UpdateEnrolment(ctx context.Context, e registration.Enrolment, history []registration.HistoryEntry) error {
	row := enrolmentRow{
		ID:              e.ID,
		OrganizationID:  e.OrganizationID,
		GroupID:         e.GroupID,
		Environment:     e.Environment,
		PortalAccount:   e.PortalAccount,
		CustomerName:    e.CustomerName,
		AgreementNumber: e.AgreementNumber,
		UpdatedAt:       micros(e.UpdatedAt),
	}
	return d.withHistory(ctx, history, "enrolment", func(tx *gorm.DB) error {
		return gorm.G[enrolmentRow](tx, clause.OnConflict{UpdateAll: true}).Create(ctx, &row)
	})
}

// Enrolments implements registration.Changes.
func (d *DB) Enrolments(ctx context.Context) ([]registration.Enrolment, error) {
	rows, err := gorm.G[enrolmentRow](d.gorm).Order("id").Find(ctx)
	return convert(rows, err, "enrolment", func(r enrolmentRow) registration.Enrolment {
		return registration.Enrolment{
			ID:              r.ID,
			OrganizationID:  r.OrganizationID,
			GroupID:         r.GroupID,
			Environment:     r.Environment,
			PortalAccount:   r.PortalAccount,
			CustomerName:    r.CustomerName,
			AgreementNumber: r.AgreementNumber,
			UpdatedAt:       fromMicros(r.UpdatedAt),
		}
	})
}

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
		AddedAt: fromMicros(r.AddedAt),
	}
}

// AddEvidence implements registration.EvidenceStore.
func (d *DB) AddEvidence(
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
		AddedAt: micros(e.AddedAt),
		Sealed:  sealed,
	}
	return d.withHistory(ctx, []registration.HistoryEntry{history}, "evidence file", func(tx *gorm.DB) error {
		return gorm.G[evidenceRow](tx).Create(ctx, &row)
	})
}

// Evidence implements registration.EvidenceStore. The files themselves are not read.
func (d *DB) Evidence(ctx context.Context, subjects ...string) (map[string][]evidence.File, error) {
	rows, err := bySubject[evidenceRow](d, subjects).Omit("sealed").Order("added_at, id").Find(ctx)
	return group(rows, err, "evidence file", func(r evidenceRow) (string, evidence.File) {
		return r.Subject, r.evidence()
	})
}

// EvidenceFile implements registration.EvidenceStore.
func (d *DB) EvidenceFile(ctx context.Context, id string) (evidence.File, []byte, error) {
	row, err := gorm.G[evidenceRow](d.gorm).Where("id = ?", id).First(ctx)
	return row.evidence(), row.Sealed, wrap(err, "evidence file")
}

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

func (emailRow) TableName() string { return "bank_letters" }

// AddEmail implements registration.Emails.
func (d *DB) AddEmail(ctx context.Context, c email.Email, history registration.HistoryEntry) error {
	row := emailRow{
		ID:            c.ID,
		Record:        recordOf(c.Subject),
		Subject:       c.Subject,
		Step:          c.Step,
		SentAt:        micros(c.SentAt),
		SentBy:        c.SentBy,
		CertificateID: c.CertificateID,
		Note:          c.Note,
	}
	return d.withHistory(ctx, []registration.HistoryEntry{history}, "e-mail", func(tx *gorm.DB) error {
		return gorm.G[emailRow](tx).Create(ctx, &row)
	})
}

// AnswerEmail implements registration.Emails.
func (d *DB) AnswerEmail(ctx context.Context, c email.Email, history registration.HistoryEntry) error {
	return d.withHistory(ctx, []registration.HistoryEntry{history}, "e-mail", func(tx *gorm.DB) error {
		result := tx.Model(&emailRow{}).Where("id = ? AND answered_at = 0", c.ID).Updates(map[string]any{
			"answered_at":   micros(c.Answer.At),
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
func (d *DB) Emails(ctx context.Context, subjects ...string) (map[string][]email.Email, error) {
	rows, err := bySubject[emailRow](d, subjects).Order("sent_at DESC, id DESC").Find(ctx)
	return group(rows, err, "e-mail", func(r emailRow) (string, email.Email) {
		return r.Subject, email.Email{
			ID:            r.ID,
			Subject:       r.Subject,
			Step:          r.Step,
			SentAt:        fromMicros(r.SentAt),
			SentBy:        r.SentBy,
			CertificateID: r.CertificateID,
			Note:          r.Note,
			Answer: email.Answer{
				At:        fromMicros(r.AnsweredAt),
				From:      r.AnsweredFrom,
				Confirmed: r.Confirmed,
				Note:      r.AnswerNote,
				By:        r.AnswerBy,
			},
		}
	})
}
