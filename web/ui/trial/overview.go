package trial

import (
	"context"
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

// overviewPage is what can be tried with the registrations that are ready, and what was.
type overviewPage struct {
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

// listed is how many consents and payments the page lists.
const listed = 30

// Overview shows what can be tried.
func (h *Handler) Overview(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	data := overviewPage{Page: h.Pages.Page(c, "try", "try.page")}
	views, err := h.Registrations.List(ctx, v.Caller)
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
	if data.Consents, err = h.consentRows(ctx, v, banks); err != nil {
		return err
	}
	if data.Payments, err = h.paymentRows(ctx, v, banks); err != nil {
		return err
	}
	return h.Pages.Render(c, http.StatusOK, "trial/overview", data)
}

// consentRows are the newest consents, as far as the reader may see them. banks are named by registration.
func (h *Handler) consentRows(ctx context.Context, v session.Visit, banks map[string]string) ([]consentRow, error) {
	if !v.Caller.May(access.ConsentRead) {
		return nil, nil
	}
	all, err := h.Consents.List(ctx, v.Caller, consent.Filter{})
	if err != nil {
		return nil, err
	}
	var rows []consentRow
	for _, one := range all[:min(len(all), listed)] {
		rows = append(rows, h.consentRow(ctx, v, one, banks[one.RegistrationID]))
	}
	slices.SortStableFunc(rows, func(a, b consentRow) int { return alive(b) - alive(a) })
	return rows, nil
}

func (h *Handler) paymentRows(ctx context.Context, v session.Visit, banks map[string]string) ([]paymentRow, error) {
	if !v.Caller.May(access.PaymentRead) {
		return nil, nil
	}
	all, err := h.Payments.List(ctx, v.Caller, payment.Filter{Limit: listed})
	if err != nil {
		return nil, err
	}
	var rows []paymentRow
	for _, one := range all {
		rows = append(rows, paymentRow{one, banks[one.RegistrationID]})
	}
	return rows, nil
}

// alive puts consents that can be used before those that are over.
func alive(r consentRow) int {
	if r.Now == consent.Active || r.Now == consent.Expiring {
		return 1
	}
	return 0
}

func (h *Handler) consentRow(ctx context.Context, v session.Visit, one consent.Consent, bank string) consentRow {
	row := consentRow{
		Consent: one,
		Now:     h.Consents.State(one),
		Bank:    bank,
		By:      h.People.Name(ctx, one.CreatedBy),
	}
	row.Open = alive(row) == 1 && one.CreatedBy == v.Caller.ID && v.Caller.May(access.AccountsRead)
	return row
}
