// Package policy is the page of what was decided for every process: how many people a change takes, and what is
// corrected of the catalogue.
package policy

import (
	"context"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
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
	Settings    []policy.Setting
	Differences []policy.Difference
	Broken      []policy.Setting // on the server, without a second person
	Asked       input
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
	data := policyPage{
		Page:        h.Pages.Page(c, "approvals", "policy.title"),
		Settings:    settings,
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
