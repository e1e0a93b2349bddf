package api

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

type enrolmentJSON struct {
	ID              string     `json:"id"`
	OrganizationID  string     `json:"organization_id"`
	Group           string     `json:"group"`
	Environment     string     `json:"environment"`
	PortalAccount   string     `json:"portal_account"`
	CustomerName    string     `json:"customer_name"`
	AgreementNumber string     `json:"agreement_number"`
	UpdatedAt       *time.Time `json:"updated_at"`
	Registrations   []string   `json:"registrations"`
}

func enrolmentOf(v registration.EnrolmentView) enrolmentJSON {
	e := v.Enrolment
	return enrolmentJSON{
		ID:              e.ID,
		OrganizationID:  e.OrganizationID,
		Group:           e.GroupID,
		Environment:     e.Environment,
		PortalAccount:   e.PortalAccount,
		CustomerName:    e.CustomerName,
		AgreementNumber: e.Agreement(v.Organization),
		UpdatedAt:       moment(e.UpdatedAt),
		Registrations:   each(v.Registrations, func(r registration.Registration) string { return r.ID }),
	}
}

func (a *API) enrolments(r request[none]) ([]enrolmentJSON, error) {
	all, err := a.Registrations.Enrolments(r.echo.Request().Context(), r.caller)
	return each(all, enrolmentOf), err
}

func (a *API) enrolment(r request[none]) (enrolmentJSON, error) {
	v, err := a.Registrations.Enrolment(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return enrolmentJSON{}, err
	}
	return enrolmentOf(v), nil
}

type enrolmentInput struct {
	PortalAccount   string `json:"portal_account"`
	CustomerName    string `json:"customer_name"`
	AgreementNumber string `json:"agreement_number"`
}

func (a *API) updateEnrolment(r request[enrolmentInput]) (consequencesJSON, error) {
	consequences, err := a.Registrations.UpdateEnrolment(r.echo.Request().Context(), r.caller, registration.Enrolment{
		ID:              r.echo.Param("id"),
		PortalAccount:   r.body.PortalAccount,
		CustomerName:    r.body.CustomerName,
		AgreementNumber: r.body.AgreementNumber,
	})
	return consequencesOf(consequences), err
}

// consequencesJSON is what a change brings about at banks.
type consequencesJSON struct {
	Consequences []registration.Consequence `json:"consequences"`
}

func consequencesOf(c []registration.Consequence) consequencesJSON {
	return consequencesJSON{Consequences: append([]registration.Consequence{}, c...)}
}

func (a *API) updateOrganization(r request[organizationInput]) (consequencesJSON, error) {
	_, consequences, err := a.Registrations.UpdateOrganization(r.echo.Request().Context(), r.caller,
		r.body.organization(r.echo.Param("id")))
	return consequencesOf(consequences), err
}

type applicationChange struct {
	Name         string   `json:"name"`
	RedirectURIs []string `json:"redirect_uris"`
	ClientURI    string   `json:"client_uri"`
	TermsURI     string   `json:"terms_uri"`
}

func (a *API) updateApplication(r request[applicationChange]) (consequencesJSON, error) {
	_, consequences, err := a.Registrations.UpdateApplication(r.echo.Request().Context(), r.caller,
		registration.Application{
			ID:           r.echo.Param("id"),
			Name:         r.body.Name,
			RedirectURIs: r.body.RedirectURIs,
			ClientURI:    r.body.ClientURI,
			TermsURI:     r.body.TermsURI,
		})
	return consequencesOf(consequences), err
}

type emailJSON struct {
	ID            string     `json:"id"`
	Step          string     `json:"step"`
	SentAt        time.Time  `json:"sent_at"`
	SentBy        string     `json:"sent_by"`
	CertificateID string     `json:"certificate_id"`
	Note          string     `json:"note"`
	AnsweredAt    *time.Time `json:"answered_at"`
	AnsweredFrom  string     `json:"answered_from"`
	Confirmed     bool       `json:"confirmed"`
	AnswerNote    string     `json:"answer_note"`
}

func emailOf(l email.Email) emailJSON {
	return emailJSON{
		ID:            l.ID,
		Step:          l.Step,
		SentAt:        l.SentAt,
		SentBy:        l.SentBy,
		CertificateID: l.CertificateID,
		Note:          l.Note,
		AnsweredAt:    moment(l.Answer.At),
		AnsweredFrom:  l.Answer.From,
		Confirmed:     l.Answer.Confirmed,
		AnswerNote:    l.Answer.Note,
	}
}

// checklistJSON is the checklist of a registration (with its enrolment's part) or of an enrolment.
type checklistJSON struct {
	Subject  string           `json:"subject"`
	Steps    []stepJSON       `json:"steps"`
	Warnings []checklist.Gate `json:"warnings"`
	Emails   []emailJSON      `json:"emails"`
}

func (a *API) checklist(r request[none]) (checklistJSON, error) {
	return a.checklistOf(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
}

func (a *API) checklistOf(ctx context.Context, caller access.Caller, id string) (checklistJSON, error) {
	list, err := a.Registrations.ChecklistOf(ctx, caller, id)
	if err != nil {
		return checklistJSON{}, err
	}
	return checklistJSON{
		Subject:  id,
		Steps:    each(list.Steps, stepOf),
		Warnings: append([]checklist.Gate{}, list.Warnings...),
		Emails:   each(list.Emails, emailOf),
	}, nil
}
