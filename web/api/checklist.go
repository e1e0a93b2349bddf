package api

import (
	"context"
	"maps"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/types/api"
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
