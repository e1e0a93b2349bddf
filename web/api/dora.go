package api

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/dora"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// filterTemplate names a template, whose rows are answered as CSV.
const filterTemplate = "template"

// register is what can be asked of the rows for DORA's register.
var register = listing.Spec{
	Name:    "dora-register",
	Filters: map[string]listing.Check{filterTemplate: listing.OneOf(dora.Templates()...)},
}

// doraRegister answers with all rows as JSON lines, or with those of a template as CSV.
func (a *API) doraRegister(c echo.Context) error {
	q, err := asked(c, register)
	if err != nil {
		return err
	}
	rows, err := a.Dora.Rows(c.Request().Context(), callerOf(c))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	name, kind := "dora-register.jsonl", "application/jsonl"
	if template := q.Filters[filterTemplate]; template != "" {
		name, kind = strings.ToLower(template)+".csv", "text/csv; charset=utf-8"
		err = dora.WriteCSV(&out, rows, template)
	} else {
		err = dora.WriteLines(&out, rows)
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return c.Blob(http.StatusOK, kind, out.Bytes())
}
