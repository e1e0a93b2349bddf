package ui

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// subject is whose checklist a page is about: a registration or an enrolment.
type subject struct {
	checklistPage
	Base  string
	Title string
	Bank  string
}

// baseOf is the address of the page whose steps a request is about.
func baseOf(c echo.Context) string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(c.Request().URL.Path, "/"), "/")
	return "/" + kind + "/" + url.PathEscape(c.Param("id"))
}

func (u *UI) subject(ctx context.Context, v session.Visit, c echo.Context) (subject, error) {
	s := subject{Base: baseOf(c)}
	s.base, s.caller = s.Base, v.Caller
	if strings.HasPrefix(s.Base, "/enrolments/") {
		e, err := u.cfg.Registrations.Enrolment(ctx, v.Caller, c.Param("id"))
		s.Title, s.Bank, s.steps, s.letters = e.Group.Name, e.Group.Name, e.Steps, e.Letters
		return s, err
	}
	r, err := u.cfg.Registrations.Registration(ctx, v.Caller, c.Param("id"))
	s.Title, s.Bank, s.steps, s.letters, s.application = r.Institution.Name, r.Institution.Group.Name, r.Steps, r.Letters, r.Application.ID
	return s, err
}

func (s subject) step(id string) (registration.StepView, error) {
	for _, step := range s.steps {
		if step.ID == id {
			return step, nil
		}
	}
	return registration.StepView{}, fault.New(fault.NotFound, "step_unknown", "The checklist has no step %q.", id)
}

// setStep changes what is noted about a step: what the form has no field for stays.
func (u *UI) setStep(c echo.Context, v session.Visit) error {
	edit, err := stepEdit(c)
	if err == nil {
		err = u.cfg.Registrations.EditStep(c.Request().Context(), v.Caller, c.Param("id"), c.Param("step"), edit)
	}
	if err != nil {
		return u.subjectFailed(c, v, err)
	}
	u.sessions.Confirm(c, "notice.step")
	if edit.State == nil { // one more look at what was noted
		return u.pages.Redirect(c, baseOf(c)+"#step-"+c.Param("step"))
	}
	return u.pages.Redirect(c, baseOf(c)+"#checklist")
}

func stepEdit(c echo.Context) (registration.StepEdit, error) {
	values, err := form.Values(c)
	if err != nil {
		return registration.StepEdit{}, err
	}
	edit := registration.StepEdit{
		Note:  form.Optional(values, "note"),
		Owner: form.Optional(values, "owner"),
	}
	if state := form.Optional(values, "state"); state != nil {
		s := registration.StepState(*state)
		edit.State = &s
	}
	if edit.DueAt, err = optionalDay(values, "due"); err != nil {
		return edit, err
	}
	edit.RemindAt, err = optionalDay(values, "remind")
	return edit, err
}

// optionalDay is a date field: nil when the form has none, the zero time when it was emptied.
func optionalDay(values url.Values, name string) (*time.Time, error) {
	text := form.Optional(values, name)
	if text == nil {
		return nil, nil
	}
	if *text == "" {
		return &time.Time{}, nil
	}
	day, err := form.ParseDay(*text)
	return &day, err
}

// subjectFailed shows the registration or enrolment again, with the reason why something was not done.
func (u *UI) subjectFailed(c echo.Context, v session.Visit, err error) error {
	if strings.HasPrefix(baseOf(c), "/enrolments/") {
		return u.enrolmentFailed(c, v, err)
	}
	return u.registrationFailed(c, v, err)
}
