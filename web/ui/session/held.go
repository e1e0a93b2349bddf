package session

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	heldCookie    = "sealkeeper_passkey"
	accountCookie = "sealkeeper_account"
	// heldFor is how long the browser keeps it; what it belongs to ends by itself.
	heldFor = 10 * time.Minute
)

// Hold has the browser keep what it is to show again when it answers with a passkey.
func (m *Manager) Hold(c echo.Context, held secret.Text) {
	c.SetCookie(m.heldCookie(heldCookie, held.Reveal(), int(heldFor/time.Second)))
}

// Held takes what the browser was given to hold; empty if it shows nothing.
func (m *Manager) Held(c echo.Context) secret.Text { return m.held(c, heldCookie) }

// HoldAway is Hold while the browser is at an identity provider, from where it comes back by a link.
func (m *Manager) HoldAway(c echo.Context, held secret.Text) {
	//nolint:gosec // G124: as in heldCookie; a browser that comes by a link shows Lax cookies, and no Strict ones
	cookie := m.heldCookie(accountCookie, held.Reveal(), int(heldFor/time.Second))
	cookie.SameSite = http.SameSiteLaxMode
	c.SetCookie(cookie)
}

// HeldAway is Held of what HoldAway had it hold.
func (m *Manager) HeldAway(c echo.Context) secret.Text { return m.held(c, accountCookie) }

func (m *Manager) held(c echo.Context, name string) secret.Text {
	cookie, err := c.Request().Cookie(cookieName(name, m.sessions.Cookie.Secure))
	if err != nil {
		return secret.Text{}
	}
	c.SetCookie(m.heldCookie(name, "", -1))
	return secret.NewTextString(cookie.Value)
}

func (m *Manager) heldCookie(name, value string, age int) *http.Cookie {
	//nolint:gosec // G124: Secure is as for the session cookie, which knows whether we are behind TLS
	return &http.Cookie{
		Name:     cookieName(name, m.sessions.Cookie.Secure),
		Value:    value,
		Path:     "/",
		MaxAge:   age,
		HttpOnly: true,
		SameSite: http.SameSiteStrictMode,
		Secure:   m.sessions.Cookie.Secure,
	}
}
