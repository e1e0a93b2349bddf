package session

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	heldCookie = "sealkeeper_passkey"
	// heldFor is how long the browser keeps it; what it belongs to ends by itself.
	heldFor = 10 * time.Minute
)

// Hold has the browser keep what it is to show again when it answers with a passkey.
func (m *Manager) Hold(c echo.Context, held secret.Text) {
	c.SetCookie(m.heldCookie(held.Reveal(), int(heldFor/time.Second)))
}

// Held takes what the browser was given to hold; empty if it shows nothing.
func (m *Manager) Held(c echo.Context) secret.Text {
	cookie, err := c.Request().Cookie(cookieName(heldCookie, m.sessions.Cookie.Secure))
	if err != nil {
		return secret.Text{}
	}
	c.SetCookie(m.heldCookie("", -1))
	return secret.NewTextString(cookie.Value)
}

func (m *Manager) heldCookie(value string, age int) *http.Cookie {
	//nolint:gosec // G124: Secure is as for the session cookie, which knows whether we are behind TLS
	return &http.Cookie{
		Name:     cookieName(heldCookie, m.sessions.Cookie.Secure),
		Value:    value,
		Path:     "/",
		MaxAge:   age,
		HttpOnly: true,
		SameSite: http.SameSiteStrictMode,
		Secure:   m.sessions.Cookie.Secure,
	}
}
