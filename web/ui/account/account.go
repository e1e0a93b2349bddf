// Package account is everybody's own page: the passkeys they sign in with, and where they are signed in.
package account

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/federation"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/passkey"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Sessions are where people are signed in.
type Sessions interface {
	OwnSessions(ctx context.Context, caller access.Caller) ([]identity.Session, error)
	EndSession(ctx context.Context, caller access.Caller, id string) error
}

// Rights are what the caller may besides the roles that they have everywhere.
type Rights interface {
	OwnGrants(ctx context.Context, caller access.Caller) ([]access.RoleGrant, error)
}

// Adding makes passkeys.
type Adding interface {
	Available() bool
	BeginAdding(ctx context.Context, caller access.Caller) (options []byte, held secret.Text, err error)
	Add(
		ctx context.Context, caller access.Caller, held secret.Text, name string, answer []byte,
	) (passkey.Passkey, error)
}

// Keeping lists passkeys and removes them.
type Keeping interface {
	Of(ctx context.Context, caller access.Caller) ([]passkey.Passkey, error)
	Remove(ctx context.Context, caller access.Caller, userID, id string, last bool) error
}

// Confirming asks for a passkey's word that it is the caller.
type Confirming interface {
	BeginConfirming(ctx context.Context, caller access.Caller) (options []byte, held secret.Text, err error)
}

// Passkeys are the caller's passkeys.
type Passkeys interface {
	Adding
	Keeping
	Confirming
}

// Accounts are the caller's accounts at identity providers.
type Accounts interface {
	AccountsOf(ctx context.Context, caller access.Caller) ([]identity.Account, error)
	RemoveAccount(ctx context.Context, caller access.Caller, issuer, subject string) error
}

// Providers are where accounts can be.
type Providers interface {
	Choices() []federation.Choice
}

// Needs is what the handler works with.
type Needs struct {
	Pages    *page.Responder
	Visits   *session.Manager
	Sessions Sessions
	Passkeys Passkeys
	Accounts Accounts
	Rights   Rights
	Tokens   Tokens

	Providers Providers
	Now       func() time.Time
}

// Handler answers on the page. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

type accountPage struct {
	page.Page
	Passkeys  []passkey.Passkey
	Sessions  []identity.Session
	Accounts  []identity.Account
	Grants    []access.RoleGrant
	Tokens    []identity.Token
	Days      []int // for which a token can be made
	Providers []federation.Choice
	Available bool
	Stale     bool // it has to be confirmed first that it is the reader
	Welcome   bool // by invitation: the passkey comes first
	Name      string
	Agent     string
}

// Show shows the page.
func (h *Handler) Show(c echo.Context, v session.Visit) error { return h.show(c, v, nil) }

func (h *Handler) show(c echo.Context, v session.Visit, refused error) error {
	ctx := c.Request().Context()
	status, why := h.Pages.Refusal(c, refused)
	data := accountPage{
		Page:      h.Pages.Page(c, "account", "account.title"),
		Available: h.Passkeys.Available(),
		Stale:     v.Caller.Unconfirmed(h.Now()),
		Name:      form.Text(c, "name"),
		Agent:     c.Request().UserAgent(),
	}
	var err error
	if data.Passkeys, err = h.Passkeys.Of(ctx, v.Caller); err != nil {
		return err
	}
	if data.Sessions, err = h.Sessions.OwnSessions(ctx, v.Caller); err != nil {
		return err
	}
	if data.Accounts, err = h.Accounts.AccountsOf(ctx, v.Caller); err != nil {
		return err
	}
	if data.Grants, err = h.Rights.OwnGrants(ctx, v.Caller); err != nil {
		return err
	}
	if data.Tokens, err = h.Tokens.OwnTokens(ctx, v.Caller); err != nil {
		return err
	}
	data.Days, data.Providers = h.days(), h.Providers.Choices()
	data.Welcome = v.How == identity.ByInvitation && len(data.Passkeys) == 0 && data.Available
	data.Path, data.Problem = link.Account, why
	return h.Pages.Render(c, status, "account/account", data)
}

// PasskeyOptions answers with what a new passkey is made from.
func (h *Handler) PasskeyOptions(c echo.Context, v session.Visit) error {
	options, held, err := h.Passkeys.BeginAdding(c.Request().Context(), v.Caller)
	return h.options(c, options, held, err)
}

// ConfirmOptions answers with what a passkey is to sign, to show that it is the reader.
func (h *Handler) ConfirmOptions(c echo.Context, v session.Visit) error {
	options, held, err := h.Passkeys.BeginConfirming(c.Request().Context(), v.Caller)
	return h.options(c, options, held, err)
}

func (h *Handler) options(c echo.Context, options []byte, held secret.Text, err error) error {
	if err != nil {
		return err
	}
	h.Visits.Hold(c, held)
	if err := h.Visits.Save(c); err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, options)
}

// AddPasskey keeps the passkey that the browser has made.
func (h *Handler) AddPasskey(c echo.Context, v session.Visit) error {
	_, err := h.Passkeys.Add(c.Request().Context(), v.Caller, h.Visits.Held(c), form.Text(c, "name"),
		[]byte(c.FormValue("made")))
	if err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.passkey_added", link.Account)
}

// RemoveAccount removes one of the reader's accounts.
func (h *Handler) RemoveAccount(c echo.Context, v session.Visit) error {
	err := h.Accounts.RemoveAccount(c.Request().Context(), v.Caller, c.FormValue("issuer"), c.FormValue("subject"))
	if err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.account_removed", link.Account)
}

// RemovePasskey removes one of the reader's passkeys.
func (h *Handler) RemovePasskey(c echo.Context, v session.Visit) error {
	err := h.Passkeys.Remove(c.Request().Context(), v.Caller, v.Caller.ID, c.Param("id"), c.FormValue("last") == "yes")
	if err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.passkey_removed", link.Account)
}

// EndSession ends one of the reader's sessions.
func (h *Handler) EndSession(c echo.Context, v session.Visit) error {
	if err := h.Sessions.EndSession(c.Request().Context(), v.Caller, c.Param("id")); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.session_ended", link.Account)
}

// Confirm goes on where somebody was who had to show that it is them, now that they have.
func (h *Handler) Confirm(c echo.Context, v session.Visit) error {
	next := c.FormValue("next")
	if v.Caller.Unconfirmed(h.Now()) {
		return audit.ConfirmFirst()
	}
	return h.Pages.Redirect(c, link.Local(next))
}
