package api

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/intake"
)

func (a *API) checklist(r request[none]) (api.Checklist, error) {
	return a.checklistOf(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
}

func (a *API) checklistOf(ctx context.Context, caller access.Caller, id string) (api.Checklist, error) {
	list, err := a.Registrations.ChecklistOf(ctx, caller, id)
	if err != nil {
		return api.Checklist{}, err
	}
	return api.Checklist{
		Subject:  id,
		Steps:    each(list.Steps, stepOf),
		Warnings: each(list.Warnings, gateOf),
		Emails:   each(list.Emails, emailOf),
	}, nil
}

func stepEdit(in api.StepEdit) checklist.Edit {
	return checklist.Edit{
		State:    (*checklist.State)(in.State),
		Note:     in.Note,
		Owner:    in.Owner,
		DueAt:    in.DueAt,
		RemindAt: in.RemindAt,
	}
}

func (a *API) editStep(r request[api.StepEdit]) (api.Checklist, error) {
	id := r.echo.Param("id")
	if err := a.Registrations.EditStep(r.echo.Request().Context(), r.caller, id, r.echo.Param("step"),
		stepEdit(r.body)); err != nil {
		return api.Checklist{}, err
	}
	return a.checklistOf(r.echo.Request().Context(), r.caller, id)
}

func (a *API) setStep(r request[api.StepEdit]) (api.Registration, error) {
	id := r.echo.Param("id")
	if err := a.Registrations.EditStep(r.echo.Request().Context(), r.caller, id, r.echo.Param("step"),
		stepEdit(r.body)); err != nil {
		return api.Registration{}, err
	}
	return a.view(r.echo, r.caller, id)
}

func historyOf(h registration.HistoryEntry) api.HistoryEntry {
	return api.HistoryEntry{
		Seq:     h.Seq,
		Subject: h.Subject,
		Step:    h.Step,
		At:      h.At,
		ByID:    h.ByID,
		By:      h.ByName,
		What:    h.What,
		From:    h.From,
		To:      h.To,
		Note:    h.Note,
	}
}

func (a *API) history(r request[none]) ([]api.HistoryEntry, error) {
	all, err := a.Registrations.History(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return each(all, historyOf), err
}

func (a *API) today(r request[none]) (api.Today, error) {
	agenda, err := a.Registrations.Today(r.echo.Request().Context(), r.caller)
	counts := []api.TaskCount{}
	for _, kind := range slices.Sorted(maps.Keys(agenda.Counts)) {
		n := agenda.Counts[kind]
		counts = append(counts, api.TaskCount{Kind: string(kind), Count: n.N, CountOver: n.Over})
	}
	return api.Today{Tasks: each(agenda.Tasks, taskOf), Counts: counts}, err
}

func taskOf(t registration.Task) api.Task {
	return api.Task{
		Kind:   string(t.Kind),
		Title:  t.Title,
		Args:   listed(t.Args),
		Who:    t.Who,
		Object: t.Object,
		Step:   t.Step,
		At:     moment(t.At),

		Registrations: listed(t.Registrations),
		Urgency: map[registration.Urgency]string{
			registration.Overdue: "overdue",
			registration.Soon:    "soon",
			registration.Next:    "next",
		}[t.Urgency],
	}
}

func stepOf(s checklist.Step) api.Step {
	return api.Step{
		ID:           s.ID,
		Scope:        string(s.Scope),
		Subject:      s.Subject,
		Title:        textOf(s.Title),
		Why:          textOf(s.Why),
		How:          textOf(s.How),
		Link:         s.Link,
		Who:          s.Who,
		Needs:        listed(s.Needs),
		Role:         s.Role,
		State:        api.StepState(s.State),
		Checked:      s.Checked(),
		HasEmail:     s.Email != nil,
		Locked:       s.Locked,
		LockedBy:     listed(s.LockedBy),
		Optional:     s.Optional,
		Owner:        s.Record.Owner,
		DueAt:        moment(s.Record.DueAt),
		WaitingSince: moment(s.Record.WaitingSince),
		RemindAt:     moment(s.Record.RemindAt),
		Overdue:      s.Overdue,
		DoneBefore:   moment(s.Record.DoneBefore),
		Note:         s.Record.Note,
		Gates:        each(s.Gates, gateOf),
		Evidence:     each(s.Evidence, evidenceOf),
		ChangedBy:    s.Record.ChangedBy,
		ChangedAt:    moment(s.Record.ChangedAt),
	}
}

func gateOf(g checklist.Gate) api.Gate {
	return api.Gate{Code: g.Code, Level: api.GateLevel(g.Level), Message: g.Message, Object: g.Object, Args: g.Args}
}

func (a *API) prepareEmail(r request[api.NewEmail]) (api.EmailDraft, error) {
	l, err := a.Registrations.PrepareEmail(r.echo.Request().Context(), r.caller, r.echo.Param("id"),
		r.echo.Param("step"), r.body.Language, r.body.CertificateID)
	return a.draftOf(l), err
}

func (a *API) recordSent(r request[api.EmailSent]) (api.Checklist, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if _, err := a.Registrations.RecordSent(ctx, r.caller, id, r.echo.Param("step"),
		email.Dispatch(r.body)); err != nil {
		return api.Checklist{}, err
	}
	return a.checklistOf(ctx, r.caller, id)
}

func (a *API) recordAnswer(r request[api.EmailAnswer]) (api.Checklist, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	answer := email.Answer{At: r.body.At, From: r.body.From, Confirmed: r.body.Confirmed, Note: r.body.Note}
	if err := a.Registrations.RecordAnswer(ctx, r.caller, id, r.echo.Param("step"), answer); err != nil {
		return api.Checklist{}, err
	}
	return a.checklistOf(ctx, r.caller, id)
}

func emailOf(l email.Email) api.Email {
	return api.Email{
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

func evidenceOf(e evidence.File) api.Evidence {
	return api.Evidence{
		ID:      e.ID,
		Name:    e.Name,
		Type:    e.Type,
		Size:    e.Size,
		SHA256:  e.SHA256,
		AddedBy: e.AddedBy,
		AddedAt: e.AddedAt,
	}
}

// addEvidence keeps the file of the form field "file": 201 with what is known of it.
func (a *API) addEvidence(c echo.Context) error {
	ctx, caller := c.Request().Context(), callerOf(c)
	// before a large body is read
	if err := a.Audit.Permit(ctx, caller, access.EvidenceAdd, c.Param("id")); err != nil {
		return err
	}
	name, content, err := intake.One(c.Response(), c.Request(), evidence.MaxSize)
	if err != nil {
		return err
	}
	e, err := a.Registrations.AddEvidence(ctx, caller, c.Param("id"), c.Param("step"), name, content)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, evidenceOf(e))
}

// evidence answers with a file as a download: whatever it is, no browser shows it as a page of ours.
func (a *API) evidence(c echo.Context) error {
	e, content, err := a.Registrations.OpenEvidence(c.Request().Context(), callerOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Disposition", e.Disposition())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, "application/octet-stream", content)
}
