package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

type stepJSON struct {
	ID           string           `json:"id"`
	Scope        catalogue.Scope  `json:"scope"`
	Subject      string           `json:"subject"` // id of the enrolment or registration it belongs to
	Title        catalogue.Text   `json:"title"`
	Why          catalogue.Text   `json:"why"`
	How          catalogue.Text   `json:"how"`
	Link         string           `json:"link"`
	Who          string           `json:"who"`
	Needs        []string         `json:"needs"`
	Role         string           `json:"role"`
	State        checklist.State  `json:"state"`
	Checked      bool             `json:"checked"` // decided by the program
	HasEmail     bool             `json:"has_email"`
	Locked       bool             `json:"locked"`
	LockedBy     []string         `json:"locked_by"`
	Optional     bool             `json:"optional"`
	Owner        string           `json:"owner"`
	DueAt        *time.Time       `json:"due_at"`
	WaitingSince *time.Time       `json:"waiting_since"`
	RemindAt     *time.Time       `json:"remind_at"`
	Overdue      bool             `json:"overdue"`
	Note         string           `json:"note"`
	Gates        []checklist.Gate `json:"gates"`
	Evidence     []evidenceJSON   `json:"evidence"`
	ChangedBy    string           `json:"changed_by"`
	ChangedAt    *time.Time       `json:"changed_at"`
}

func stepOf(s checklist.Step) stepJSON {
	return stepJSON{
		ID:           s.ID,
		Scope:        s.Scope,
		Subject:      s.Subject,
		Title:        s.Title,
		Why:          s.Why,
		How:          s.How,
		Link:         s.Link,
		Who:          s.Who,
		Needs:        append([]string{}, s.Needs...),
		Role:         s.Role,
		State:        s.State,
		Checked:      s.Checked(),
		HasEmail:     s.Email != nil,
		Locked:       s.Locked,
		LockedBy:     append([]string{}, s.LockedBy...),
		Optional:     s.Optional,
		Owner:        s.Record.Owner,
		DueAt:        moment(s.Record.DueAt),
		WaitingSince: moment(s.Record.WaitingSince),
		RemindAt:     moment(s.Record.RemindAt),
		Overdue:      s.Overdue,
		Note:         s.Record.Note,
		Gates:        append([]checklist.Gate{}, s.Gates...),
		Evidence:     each(s.Evidence, evidenceOf),
		ChangedBy:    s.Record.ChangedBy,
		ChangedAt:    moment(s.Record.ChangedAt),
	}
}

type evidenceJSON struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Type    string    `json:"type"`
	Size    int       `json:"size"`
	SHA256  string    `json:"sha256"`
	AddedBy string    `json:"added_by"`
	AddedAt time.Time `json:"added_at"`
}

func evidenceOf(e evidence.File) evidenceJSON {
	return evidenceJSON{
		ID:      e.ID,
		Name:    e.Name,
		Type:    e.Type,
		Size:    e.Size,
		SHA256:  e.SHA256,
		AddedBy: e.AddedBy,
		AddedAt: e.AddedAt,
	}
}
