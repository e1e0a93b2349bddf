package ui

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
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

func (u *UI) subject(ctx context.Context, v visit, c echo.Context) (subject, error) {
	s := subject{Base: baseOf(c)}
	s.base, s.caller = s.Base, v.Caller
	if strings.HasPrefix(s.Base, "/enrolments/") {
		e, err := u.cfg.Registrations.Enrolment(ctx, v.Caller, c.Param("id"))
		s.Title, s.Bank, s.steps, s.emails = e.Group.Name, e.Group.Name, e.Steps, e.Emails
		return s, err
	}
	r, err := u.cfg.Registrations.Registration(ctx, v.Caller, c.Param("id"))
	s.Title, s.Bank, s.steps, s.emails, s.application = r.Institution.Name, r.Institution.Group.Name, r.Steps, r.Emails, r.Application.ID
	return s, err
}

func (s subject) step(id string) (checklist.Step, error) {
	for _, step := range s.steps {
		if step.ID == id {
			return step, nil
		}
	}
	return checklist.Step{}, fault.New(fault.NotFound, "step_unknown", "The checklist has no step %q.", id)
}

// setStep changes what is noted about a step: what the form has no field for stays.
func (u *UI) setStep(c echo.Context, v visit) error {
	edit, err := stepEdit(c)
	if err == nil {
		err = u.cfg.Registrations.EditStep(c.Request().Context(), v.Caller, c.Param("id"), c.Param("step"), edit)
	}
	if err != nil {
		return u.subjectFailed(c, v, err)
	}
	u.confirm(c, "notice.step")
	if edit.State == nil { // one more look at what was noted
		return u.redirect(c, baseOf(c)+"#step-"+c.Param("step"))
	}
	return u.redirect(c, baseOf(c)+"#checklist")
}

func stepEdit(c echo.Context) (checklist.Edit, error) {
	form, err := c.FormParams()
	if err != nil {
		return checklist.Edit{}, fault.Wrap(err, fault.Invalid, "form_unreadable",
			"The form could not be read; send it again.")
	}
	var edit checklist.Edit
	text := func(name string) *string {
		if !form.Has(name) {
			return nil
		}
		value := strings.TrimSpace(form.Get(name))
		return &value
	}
	edit.Note, edit.Owner = text("note"), text("owner")
	if state := text("state"); state != nil {
		s := checklist.State(*state)
		edit.State = &s
	}
	for name, into := range map[string]**time.Time{"due": &edit.DueAt, "remind": &edit.RemindAt} {
		value := text(name)
		if value == nil {
			continue
		}
		var at time.Time
		if *value != "" {
			if at, err = time.Parse(time.DateOnly, *value); err != nil {
				return edit, fault.Wrap(err, fault.Invalid, "day_invalid",
					"Give the day as year-month-day, 2026-11-30.")
			}
		}
		*into = &at
	}
	return edit, nil
}

// subjectFailed shows the registration or enrolment again, with the reason why something was not done.
func (u *UI) subjectFailed(c echo.Context, v visit, err error) error {
	if strings.HasPrefix(baseOf(c), "/enrolments/") {
		return u.enrolmentFailed(c, v, err)
	}
	return u.registrationFailed(c, v, err)
}
