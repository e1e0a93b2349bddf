package signin

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/federation"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Providers are the firm's identity providers.
type Providers interface {
	Choices() []federation.Choice
	Begin(
		ctx context.Context, caller access.Caller, providerID string, purpose federation.Purpose, next string,
	) (address string, held secret.Text, err error)
	Complete(ctx context.Context, caller access.Caller, a federation.Answer) (identity.Shown, federation.Request, error)
	Leaving
}

// Leaving is signing out at an identity provider, begun here or there.
type Leaving interface {
	SignOutURL(ctx context.Context, issuer string) string
	LogOut(ctx context.Context, providerID, token string) (federation.LoggedOut, error)
}

// Accounts say whom an account belongs to.
type Accounts interface {
	SignInWith(ctx context.Context, shown identity.Shown) (identity.User, error)
	AddAccount(ctx context.Context, caller access.Caller, shown identity.Shown) error
	IsAccountOf(ctx context.Context, caller access.Caller, issuer, subject string) (bool, error)
	EndAccountSessions(ctx context.Context, issuer, subject, sid string, at time.Time) error
}

// AccountSignIn sends the reader to an identity provider. It is a link, and no form: a form may not lead elsewhere.
func (h *Handler) AccountSignIn(c echo.Context) error {
	return h.away(c, access.Caller{}, federation.ToSignIn, link.Local(c.QueryParam("next")))
}

// AccountAdd sends whoever is signed in to an identity provider, to add their account there.
func (h *Handler) AccountAdd(c echo.Context, v session.Visit) error {
	return h.away(c, v.Caller, federation.ToAdd, link.Account)
}

// AccountConfirm sends whoever is signed in to an identity provider, to show again that it is them.
func (h *Handler) AccountConfirm(c echo.Context, v session.Visit) error {
	return h.away(c, v.Caller, federation.ToConfirm, link.Local(c.QueryParam("next")))
}

func (h *Handler) away(c echo.Context, caller access.Caller, purpose federation.Purpose, next string) error {
	if prefetched(c) {
		return c.NoContent(http.StatusNoContent)
	}
	ctx := c.Request().Context()
	if err := h.enter(c); err != nil {
		return h.render(c, h.page(c, "", next), err)
	}
	address, held, err := h.Providers.Begin(ctx, caller, c.Param("provider"), purpose, next)
	if err != nil {
		return h.render(c, h.page(c, "", next), err)
	}
	h.Sessions.HoldAway(c, held)
	return h.Pages.Redirect(c, address)
}

// AccountCallback takes what a browser comes back with from an identity provider.
func (h *Handler) AccountCallback(c echo.Context) error {
	ctx, caller := c.Request().Context(), session.VisitOf(c).Caller
	if err := h.enter(c); err != nil {
		return h.render(c, h.page(c, "", ""), err)
	}
	shown, request, err := h.Providers.Complete(ctx, caller, federation.Answer{
		Provider: c.Param("provider"),
		State:    c.QueryParam("state"),
		Code:     c.QueryParam("code"),
		Issuer:   c.QueryParam("iss"),
		Error:    c.QueryParam("error"),
		Held:     h.Sessions.HeldAway(c),
	})
	if err == nil {
		err = h.come(c, caller, shown, request)
	}
	if err != nil {
		return h.render(c, h.page(c, "", request.Next), err)
	}
	return h.Pages.Redirect(c, link.Local(request.Next))
}

// come does what somebody went to the identity provider for.
func (h *Handler) come(
	c echo.Context, caller access.Caller, shown identity.Shown, request federation.Request,
) error {
	ctx := c.Request().Context()
	switch request.Purpose {
	case federation.ToAdd:
		return h.Identity.AddAccount(ctx, caller, shown)
	case federation.ToConfirm:
		mine, err := h.Identity.IsAccountOf(ctx, caller, shown.Issuer, shown.Subject)
		if err != nil {
			return err
		}
		if !mine {
			return h.Log.Refuse(ctx, caller, access.SessionConfirm, caller.Session, notTheirs())
		}
		return h.Sessions.Confirmed(c)
	case federation.ToSignIn:
		user, err := h.Identity.SignInWith(ctx, shown)
		if err != nil {
			return err
		}
		return h.Sessions.BeginWith(c, user.ID, shown)
	}
	return nil
}

// maxLogout bounds a logout token.
const maxLogout = 64 << 10

// BackChannelLogout ends sessions because an identity provider says that theirs there has ended. No browser is part of
// it; the token is what is believed.
func (h *Handler) BackChannelLogout(c echo.Context) error {
	ctx := c.Request().Context()
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	if err := h.enter(c); err != nil {
		_, _ = h.Pages.Refusal(c, err) // says when to come again
		return c.NoContent(http.StatusTooManyRequests)
	}
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, maxLogout)
	out, err := h.Providers.LogOut(ctx, c.Param("provider"), posted(c, "logout_token"))
	if err == nil {
		err = h.Identity.EndAccountSessions(ctx, out.Issuer, out.Subject, out.Sid, out.At)
	}
	if err != nil {
		_ = h.Log.Refuse(ctx, access.Caller{}, access.SessionEnd, c.Param("provider"), err) // counted if it repeats
		// OpenID Connect Back-Channel Logout 1.0, section 2.8
		return c.NoContent(http.StatusBadRequest)
	}
	return c.NoContent(http.StatusOK)
}

func notTheirs() error {
	return fault.New(fault.Denied, "account_other",
		"That is another account than yours; sign out at the identity provider and confirm with your own.")
}
