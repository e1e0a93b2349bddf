package signin

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// ChooseLanguage remembers the reader's choice and shows the page again. A one-time link comes
// along in the form: an address, which a redirect would need, is kept in histories and logs.
func (h *Handler) ChooseLanguage(c echo.Context) error {
	h.Sessions.ChooseLanguage(c, i18n.Lang(c.FormValue("lang")))
	if link := c.FormValue("link"); link != "" {
		return h.render(c, http.StatusOK, h.page(c, link, c.FormValue("next")))
	}
	return h.Pages.Redirect(c, local(c.FormValue("back")))
}
