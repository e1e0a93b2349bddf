package trial

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Payments sends payments and follows them.
type Payments interface {
	PaymentSender
	PaymentKeeper
}

// PaymentSender takes a payment to the bank and back.
type PaymentSender interface {
	Create(ctx context.Context, caller access.Caller, in payment.Input) (payment.Payment, error)
	Complete(ctx context.Context, caller access.Caller, back payment.Return) (payment.Payment, error)
	Cancel(
		ctx context.Context, caller access.Caller, id string, reason pis.Reason,
	) (payment.Payment, error)
}

// PaymentKeeper knows the payments there are.
type PaymentKeeper interface {
	Get(ctx context.Context, caller access.Caller, id string) (payment.Payment, error)
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[payment.Payment], error)
}

// paymentPage follows one payment.
type paymentPage struct {
	page.Page
	payment.Payment
	Bank      string
	View      registration.View
	By        string
	Executes  calendar.Date // by the bank's clock
	Users     []catalogue.SCAUser
	MayCancel bool // while it can help: what was confirmed for the day of its order is being executed

	StatusSays, ReasonSays wording.Sentence // what the bank's words for the state mean
}

// Icon goes with the state's word.
func (p paymentPage) Icon() string {
	switch p.State {
	case payment.Confirmed, payment.Completed:
		return "check"
	case payment.Refused, payment.Rejected, payment.NotSent:
		return "error"
	case payment.Unclear:
		return "warning"
	case payment.Declined, payment.Cancelled, payment.Expired:
		return "skip"
	}
	return "clock"
}

// ShowPayment shows a payment.
func (h *Handler) ShowPayment(c echo.Context, v session.Visit) error {
	return h.showPayment(c, v, nil)
}

func (h *Handler) showPayment(c echo.Context, v session.Visit, refused error) error {
	ctx, tr := c.Request().Context(), h.Pages.Translator(c)
	p, err := h.Payments.Get(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	view, err := h.Registrations.Registration(ctx, v.Caller, p.RegistrationID)
	if err != nil {
		return err
	}
	may, err := h.Log.May(ctx, v.Caller, access.PaymentCancel, p.ID)
	if err != nil {
		return err
	}
	zone := view.Institution.Zone()
	executes := calendar.Of(p.Order.ExecuteAt, zone)
	later := calendar.Of(p.CreatedAt, zone).Before(executes)
	data := paymentPage{
		Page:       h.Pages.Page(c, "try", "payment.title"),
		Payment:    p,
		View:       view,
		Bank:       view.Institution.Name,
		By:         h.People.Name(ctx, p.CallerID),
		Executes:   executes,
		Users:      scaUsers(view.Institution, "pis"),
		MayCancel:  may && p.State.Open() && (p.State != payment.Confirmed || later),
		StatusSays: bankSays(tr, "payment_status", string(p.Status), p.Status),
		ReasonSays: bankSays(tr, "payment_reason", string(p.Reason), p.Reason),
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Payment(p.ID), why
	return h.Pages.Render(c, status, "trial/payment", data)
}

// bankWord is a word of the bank's for the state of a payment, or for why it is in that state.
type bankWord interface {
	Known() bool
	Sentence() string
}

// bankSays says what a word of the bank's means. set is of the catalogue.
func bankSays(tr *wording.Translator, set, value string, word bankWord) wording.Sentence {
	if !word.Known() {
		value = "unknown"
	}
	return tr.Translate(set+"."+value, nil, word.Sentence())
}

// CancelPayment asks the bank to cancel a payment.
func (h *Handler) CancelPayment(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	if _, err := h.Payments.Cancel(c.Request().Context(), v.Caller, id, pis.ReasonDS02); err != nil {
		return h.showPayment(c, v, err)
	}
	return h.Pages.Done(c, "notice.cancel_asked", link.Payment(id))
}
