package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// registrationRow is a registration in a list: what one needs to choose one.
type registrationRow struct {
	ID            string    `json:"id"`
	ApplicationID string    `json:"application_id"`
	Application   string    `json:"application"`
	Organization  string    `json:"organization"`
	EnrolmentID   string    `json:"enrolment_id"`
	InstitutionID string    `json:"institution_id"`
	Institution   string    `json:"institution"`
	Environment   string    `json:"environment"`
	CreatedAt     time.Time `json:"created_at"`
	Ready         bool      `json:"ready"`
	ActiveVersion int       `json:"active_version"` // 0: none
	DraftVersion  int       `json:"draft_version"`  // 0: none
	Blockers      []string  `json:"blockers"`       // codes
	Warnings      int       `json:"warnings"`
	NextStep      string    `json:"next_step"`
	StepsSettled  int       `json:"steps_settled"`
	Steps         int       `json:"steps"`
	Waiting       bool      `json:"waiting"` // for the bank
}

func rowOf(v registration.View) registrationRow {
	row := registrationRow{
		ID:            v.Registration.ID,
		ApplicationID: v.Application.ID,
		Application:   v.Application.Name,
		Organization:  v.Organization.LegalName,
		EnrolmentID:   v.Enrolment.ID,
		InstitutionID: v.Institution.ID,
		Institution:   v.Institution.Name,
		Environment:   v.Institution.Environment,
		CreatedAt:     v.Registration.CreatedAt,
		Ready:         v.Ready(),
		Warnings:      len(v.Warnings),
		Blockers:      each(v.Blockers, func(b registration.Blocker) string { return b.Code }),
	}
	row.StepsSettled, row.Steps = v.Progress()
	if next := v.Next(); next != nil {
		row.NextStep = next.ID
	}
	if b := v.Active(); b != nil {
		row.ActiveVersion = b.Version
	}
	if b := v.Draft(); b != nil {
		row.DraftVersion = b.Version
	}
	for i := range v.Steps {
		row.Waiting = row.Waiting || v.Steps[i].State == checklist.Waiting
	}
	return row
}

func (a *API) registrations(r request[none]) ([]registrationRow, error) {
	views, err := a.Registrations.List(r.echo.Request().Context(), r.caller)
	return each(views, rowOf), err
}
