package services

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type accountPage struct {
	page.Page
	Account service.Account
	Waiting string // id of the request that waits for a second person
	Full    bool   // as many tokens are valid as can be
	Bound   []bound
	Form    input
	Typed   bool // the form was refused
	Used    []useRow
	More    bool // it has used more registrations than are shown

	Identity identityForm
}

// useRow is a registration that the account uses.
type useRow struct {
	registration.View
	usage.Overview
	Own []usage.Service // the account's own instances
}

type newPage struct {
	page.Page
	Form input
}

// AddForm shows the form of a new account.
func (h *Handler) AddForm(c echo.Context, v session.Visit) error {
	return h.addForm(c, v, service.Input{Grant: service.Grant{Limits: service.DefaultLimits}}, nil)
}

func (h *Handler) addForm(c echo.Context, v session.Visit, in service.Input, refused error) error {
	status, why := h.Pages.Refusal(c, refused)
	data := newPage{Page: h.Pages.Page(c, "services", "services.new")}
	var err error
	if data.Form, err = h.form(c, v.Caller, link.NewService, in); err != nil {
		return err
	}
	data.Path, data.Problem = link.NewService, why
	return h.Pages.Render(c, status, "services/new", data)
}

// Add makes an account.
func (h *Handler) Add(c echo.Context, v session.Visit) error {
	in, err := read(c)
	if err != nil {
		return err
	}
	a, _, done, err := h.Accounts.Add(c.Request().Context(), v.Caller, in)
	switch {
	case err != nil:
		return h.addForm(c, v, in, err)
	case !done:
		return h.Pages.Done(c, "notice.service_requested", link.Service(a.ID))
	}
	return h.Pages.Done(c, "notice.service_added", link.Service(a.ID))
}

// Show shows an account.
func (h *Handler) Show(c echo.Context, v session.Visit) error { return h.show(c, v, refusal{}) }

// refusal is what was not done, and what was typed for it.
type refusal struct {
	input    *service.Input
	identity *service.Identity
	err      error // nil: nothing was
}

// show shows an account, after what was refused.
func (h *Handler) show(c echo.Context, v session.Visit, was refusal) error {
	ctx, id := c.Request().Context(), c.Param("id")
	status, why := h.Pages.Refusal(c, was.err)
	a, err := h.Accounts.Get(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	waiting, err := h.Accounts.Waiting(ctx, id)
	if err != nil {
		return err
	}
	data := accountPage{Page: h.Pages.Named(c, "services", a.Name), Account: a, Waiting: waiting[id]}
	now := service.Input{Name: a.Name, Owner: a.Owner, Description: a.Description, Grant: a.Grant}
	if data.Form, err = h.form(c, v.Caller, link.Service(id), now); err != nil {
		return err
	}
	if data.Bound, data.Typed = data.Form.Bindings, was.input != nil; data.Typed {
		if data.Form, err = h.form(c, v.Caller, link.Service(id), *was.input); err != nil {
			return err
		}
	}
	data.Identity.Issuers, data.Identity.Anchors = h.Accounts.WorkloadIssuers(), h.Accounts.CertificateAnchors()
	if was.identity != nil {
		data.Identity.fill(*was.identity)
	}
	valid := 0
	for _, t := range a.Tokens {
		if t.ExpiresAt.After(h.Now()) {
			valid++
		}
	}
	data.Full = valid >= service.TokensValid
	if err := h.fillUsed(c, v, &data); err != nil {
		return err
	}
	data.Path, data.Problem = link.Service(id), why
	return h.Pages.Render(c, status, "services/account", data)
}

// usedShown is how many registrations the page of an account shows.
const usedShown = 20

// fillUsed says which version of its registrations the account uses.
func (h *Handler) fillUsed(c echo.Context, v session.Visit, data *accountPage) error {
	if !v.Caller.MaySomewhere(access.RegistrationRead) {
		return nil
	}
	ctx := c.Request().Context()
	ids, err := h.Usage.Used(ctx, v.Caller, data.Account.ID, usedShown+1)
	if err != nil {
		return err
	}
	data.More = len(ids) > usedShown
	var views []registration.View
	for _, id := range ids[:min(len(ids), usedShown)] {
		view, err := h.Registrations.Registration(ctx, v.Caller, id)
		if err != nil {
			return err
		}
		views = append(views, view)
	}
	overviews, err := h.Usage.Overviews(ctx, v.Caller, views...)
	if err != nil {
		return err
	}
	for i, o := range overviews {
		one := useRow{View: views[i], Overview: o}
		for _, s := range o.Services {
			if s.AccountID == data.Account.ID {
				one.Own = append(one.Own, s)
			}
		}
		data.Used = append(data.Used, one)
	}
	return nil
}

// Change says anew what an account is and may do.
func (h *Handler) Change(c echo.Context, v session.Visit) error {
	in, err := read(c)
	if err != nil {
		return err
	}
	_, _, done, err := h.Accounts.Change(c.Request().Context(), v.Caller, c.Param("id"), in)
	switch {
	case err != nil:
		return h.show(c, v, refusal{input: &in, err: err})
	case !done:
		return h.Pages.Done(c, "notice.change_requested", link.Service(c.Param("id")))
	}
	return h.Pages.Done(c, "notice.service_changed", link.Service(c.Param("id")))
}

// End ends an account for good.
func (h *Handler) End(c echo.Context, v session.Visit) error {
	if _, err := h.Accounts.End(c.Request().Context(), v.Caller, c.Param("id")); err != nil {
		return h.show(c, v, refusal{err: err})
	}
	return h.Pages.Done(c, "notice.service_ended", link.Service(c.Param("id")))
}

type tokenPage struct {
	page.Page
	Account service.Account
	Issued  service.Token
	Token   string
}

// IssueToken makes a token and shows it. It is in no redirect, and on no page that is opened again.
func (h *Handler) IssueToken(c echo.Context, v session.Visit) error {
	ctx, id := c.Request().Context(), c.Param("id")
	var until time.Time // refused
	if days := number(c.FormValue("days")); days > 0 {
		until = h.Now().AddDate(0, 0, days)
	}
	issued, token, err := h.Accounts.IssueToken(ctx, v.Caller, id, until)
	if err != nil {
		return h.show(c, v, refusal{err: err})
	}
	a, err := h.Accounts.Get(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	data := tokenPage{
		Page:    h.Pages.Page(c, "services", "services.token_made"),
		Account: a,
		Issued:  issued,
		Token:   token.Reveal(),
	}
	data.Path = link.Service(id)
	return h.Pages.Render(c, http.StatusOK, "services/token", data)
}

// RevokeToken refuses a token from now on.
func (h *Handler) RevokeToken(c echo.Context, v session.Visit) error {
	if err := h.Accounts.RevokeToken(c.Request().Context(), v.Caller, c.Param("id"), c.Param("token")); err != nil {
		return h.show(c, v, refusal{err: err})
	}
	return h.Pages.Done(c, "notice.token_revoked", link.Service(c.Param("id")))
}
