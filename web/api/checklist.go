package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

type stepInput struct {
	State    *checklist.State `json:"state"`
	Note     *string          `json:"note"`
	Owner    *string          `json:"owner"`
	DueAt    *time.Time       `json:"due_at"`
	RemindAt *time.Time       `json:"remind_at"`
}

func (a *API) editStep(r request[stepInput]) (checklistJSON, error) {
	id := r.echo.Param("id")
	if err := a.Registrations.EditStep(r.echo.Request().Context(), r.caller, id, r.echo.Param("step"),
		checklist.Edit(r.body)); err != nil {
		return checklistJSON{}, err
	}
	return a.checklistOf(r.echo.Request().Context(), r.caller, id)
}

func (a *API) setStep(r request[stepInput]) (registrationJSON, error) {
	id := r.echo.Param("id")
	if err := a.Registrations.EditStep(r.echo.Request().Context(), r.caller, id, r.echo.Param("step"),
		checklist.Edit(r.body)); err != nil {
		return registrationJSON{}, err
	}
	return a.view(r.echo, r.caller, id)
}

type emailInput struct {
	Language      string `json:"language"`
	CertificateID string `json:"certificate_id"`
}

type emailDraftJSON struct {
	To            string   `json:"to"`
	From          string   `json:"from"`
	Subject       string   `json:"subject"`
	Body          string   `json:"body"`
	Language      string   `json:"language"`
	CertificateID string   `json:"certificate_id"`
	Attachments   []string `json:"attachments"`
	EML           []byte   `json:"eml"` // base64
}

func (a *API) prepareEmail(r request[emailInput]) (emailDraftJSON, error) {
	l, err := a.Registrations.PrepareEmail(r.echo.Request().Context(), r.caller, r.echo.Param("id"),
		r.echo.Param("step"), r.body.Language, r.body.CertificateID)
	return emailDraftJSON{
		To:            l.To,
		From:          l.From,
		Subject:       l.Subject,
		Body:          l.Body,
		Language:      l.Language,
		CertificateID: l.CertificateID,
		Attachments:   each(l.Attachments, func(f email.Attachment) string { return f.Name }),
		EML:           l.EML(a.Now()),
	}, err
}

type sentInput struct {
	At            time.Time `json:"at"`
	CertificateID string    `json:"certificate_id"`
	Note          string    `json:"note"`
}

func (a *API) recordSent(r request[sentInput]) (checklistJSON, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if _, err := a.Registrations.RecordSent(ctx, r.caller, id, r.echo.Param("step"),
		email.Dispatch(r.body)); err != nil {
		return checklistJSON{}, err
	}
	return a.checklistOf(ctx, r.caller, id)
}

type answerInput struct {
	At        time.Time `json:"at"`
	From      string    `json:"from"`
	Confirmed bool      `json:"confirmed"`
	Note      string    `json:"note"`
}

func (a *API) recordAnswer(r request[answerInput]) (checklistJSON, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	answer := email.Answer{At: r.body.At, From: r.body.From, Confirmed: r.body.Confirmed, Note: r.body.Note}
	if err := a.Registrations.RecordAnswer(ctx, r.caller, id, r.echo.Param("step"), answer); err != nil {
		return checklistJSON{}, err
	}
	return a.checklistOf(ctx, r.caller, id)
}

type historyJSON struct {
	Seq     int64     `json:"seq"`
	Subject string    `json:"subject"`
	Step    string    `json:"step"`
	At      time.Time `json:"at"`
	ByID    string    `json:"by_id"`
	ByName  string    `json:"by"`
	What    string    `json:"what"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	Note    string    `json:"note"`
}

func (a *API) history(r request[none]) ([]historyJSON, error) {
	all, err := a.Registrations.History(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return each(all, func(h registration.HistoryEntry) historyJSON { return historyJSON(h) }), err
}

type taskJSON struct {
	Kind    registration.TaskKind `json:"kind"`
	Title   string                `json:"title"`
	Args    []string              `json:"args"`
	Who     string                `json:"who"`
	Object  string                `json:"object"`
	Step    string                `json:"step"`
	At      *time.Time            `json:"at"`
	Urgency string                `json:"urgency"`
}

func (a *API) today(r request[none]) ([]taskJSON, error) {
	tasks, err := a.Registrations.Today(r.echo.Request().Context(), r.caller)
	return each(tasks, func(t registration.Task) taskJSON {
		return taskJSON{
			Kind:   t.Kind,
			Title:  t.Title,
			Args:   append([]string{}, t.Args...),
			Who:    t.Who,
			Object: t.Object,
			Step:   t.Step,
			At:     moment(t.At),
			Urgency: map[registration.Urgency]string{
				registration.Overdue: "overdue",
				registration.Soon:    "soon",
				registration.Next:    "next",
			}[t.Urgency],
		}
	}), err
}
