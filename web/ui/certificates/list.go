package certificates

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type listPage struct {
	page.Page
	Rows     []row
	Requests []vault.Request // whose certificate has not come
	Ended    []vault.Record  // retired, and what is known of destroyed ones
}

// row is one certificate of the list.
type row struct {
	vault.Record
	Worst certs.Severity // of its findings, "" for none
	Count int            // of findings
}

// List shows all certificates, those that end first coming first.
func (h *Handler) List(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	records, err := h.Vault.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	waiting, err := h.waiting(ctx, v.Caller)
	if err != nil {
		return err
	}
	ended, err := h.Vault.Ended(ctx, v.Caller)
	if err != nil {
		return err
	}
	data := listPage{
		Page:     h.Pages.Page(c, "certificates", "certificates.title"),
		Requests: waiting,
		Ended:    ended,
	}
	for _, r := range records {
		one := row{Record: r}
		if findings := r.Findings(h.Now()); len(findings) > 0 {
			one.Worst, one.Count = findings[0].Severity, len(findings) // the most serious comes first
		}
		data.Rows = append(data.Rows, one)
	}
	slices.SortStableFunc(data.Rows, func(a, b row) int { return a.Leaf.NotAfter.Compare(b.Leaf.NotAfter) })
	return h.Pages.Render(c, http.StatusOK, "certificates/list", data)
}
