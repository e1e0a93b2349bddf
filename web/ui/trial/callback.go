package trial

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// refusedPage says why the bank sent somebody back with nothing.
type refusedPage struct {
	page.Page
	RegistrationID string
	Refused        string            // the bank's OAuth error code
	ByCustomer     *wording.Sentence // where it was the customer who refused: nothing has gone wrong
}

// Callback takes what the bank sends back: of a consent, or of a payment. It
// ends at the page of either, so that no address with a code in it stays.
func (h *Handler) Callback(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	back := oauth.ReadReturn(c.QueryParams())
	data := refusedPage{Page: h.Pages.Page(c, "try", "accounts.title"), Refused: back.Error}
	data.Path = "/try" // this address holds a code that works once
	switch {
	case back.State == "" && back.Error != "":
		return h.Pages.Render(c, http.StatusOK, "trial/refused", data)
	case back.State == "":
		return fault.New(fault.Invalid, "callback_incomplete",
			"The bank's answer is incomplete; start again from the registration.")
	}
	given, err := h.Consents.Callback(ctx, v.Caller, back)
	if err == nil {
		return h.Pages.Redirect(c, link.Consent(given.ID))
	}
	if unknownState(err) {
		return h.paymentCallback(c, v, back, err)
	}
	status, why := h.Pages.Refusal(c, err)
	data.RegistrationID, data.Problem = given.RegistrationID, why
	if given.Reason == "customer_refused" {
		data.ByCustomer, data.Problem = why, nil
	}
	if back.Error != "" {
		status = http.StatusOK // the bank's refusal is no mistake of the request
	}
	return h.Pages.Render(c, status, "trial/refused", data)
}

// paymentCallback takes the customer back from the bank's page of a payment.
// unknown is what is said when no payment is meant either.
func (h *Handler) paymentCallback(c echo.Context, v session.Visit, back oauth.Return, unknown error) error {
	p, err := h.Payments.Complete(c.Request().Context(), v.Caller, payment.Return{
		State: back.State,
		Code:  back.Code,
		Error: back.Error,
	})
	switch {
	case p.ID != "":
		return h.Pages.Redirect(c, link.Payment(p.ID)) // what went wrong is recorded with it
	case unknownState(err):
		return h.Log.Refuse(c.Request().Context(), v.Caller, access.ConsentStart, "", unknown)
	}
	return err
}

func unknownState(err error) bool {
	code := fault.Code(err)
	return err != nil && code == "state_unknown"
}
