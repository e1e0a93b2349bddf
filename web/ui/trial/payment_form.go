package trial

import (
	"crypto/rand"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// paymentFormPage is the form of a test payment.
type paymentFormPage struct {
	page.Page
	registration.View
	Here  bool // the bank sends the customer back to this console
	Typed paymentForm
	Users []catalogue.SCAUser
}

// paymentForm is what is typed. ID is made with the form: sent twice, it is one payment.
type paymentForm struct {
	ID, Amount, Creditor, IBAN, Remittance, Day string
}

// PaymentForm shows the form, filled in with a payment that banks' sandboxes take.
func (h *Handler) PaymentForm(c echo.Context, v session.Visit) error {
	return h.paymentForm(c, v, paymentForm{
		ID:         rand.Text(),
		Amount:     "1.00",
		Creditor:   "Marchand de test",
		IBAN:       "FR7630006000011234567890189",
		Remittance: "Test Sealkeeper",
	}, nil)
}

func (h *Handler) paymentForm(c echo.Context, v session.Visit, typed paymentForm, refused error) error {
	view, err := h.Registrations.Registration(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := paymentFormPage{
		Page:  h.Pages.Page(c, "try", "payment.new"),
		View:  view,
		Typed: typed,
		Users: scaUsers(view.Institution, "pis"),
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Registration(view.Registration.ID)+"/payment", why
	_, data.Here = h.returnTo(c, view.Application)
	return h.Pages.Render(c, status, "trial/payment_form", data)
}

// CreatePayment sends the payment that was typed.
func (h *Handler) CreatePayment(c echo.Context, v session.Visit) error {
	typed := paymentForm{
		ID:         c.FormValue("id"),
		Amount:     form.Text(c, "amount"),
		Creditor:   form.Text(c, "creditor"),
		IBAN:       form.Text(c, "iban"),
		Remittance: form.Text(c, "remittance"),
		Day:        form.Text(c, "day"),
	}
	p, err := h.sendPayment(c, v, typed)
	if p.ID != "" { // it is recorded, whatever became of it: its own page says
		return h.Pages.Redirect(c, link.Payment(p.ID))
	}
	if err == nil {
		err = fault.New(fault.Internal, "payment_lost", "The payment was not recorded; try again.")
	}
	return h.paymentForm(c, v, typed, err)
}

func (h *Handler) sendPayment(c echo.Context, v session.Visit, typed paymentForm) (payment.Payment, error) {
	ctx := c.Request().Context()
	view, err := h.Registrations.Registration(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return payment.Payment{}, err
	}
	order, err := typed.order()
	if err != nil {
		return payment.Payment{}, err
	}
	redirect, _ := h.returnTo(c, view.Application)
	return h.Payments.Create(ctx, v.Caller, payment.Input{
		RegistrationID: c.Param("id"),
		Payment:        order,
		RedirectURI:    redirect,
	})
}

// order is the payment that was typed.
func (f paymentForm) order() (pis.Payment, error) {
	amount, err := pis.ParseEuro(strings.ReplaceAll(f.Amount, ",", "."))
	if err != nil {
		return pis.Payment{}, err
	}
	order := pis.Payment{
		ID:           f.ID,
		Kind:         pis.Single,
		Amount:       amount,
		Currency:     "EUR",
		CreditorName: f.Creditor,
		CreditorIBAN: strings.ReplaceAll(f.IBAN, " ", ""),
		Remittance:   f.Remittance,
	}
	if f.Day != "" {
		if order.ExecutionDate, err = calendar.Parse(f.Day); err != nil {
			return pis.Payment{}, form.InvalidDay(err)
		}
	}
	return order, nil
}
