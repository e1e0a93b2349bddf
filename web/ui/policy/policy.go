// Package policy is the page of what was decided for every process: how many people a change takes, and what is
// corrected of the catalogue.
package policy

import (
	"context"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Service has the policy and changes it.
type Service interface {
	Settings(ctx context.Context, caller access.Caller) ([]policy.Setting, error)
	Differences(ctx context.Context, caller access.Caller) ([]policy.Difference, error)
	Change(ctx context.Context, caller access.Caller, name, value, reason string) (approval.Request, bool, error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages  *page.Responder
	Policy Service
}

// Handler answers on the page. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

// policyPage is what is in force, and a form to request something else.
type policyPage struct {
	page.Page
	Settings    []setting
	Differences []policy.Difference
	Broken      []policy.Setting // on the server, without a second person
	Asked       input
}

// setting is one with its value in words, "" where there are none.
type setting struct {
	policy.Setting
	Words string
}

func inWords(tr *wording.Translator, all []policy.Setting) ([]setting, error) {
	said := make([]setting, len(all))
	for i, s := range all {
		said[i].Setting = s
		var err error
		switch s.Name {
		case policy.Live, policy.Sandbox:
			key := "policy.one_person"
			if s.Value == "true" {
				key = "policy.two_people"
			}
			said[i].Words, err = tr.Text(key)
		case policy.ExpiresAfter:
			said[i].Words, err = lasting(tr, s.Value)
		}
		if err != nil {
			return nil, err
		}
	}
	return said, nil
}

// lasting says a length of time in the largest unit that is whole.
func lasting(tr *wording.Translator, text string) (string, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return text, nil //nolint:nilerr // it is shown as it is
	case d%(24*time.Hour) == 0:
		return tr.Count("policy.days", int(d/(24*time.Hour)))
	case d%time.Hour == 0:
		return tr.Count("policy.hours", int(d/time.Hour))
	}
	return tr.Count("policy.minutes", int(d/time.Minute))
}

// input is what was typed.
type input struct{ Name, Value, Reason string }

// Show shows the policy.
func (h *Handler) Show(c echo.Context, v session.Visit) error { return h.show(c, v, input{}, nil) }

func (h *Handler) show(c echo.Context, v session.Visit, a input, refused error) error {
	settings, err := h.Policy.Settings(c.Request().Context(), v.Caller)
	if err != nil {
		return err
	}
	differences, err := h.Policy.Differences(c.Request().Context(), v.Caller)
	if err != nil {
		return err
	}
	said, err := inWords(h.Pages.Translator(c), settings)
	if err != nil {
		return err
	}
	data := policyPage{
		Page:        h.Pages.Page(c, "approvals", "policy.title"),
		Settings:    said,
		Differences: differences,
		Broken: slices.DeleteFunc(slices.Clone(settings), func(s policy.Setting) bool {
			return s.Way != policy.BreakGlass
		}),
		Asked: a,
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Policy, why
	return h.Pages.Render(c, status, "policy/policy", data)
}

// Change requests another value of a setting.
func (h *Handler) Change(c echo.Context, v session.Visit) error {
	a := input{Name: form.Text(c, "name"), Value: form.Text(c, "value"), Reason: form.Text(c, "reason")}
	r, done, err := h.Policy.Change(c.Request().Context(), v.Caller, a.Name, a.Value, a.Reason)
	switch {
	case err != nil:
		return h.show(c, v, a, err)
	case done:
		return h.Pages.Done(c, "notice.policy", link.Policy)
	}
	return h.Pages.Done(c, "notice.policy_requested", link.Approval(r.ID))
}
