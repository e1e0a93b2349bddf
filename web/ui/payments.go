package ui

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/sepa"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// newPaymentPage is the form of a test payment.
type newPaymentPage struct {
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

func (u *UI) newPayment(c echo.Context, v session.Visit) error {
	typed := paymentForm{
		ID:         rand.Text(),
		Amount:     "1.00",
		Creditor:   "Marchand de test",
		IBAN:       "FR7630006000011234567890189",
		Remittance: "Test Sealkeeper",
	}
	return u.newPaymentPage(c, v, http.StatusOK, typed, nil)
}

func (u *UI) newPaymentPage(c echo.Context, v session.Visit, status int, typed paymentForm, why *wording.Sentence) error {
	view, err := u.cfg.Registrations.Registration(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := newPaymentPage{
		Page:  u.pages.Page(c, "try", "payment.new"),
		View:  view,
		Typed: typed,
		Users: scaUsers(view.Institution, "pis"),
	}
	data.Path, data.Problem = link.Registration(view.Registration.ID)+"/payment", why
	_, data.Here = u.returnTo(c, view.Application)
	return u.pages.Render(c, status, "trial/payment_form", data)
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

// paymentStatus says what the bank's word for a payment's state means.
func paymentStatus(w *wording.Translator, s connector.PaymentStatus) wording.Sentence {
	return bankSays(w, "payment_status", string(s), s.Known(), s.Sentence())
}

// paymentReason says why the bank rejected or cancelled a payment.
func paymentReason(w *wording.Translator, r connector.PaymentReason) wording.Sentence {
	return bankSays(w, "payment_reason", string(r), r.Known(), r.Sentence())
}

func bankSays(w *wording.Translator, set, value string, known bool, english string) wording.Sentence {
	if !known {
		value = "unknown"
	}
	if text, ok := w.Translate(set+"."+value, nil); ok {
		return wording.Sentence{Text: text}
	}
	return w.English(english)
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

func (u *UI) createPayment(c echo.Context, v session.Visit) error {
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
		return u.pages.Redirect(c, link.Payment(p.ID))
	}
	if err == nil {
		err = fault.New(fault.Internal, "payment_lost", "The payment was not recorded; try again.")
	}
	return u.newPaymentPage(c, v, problem.Of(err).Status, typed, u.pages.Translator(c).Problem(err))
}

func (u *UI) sendPayment(c echo.Context, v session.Visit, typed paymentForm) (payment.Payment, error) {
	ctx := c.Request().Context()
	view, err := u.cfg.Registrations.Registration(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return payment.Payment{}, err
	}
	amount, err := connector.ParseEuro(strings.ReplaceAll(typed.Amount, ",", "."))
	if err != nil {
		return payment.Payment{}, err
	}
	order := connector.Payment{
		ID:           typed.ID,
		Kind:         connector.SinglePayment,
		Amount:       amount,
		Currency:     "EUR",
		CreditorName: typed.Creditor,
		CreditorIBAN: strings.ReplaceAll(typed.IBAN, " ", ""),
		Remittance:   typed.Remittance,
	}
	if typed.Day != "" {
		if order.ExecutionDate, err = sepa.ParseDate(typed.Day); err != nil {
			return payment.Payment{}, form.InvalidDay(err)
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
	page.Page
	payment.Payment
	Bank      string
	View      registration.View
	By        string
	Users     []catalogue.SCAUser
	MayCancel bool

	StatusSays, ReasonSays wording.Sentence // what the bank's words for the state mean
}

func (u *UI) payment(c echo.Context, v session.Visit) error {
	return u.paymentPage(c, v, http.StatusOK, nil)
}

func (u *UI) paymentPage(c echo.Context, v session.Visit, status int, why *wording.Sentence) error {
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
		Page:      u.pages.Page(c, "try", "payment.title"),
		Payment:   p,
		View:      view,
		Bank:      view.Institution.Name,
		By:        u.people.Name(ctx, p.CallerID),
		Users:     scaUsers(view.Institution, "pis"),
		MayCancel: p.State.Open() && v.Caller.May(access.PaymentCancel),

		StatusSays: paymentStatus(u.pages.Translator(c), p.Status),
		ReasonSays: paymentReason(u.pages.Translator(c), p.Reason),
	}
	data.Path, data.Problem = link.Payment(p.ID), why
	return u.pages.Render(c, status, "trial/payment", data)
}

func (u *UI) cancelPayment(c echo.Context, v session.Visit) error {
	if _, err := u.cfg.Payments.Cancel(c.Request().Context(), v.Caller, c.Param("id"),
		connector.ReasonDS02); err != nil {
		return u.paymentPage(c, v, problem.Of(err).Status, u.pages.Translator(c).Problem(err))
	}
	u.sessions.Confirm(c, "notice.cancel_asked")
	return u.pages.Redirect(c, link.Payment(c.Param("id")))
}
