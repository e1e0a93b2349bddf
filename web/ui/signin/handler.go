// Package signin is how people come and go: signing in with a passkey or a one-time link, accepting an invitation,
// signing out, and the choice of the language.
package signin

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/passkey"
	"github.com/sealkeeper/sealkeeper/internal/throttle"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Links say whom a one-time link belongs to.
type Links interface {
	OpenLink(ctx context.Context, link secret.Text) (secret.Text, error)
	SignIn(ctx context.Context, link secret.Text) (identity.User, error)
}

// Invitations let people join.
type Invitations interface {
	OpenInvitation(ctx context.Context, link secret.Text) (identity.Invitation, secret.Text, error)
	Invitation(ctx context.Context, link secret.Text) (identity.Invitation, error)
	Accept(ctx context.Context, link secret.Text, code, name string) (identity.User, error)
}

// Identity is all of them.
type Identity interface {
	Links
	Invitations
	Accounts
}

// Passkeys say whose passkey has signed.
type Passkeys interface {
	Available() bool
	BeginSignIn(ctx context.Context) (options []byte, held secret.Text, err error)
	SignIn(ctx context.Context, held secret.Text, answer []byte) (identity.User, passkey.Passkey, error)
}

// Throttle slows down who tries again and again.
type Throttle interface {
	Enter(ctx context.Context) error
	Left(ctx context.Context) (left int, full time.Duration)
}

// Log records who is refused.
type Log interface {
	Refuse(ctx context.Context, caller access.Caller, action access.Action, object string, err error) error
}

// Needs is what the handler works with.
type Needs struct {
	Pages     *page.Responder
	Sessions  *session.Manager
	Identity  Identity
	Passkeys  Passkeys
	Providers Providers
	Throttle  Throttle
	Log       Log
}

// Handler answers on the pages of signing in. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

// enter refuses who tries too often, and says to everybody how often they still may.
func (h *Handler) enter(c echo.Context) error {
	ctx := c.Request().Context()
	err := h.Throttle.Enter(ctx)
	left, full := h.Throttle.Left(ctx)
	h.Pages.SayLimit(c, "sign-in", throttle.Attempts.Most, throttle.Attempts.Window(), left, full)
	if err != nil {
		return h.Log.Refuse(ctx, access.Caller{}, access.SessionStart, "", err)
	}
	return nil
}
