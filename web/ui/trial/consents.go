package trial

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// endingDays is the number of days within which the consents end that the page counts.
const endingDays = "7"

type consentsPage struct {
	page.Page
	List     lists.List
	Customer string // whose are asked for
	Rows     []consentRow
}

// ListConsents shows a page of all consents.
func (h *Handler) ListConsents(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	q, found, err := lists.Read(c, v.Caller, consent.Listed, h.Consents.Page)
	if err != nil {
		return err
	}
	data := consentsPage{
		Page:     h.Pages.Page(c, "try", "try.consents"),
		List:     lists.Of(c, q, found),
		Customer: q.Filters[consent.FilterCustomer],
	}
	data.Path = c.Request().URL.RequestURI()
	data.List.Sort(q.Sort, consent.Listed.Sorts...)
	err = data.List.Filter(consent.FilterExpiring, endingDays, lists.Count(ctx, v.Caller, q, h.Consents.Page))
	if err != nil {
		return err
	}
	if data.Rows, err = h.consentsOf(ctx, v, found.Items); err != nil {
		return err
	}
	return h.Pages.Render(c, http.StatusOK, "trial/consents", data)
}
