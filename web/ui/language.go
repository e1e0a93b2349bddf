package ui

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

// language remembers the reader's choice and shows the page again. A one-time link comes
// along in the form: an address, which a redirect would need, is kept in histories and logs.
func (u *UI) language(c echo.Context) error {
	if lang := i18n.Lang(c.FormValue("lang")); i18n.Known(lang) {
		c.SetCookie(&http.Cookie{ //nolint:gosec // G124: Secure is as for the session cookie, which knows whether we are behind TLS
			Name:     languageCookie,
			Value:    string(lang),
			Path:     "/",
			MaxAge:   int(365 * 24 * time.Hour / time.Second),
			HttpOnly: true,
			SameSite: http.SameSiteLaxMode,
			Secure:   u.cfg.Sessions.Cookie.Secure,
		})
	}
	if link := c.FormValue("link"); link != "" {
		v := visitOf(c)
		if lang := i18n.Lang(c.FormValue("lang")); i18n.Known(lang) {
			v.Lang = lang
			c.Set(visitKey, v)
		}
		return u.render(c, http.StatusOK, "sign_in", u.signInPage(c, link, c.FormValue("next")))
	}
	return u.redirect(c, local(c.FormValue("back")))
}
