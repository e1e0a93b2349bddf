package session

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

const languageCookie = "sealkeeper_lang"

// language is what the reader chose, else what the browser asks for.
func language(r *http.Request) i18n.Lang {
	if cookie, err := r.Cookie(languageCookie); err == nil && i18n.Known(i18n.Lang(cookie.Value)) {
		return i18n.Lang(cookie.Value)
	}
	return i18n.Negotiate(r.Header.Get("Accept-Language"))
}

// Theme is light or dark; "" is as the system has it.
type Theme string

// The themes that can be chosen.
const (
	Light Theme = "light"
	Dark  Theme = "dark"
)

const themeCookie = "sealkeeper_theme"

// theme is what the reader chose.
func theme(r *http.Request) Theme {
	if cookie, err := r.Cookie(themeCookie); err == nil {
		if chosen := Theme(cookie.Value); chosen == Light || chosen == Dark {
			return chosen
		}
	}
	return ""
}

// ChooseLanguage remembers the reader's choice, from this visit on. A language the console does not speak
// changes nothing.
func (m *Manager) ChooseLanguage(c echo.Context, lang i18n.Lang) {
	if !i18n.Known(lang) {
		return
	}
	m.remember(c, languageCookie, string(lang))
	v := VisitOf(c)
	v.Lang = lang
	c.Set(visitKey, v)
}

// ChooseTheme remembers the reader's choice, from this visit on.
func (m *Manager) ChooseTheme(c echo.Context, chosen Theme) {
	if chosen != Light && chosen != Dark {
		chosen = ""
	}
	m.remember(c, themeCookie, string(chosen))
	v := VisitOf(c)
	v.Theme = chosen
	c.Set(visitKey, v)
}

func (m *Manager) remember(c echo.Context, name, value string) {
	//nolint:gosec // G124: Secure is as for the session cookie, which knows whether we are behind TLS
	c.SetCookie(&http.Cookie{
		Name:     name,
		Value:    value,
		Path:     "/",
		MaxAge:   int(365 * 24 * time.Hour / time.Second),
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
		Secure:   m.sessions.Cookie.Secure,
	})
}
