package ui

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// tryPage is what can be tried with the registrations that are ready, and what was.
type tryPage struct {
	page.Page
	Ready    []registration.View
	Consents []consentRow
	Payments []paymentRow
}

// consentRow is a consent of a list.
type consentRow struct {
	consent.Consent
	Now  consent.State
	Bank string
	By   string
	Open bool // this reader can read accounts with it
}

// paymentRow is a payment of a list.
type paymentRow struct {
	payment.Payment
	Bank string
}

// tryListed is how many consents and payments the page lists.
const tryListed = 30

func (u *UI) try(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	data := tryPage{Page: u.pages.Page(c, "try", "try.page")}
	views, err := u.cfg.Registrations.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	banks := map[string]string{}
	for _, view := range views {
		banks[view.Registration.ID] = view.Institution.Name
		if view.Ready() {
			data.Ready = append(data.Ready, view)
		}
	}
	if v.Caller.May(access.ConsentRead) {
		all, err := u.cfg.Consents.List(ctx, v.Caller, consent.Filter{})
		if err != nil {
			return err
		}
		for _, one := range all[:min(len(all), tryListed)] {
			data.Consents = append(data.Consents, u.consentRow(c, v, one, banks))
		}
		slices.SortStableFunc(data.Consents, func(a, b consentRow) int { return alive(b) - alive(a) })
	}
	if v.Caller.May(access.PaymentRead) {
		all, err := u.cfg.Payments.List(ctx, v.Caller, payment.Filter{Limit: tryListed})
		if err != nil {
			return err
		}
		for _, one := range all {
			data.Payments = append(data.Payments, paymentRow{one, banks[one.RegistrationID]})
		}
	}
	return u.pages.Render(c, http.StatusOK, "trial/overview", data)
}

// alive puts consents that can be used before those that are over.
func alive(r consentRow) int {
	if r.Now == consent.Active || r.Now == consent.Expiring {
		return 1
	}
	return 0
}

func (u *UI) consentRow(c echo.Context, v session.Visit, one consent.Consent, banks map[string]string) consentRow {
	row := consentRow{
		Consent: one,
		Now:     u.cfg.Consents.State(one),
		Bank:    banks[one.RegistrationID],
		By:      u.people.Name(c.Request().Context(), one.CreatedBy),
	}
	row.Open = alive(row) == 1 && one.CreatedBy == v.Caller.ID && v.Caller.May(access.AccountsRead)
	return row
}
