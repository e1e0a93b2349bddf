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

// ChooseLanguage remembers the reader's choice, from this visit on. A language the console does not speak
// changes nothing.
func (m *Manager) ChooseLanguage(c echo.Context, lang i18n.Lang) {
	if !i18n.Known(lang) {
		return
	}
	//nolint:gosec // G124: Secure is as for the session cookie, which knows whether we are behind TLS
	c.SetCookie(&http.Cookie{
		Name:     languageCookie,
		Value:    string(lang),
		Path:     "/",
		MaxAge:   int(365 * 24 * time.Hour / time.Second),
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
		Secure:   m.sessions.Cookie.Secure,
	})
	v := VisitOf(c)
	v.Lang = lang
	c.Set(visitKey, v)
}
