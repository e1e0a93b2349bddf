package ui

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// compareWithPage asks with which other certificate one is compared.
type compareWithPage struct {
	page.Page
	Record vault.Record
	Others []vault.Record
}

func (u *UI) compareWith(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	r, err := u.cfg.Vault.Get(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := compareWithPage{Page: u.pages.Page(c, "certificates", "compare.title"), Record: r}
	if v.Caller.May(access.CertList) {
		records, err := u.cfg.Vault.List(ctx, v.Caller)
		if err != nil {
			return err
		}
		data.Others = comparable(records, r.Leaf)
	}
	return u.pages.Render(c, http.StatusOK, "certificates/comparison_choice", data)
}
