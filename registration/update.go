package registration

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// Consequence is what a change of an organization or application brings about at a bank.
type Consequence struct {
	Code           string `json:"code"` // step_reopened, bank_to_be_told
	Message        string `json:"message"`
	RegistrationID string `json:"registration_id"` // empty: all of the enrolment
	Subject        string `json:"subject"`         // whose step it is
	Step           string `json:"step"`
}

// UpdateOrganization changes an organization. Steps by which a bank was told what
// is now different are reopened; the consequences say which.
func (s *Service) UpdateOrganization(
	ctx context.Context, caller access.Caller, o Organization,
) (Organization, []Consequence, error) {
	o = o.completed()
	var consequences []Consequence
	detail := note.New("organization_changed", "organization %s changed", o.LegalName)
	// Whoever could change an organization by a role on it could give it another's identifier, and with it that one's
	// certificates.
	caller.Parts = nil
	err := s.write(ctx, caller, o.ID, detail, func() error {
		if err := o.validate(); err != nil {
			return err
		}
		old, err := s.organization(ctx, o.ID)
		if err != nil {
			return err
		}
		o.CreatedAt = old.CreatedAt
		history := s.differences(caller, o.ID, old.fields(), o.fields())
		if len(history) == 0 {
			return nil
		}
		if err := s.cfg.Changes.UpdateOrganization(ctx, o, history); err != nil {
			return err
		}
		consequences, err = s.reopen(ctx, caller, Listed.Query().With(FilterOrganization, o.ID), nil)
		return err
	})
	return o, consequences, err
}

// UpdateApplication changes an application, with the same consequences. Where customers
// of a live registration in use are sent back to is changed by two people: it is requested then.
func (s *Service) UpdateApplication(
	ctx context.Context, caller access.Caller, a Application,
) (Application, []Consequence, error) {
	alone, requested, err := s.requestApplicationChange(ctx, caller, a)
	if requested || err != nil {
		return a, nil, err
	}
	return s.changeApplication(ctx, caller, a, alone)
}

// changeApplication does it; agreed is the request for it, where it took one.
func (s *Service) changeApplication(
	ctx context.Context, caller access.Caller, a Application, agreed *approval.Request,
) (Application, []Consequence, error) {
	var consequences []Consequence
	detail := agreed.Recorded(note.New("application_changed", "application %s changed", a.Name))
	err := s.write(ctx, caller, a.ID, detail, func() error {
		old, err := s.application(ctx, a.ID)
		if err != nil {
			return err
		}
		a.OrganizationID, a.CreatedAt = old.OrganizationID, old.CreatedAt
		if err := a.validate(); err != nil {
			return err
		}
		history := s.differences(caller, a.ID, old.fields(), a.fields())
		if len(history) == 0 {
			return nil
		}
		if err := s.cfg.Changes.UpdateApplication(ctx, a, history); err != nil {
			return err
		}
		consequences, err = s.reopen(ctx, caller, Listed.Query().With(FilterApplication, a.ID), nil)
		return err
	})
	return a, consequences, err
}

// UpdateEnrolment notes the account and the customer organization on the bank's portal.
func (s *Service) UpdateEnrolment(ctx context.Context, caller access.Caller, e Enrolment) ([]Consequence, error) {
	var consequences []Consequence
	e.AgreementNumber = strings.TrimSpace(e.AgreementNumber) // as it is pasted
	detail := note.New("enrolment_changed", "enrolment changed")
	err := s.write(ctx, caller, e.ID, detail, func() error {
		if err := e.validate(); err != nil {
			return err
		}
		old, err := s.enrolmentByID(ctx, e.ID)
		if err != nil {
			return err
		}
		e.OrganizationID, e.GroupID = old.Enrolment.OrganizationID, old.Enrolment.GroupID
		e.Environment, e.UpdatedAt = old.Enrolment.Environment, s.cfg.Now()
		history := s.differences(caller, e.ID, old.Enrolment.fields(), e.fields())
		if len(history) == 0 {
			return nil
		}
		if err := s.cfg.Changes.UpdateEnrolment(ctx, e, history); err != nil {
			return err
		}
		q := Listed.Query().With(FilterOrganization, e.OrganizationID)
		consequences, err = s.reopen(ctx, caller, q, s.institutionsOf(e))
		return err
	})
	return consequences, err
}

