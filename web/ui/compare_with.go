package ui

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
)

// compareWithPage asks with which other certificate one is compared.
type compareWithPage struct {
	page
	Record vault.Record
	Others []vault.Record
}

func (u *UI) compareWith(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	r, err := u.cfg.Vault.Get(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := compareWithPage{page: u.page(c, "certificates", u.title(c, "compare.title")), Record: r}
	if v.Caller.May(access.CertList) {
		records, err := u.cfg.Vault.List(ctx, v.Caller)
		if err != nil {
			return err
		}
		data.Others = comparable(records, r.Leaf)
	}
	return u.render(c, http.StatusOK, "compare_with", data)
}
