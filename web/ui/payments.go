package ui

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/connector/sepa"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

// newPaymentPage is the form of a test payment.
type newPaymentPage struct {
	page
	registration.View
	Here  bool // the bank sends the customer back to this console
	Typed paymentForm
	Users []catalogue.SCAUser
}

// paymentForm is what is typed. ID is made with the form: sent twice, it is one payment.
type paymentForm struct {
	ID, Amount, Creditor, IBAN, Remittance, Day string
}

func (u *UI) newPayment(c echo.Context, v visit) error {
	form := paymentForm{
		ID:         rand.Text(),
		Amount:     "1.00",
		Creditor:   "Marchand de test",
		IBAN:       "FR7630006000011234567890189",
		Remittance: "Test Sealkeeper",
	}
	return u.newPaymentPage(c, v, http.StatusOK, form, nil)
}

func (u *UI) newPaymentPage(c echo.Context, v visit, status int, typed paymentForm, why *sentence) error {
	view, err := u.cfg.Registrations.Registration(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := newPaymentPage{
		page:  u.page(c, "try", u.title(c, "payment.new")),
		View:  view,
		Typed: typed,
		Users: scaUsers(view.Institution, "pis"),
	}
	data.Path, data.Problem = pathOf("registrations", view.Registration.ID)+"/payment", why
	_, data.Here = u.returnTo(c, view.Application)
	return u.render(c, status, "payment_new", data)
}

// paymentIcon goes with the state's word.
func paymentIcon(s payment.State) string {
	switch s {
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

// paymentStatus says what the bank's word for a payment's state means.
func (w *words) paymentStatus(s pis.Status) sentence {
	return w.bankSays("payment_status", string(s), s.Known(), s.Sentence())
}

// paymentReason says why the bank rejected or cancelled a payment.
func (w *words) paymentReason(r pis.Reason) sentence {
	return w.bankSays("payment_reason", string(r), r.Known(), r.Sentence())
}

func (w *words) bankSays(set, value string, known bool, english string) sentence {
	if !known {
		value = "unknown"
	}
	if text, ok := w.said(set+"."+value, nil); ok {
		return sentence{Text: text}
	}
	return w.english(english)
}

func scaUsers(in catalogue.Institution, scope string) []catalogue.SCAUser {
	var users []catalogue.SCAUser
	for _, user := range in.SCAUsers {
		if user.Scope == scope {
			users = append(users, user)
		}
	}
	return users
}

func (u *UI) createPayment(c echo.Context, v visit) error {
	typed := paymentForm{ID: c.FormValue("id")}
	for name, into := range map[string]*string{
		"amount":     &typed.Amount,
		"creditor":   &typed.Creditor,
		"iban":       &typed.IBAN,
		"remittance": &typed.Remittance,
		"day":        &typed.Day,
	} {
		*into = strings.TrimSpace(c.FormValue(name))
	}
	p, err := u.sendPayment(c, v, typed)
	if p.ID != "" { // it is recorded, whatever became of it: its own page says
		return u.redirect(c, pathOf("payments", p.ID))
	}
	if err == nil {
		err = fault.New(fault.Internal, "payment_lost", "The payment was not recorded; try again.")
	}
	return u.newPaymentPage(c, v, problem.Of(err).Status, typed, u.words(c).problem(err))
}

func (u *UI) sendPayment(c echo.Context, v visit, typed paymentForm) (payment.Payment, error) {
	ctx := c.Request().Context()
	view, err := u.cfg.Registrations.Registration(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return payment.Payment{}, err
	}
	amount, err := pis.ParseEuro(strings.ReplaceAll(typed.Amount, ",", "."))
	if err != nil {
		return payment.Payment{}, err
	}
	order := pis.Payment{
		ID:           typed.ID,
		Kind:         pis.Single,
		Amount:       amount,
		Currency:     "EUR",
		CreditorName: typed.Creditor,
		CreditorIBAN: strings.ReplaceAll(typed.IBAN, " ", ""),
		Remittance:   typed.Remittance,
	}
	if typed.Day != "" {
		if order.ExecutionDate, err = sepa.ParseDate(typed.Day); err != nil {
			return payment.Payment{}, fault.Wrap(err, fault.Invalid, "day_invalid",
				"Give the day as year-month-day, 2026-11-30.")
		}
	}
	redirect, _ := u.returnTo(c, view.Application)
	return u.cfg.Payments.Create(ctx, v.Caller, payment.Input{
		RegistrationID: c.Param("id"),
		Payment:        order,
		RedirectURI:    redirect,
	})
}

// paymentPage follows one payment.
type paymentPage struct {
	page
	payment.Payment
	Bank      string
	View      registration.View
	By        string
	Users     []catalogue.SCAUser
	MayCancel bool
}

func (u *UI) payment(c echo.Context, v visit) error {
	return u.paymentPage(c, v, http.StatusOK, nil)
}

func (u *UI) paymentPage(c echo.Context, v visit, status int, why *sentence) error {
	ctx := c.Request().Context()
	p, err := u.cfg.Payments.Get(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	view, err := u.cfg.Registrations.Registration(ctx, v.Caller, p.RegistrationID)
	if err != nil {
		return err
	}
	data := paymentPage{
		page:      u.page(c, "try", u.title(c, "payment.title")),
		Payment:   p,
		View:      view,
		Bank:      view.Institution.Name,
		By:        u.personName(ctx, p.CallerID),
		Users:     scaUsers(view.Institution, "pis"),
		MayCancel: p.State.Open() && v.Caller.May(access.PaymentCancel),
	}
	data.Path, data.Problem = pathOf("payments", p.ID), why
	return u.render(c, status, "payment", data)
}

func (u *UI) cancelPayment(c echo.Context, v visit) error {
	if _, err := u.cfg.Payments.Cancel(c.Request().Context(), v.Caller, c.Param("id"),
		pis.ReasonDS02); err != nil {
		return u.paymentPage(c, v, problem.Of(err).Status, u.words(c).problem(err))
	}
	u.confirm(c, "notice.cancel_asked")
	return u.redirect(c, pathOf("payments", c.Param("id")))
}
