package signin

import (
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Prefer remembers which language or theme the reader chose and shows the page again. A one-time link comes
// along in the form: an address, which a redirect would need, is kept in histories and logs.
func (h *Handler) Prefer(c echo.Context) error {
	h.Sessions.ChooseLanguage(c, i18n.Lang(c.FormValue("lang")))
	if values, err := c.FormParams(); err == nil && values.Has("theme") {
		h.Sessions.ChooseTheme(c, session.Theme(values.Get("theme")))
	}
	if opened := posted(c, "link"); opened != "" {
		return h.render(c, h.page(c, opened, c.FormValue("next")), nil)
	}
	if opened := secret.NewTextString(posted(c, "join")); !opened.Empty() {
		i, err := h.Identity.Invitation(c.Request().Context(), opened)
		return h.join(c, i, opened, err)
	}
	return h.Pages.Redirect(c, link.Local(c.FormValue("back")))
}
