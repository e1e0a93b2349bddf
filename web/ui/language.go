package ui

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// language remembers the reader's choice and shows the page again. A one-time link comes
// along in the form: an address, which a redirect would need, is kept in histories and logs.
func (u *UI) language(c echo.Context) error {
	u.sessions.ChooseLanguage(c, i18n.Lang(c.FormValue("lang")))
	if link := c.FormValue("link"); link != "" {
		return u.pages.Render(c, http.StatusOK, "signin/sign_in", u.signInPage(c, link, c.FormValue("next")))
	}
	return u.pages.Redirect(c, local(c.FormValue("back")))
}