// field is one thing that a person can change about an object.
type field struct{ name, value string }

func (s *Service) differences(caller access.Caller, subject string, old, now []field) []HistoryEntry {
	var history []HistoryEntry
	for i, f := range now {
		if old[i].value != f.value {
			history = append(history, s.entry(caller, subject, "", checklist.Change{
				What: f.name,
				From: old[i].value,
				To:   f.value,
			}))
		}
	}
	return history
}

// reopen opens the ticked steps of the registrations of a query by which a bank was told what is now different.
// A step that the bank's answer decides stays as it is, with a warning.
func (s *Service) reopen(
	ctx context.Context, caller access.Caller, q listing.Query, among []string,
) ([]Consequence, error) {
	registrations, err := s.registrationsOf(ctx, access.Whole(), q, among)
	if err != nil {
		return nil, err
	}
	var found []Consequence
	said := map[[2]string]bool{}
	for page := range slices.Chunk(registrations, listing.MaxLimit) {
		all, err := s.recordsOfPage(ctx, page)
		if err != nil {
			return found, err
		}
		views, err := s.views(ctx, page, all)
		if err != nil {
			return found, err
		}
		for _, v := range views {
			more, err := s.reopenSteps(ctx, caller, v, said)
			if found = append(found, more...); err != nil {
				return found, err
			}
		}
	}
	return found, nil
}

// reopenSteps does so for one registration; said are the subjects and steps of which it was said.
func (s *Service) reopenSteps(
	ctx context.Context, caller access.Caller, v View, said map[[2]string]bool,
) ([]Consequence, error) {
	var found []Consequence
	for _, step := range v.Steps {
		c := Consequence{Subject: step.Subject, Step: step.ID}
		if step.Scope == catalogue.RegistrationScope {
			c.RegistrationID = v.Registration.ID
		}
		gate, told := step.ToldOtherwise()
		if !told || said[[2]string{c.Subject, c.Step}] {
			continue
		}
		c.Code, c.Message = "bank_to_be_told", fmt.Sprintf("%s: %s", v.Institution.Name, gate.Message)
		if !step.Checked() && step.Record.State == checklist.Done {
			c.Code = "step_reopened"
			if err := s.reopenStep(ctx, caller, step, gate); err != nil {
				return found, err
			}
		}
		found, said[[2]string{c.Subject, c.Step}] = append(found, c), true
	}
	return found, nil
}

func (s *Service) reopenStep(
	ctx context.Context, caller access.Caller, step checklist.Step, why checklist.Gate,
) error {
	record, change := step.Reopen(why)
	return s.setStep(ctx, caller, step.Subject, record,
		[]HistoryEntry{s.entry(caller, step.Subject, step.ID, change)})
}

// maxText bounds a line, in bytes; maxNote what may have several.
const (
	maxText = 500
	maxNote = 4000
)

// checkLine refuses what no name has, and PostgreSQL does not take.
func checkLine(values ...string) error {
	for _, value := range values {
		if len(value) > maxText {
			return fault.New(fault.TooLarge, "text_too_long",
				"One of the fields is longer than %d characters; shorten it.", maxText)
		}
		if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
			return fault.New(fault.Invalid, "text_invalid",
				"There is a control character in one of the fields; type it again.")
		}
	}
	return nil
}

// checkLines is checkLine for what may have several lines.
func checkLines(values ...string) error {
	for _, value := range values {
		if len(value) > maxNote {
			return fault.New(fault.TooLarge, "note_too_long",
				"The note is longer than %d characters; put long texts into an evidence file.", maxNote)
		}
		for line := range strings.Lines(value) {
			if err := checkLine(strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", " ")); err != nil {
				return err
			}
		}
	}
	return nil
}
