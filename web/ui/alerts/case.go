package alerts

import (
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type casePage struct {
	page.Page
	row
	Kind    string
	LastDay time.Time // on which the slowest bank can still follow; zero: it does not matter
	About   string    // address of the thing; "": it has no page
	Events  []event
	Fact    string
	Until   time.Time // proposed for an acknowledgement
	Reason  string    // as it was typed
}

// event is something that happened, in words.
type event struct {
	At   time.Time
	What string
}

// Show shows a case.
func (h *Handler) Show(c echo.Context, v session.Visit) error { return h.show(c, v, nil) }

func (h *Handler) show(c echo.Context, v session.Visit, refused error) error {
	one, events, err := h.Cases.Get(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	status, why := h.Pages.Refusal(c, refused)
	w := h.words(c)
	data := casePage{
		Page:   h.Pages.Named(c, "alerts", w.Kind(one.Kind)),
		row:    h.row(w, one),
		Kind:   w.Kind(one.Kind),
		About:  about(one),
		Until:  h.Now().AddDate(0, 0, 7),
		Reason: form.Text(c, "reason"),
	}
	if one.Lead > 0 {
		data.LastDay = one.EndsAt.Add(-one.Lead)
	}
	if !one.ClosedAt.IsZero() {
		data.Fact = w.Fact(one.Fact)
	}
	for _, e := range events {
		data.Events = append(data.Events, event{e.At, w.What(e.What)})
	}
	data.Path, data.Problem = link.Case(one.ID), why
	return h.Pages.Render(c, status, "alerts/case", data)
}

// about is the page of the thing.
func about(c cases.Case) string {
	if c.Kind == cases.AccessReview {
		return link.Reviews
	}
	switch c.Watched.Kind {
	case cases.Certificate:
		return link.Certificate(c.Watched.ID)
	case cases.Registration:
		return link.Registration(c.Watched.ID)
	case cases.Consent:
		return link.Consent(c.Watched.ID)
	case cases.Approval:
		return link.Approval(c.Watched.ID)
	case cases.BankHost:
		institution, _, _ := strings.Cut(c.Watched.ID, "/")
		return link.Institution(institution)
	case cases.Step:
		subject, _, _ := strings.Cut(c.Watched.ID, "/")
		if strings.Contains(subject, ".") { // an enrolment's id is made of three parts
			return link.Enrolment(subject)
		}
		return link.Registration(subject)
	}
	return ""
}

// Acknowledge says that the reader sees to the case.
func (h *Handler) Acknowledge(c echo.Context, v session.Visit) error {
	day, err := time.ParseInLocation(time.DateOnly, form.Text(c, "until"), h.Location)
	if err != nil {
		return h.show(c, v, form.InvalidDay(err))
	}
	_, err = h.Changes.Acknowledge(c.Request().Context(), v.Caller, c.Param("id"), day.AddDate(0, 0, 1),
		form.Text(c, "reason"))
	if err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.case_acknowledged", link.Case(c.Param("id")))
}

// Assign says whose the case is.
func (h *Handler) Assign(c echo.Context, v session.Visit) error {
	_, err := h.Changes.Assign(c.Request().Context(), v.Caller, c.Param("id"), form.Text(c, "owner"),
		strings.Split(form.Text(c, "deputies"), ","))
	if err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.case_assigned", link.Case(c.Param("id")))
}

// maxHanded is how many cases are handed over at once: a page of the list.
const maxHanded = 50

// HandOver says of several cases whose they are; their deputies stay.
func (h *Handler) HandOver(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	values, err := form.Values(c)
	if err != nil {
		return err
	}
	ids, owner := form.Chosen(values), form.Text(c, "owner")
	if len(ids) == 0 || len(ids) > maxHanded || owner == "" {
		return h.list(c, v, "", fault.New(fault.Invalid, "cases_not_chosen",
			"Choose from 1 to %d cases, and type the name of the one who sees to them.", maxHanded))
	}
	chosen := make([]cases.Case, len(ids)) // each is there, and open, before the first is changed
	for i, id := range ids {
		if chosen[i], _, err = h.Cases.Get(ctx, v.Caller, id); err == nil && !chosen[i].ClosedAt.IsZero() {
			err = cases.AlreadyClosed()
		}
		if err != nil {
			return h.list(c, v, "", err)
		}
	}
	for _, one := range chosen {
		if _, err := h.Changes.Assign(ctx, v.Caller, one.ID, owner, one.Deputies); err != nil {
			return h.list(c, v, "", err)
		}
	}
	return h.Pages.Done(c, "notice.cases_handed", "/alerts")
}
