package trial

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type paymentsPage struct {
	page.Page
	List  lists.List
	Yours string // the payment's id of the caller's own that is asked for
	Rows  []paymentRow
}

// ListPayments shows a page of all payments.
func (h *Handler) ListPayments(c echo.Context, v session.Visit) error {
	q, found, err := lists.Read(c, v.Caller, payment.Listed, h.Payments.Page)
	if err != nil {
		return err
	}
	data := paymentsPage{
		Page:  h.Pages.Page(c, "try", "try.payments"),
		List:  lists.Of(c, q, found),
		Yours: q.Filters[payment.FilterPaymentID],
	}
	data.Path = c.Request().URL.RequestURI()
	data.List.Sort(q.Sort, payment.Listed.Sorts...)
	if data.Rows, err = h.paymentsOf(c.Request().Context(), v, found.Items); err != nil {
		return err
	}
	return h.Pages.Render(c, http.StatusOK, "trial/payments", data)
}
