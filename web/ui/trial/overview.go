package trial

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// overviewPage is what can be tried with the registrations that are ready, and what was.
type overviewPage struct {
	page.Page
	Ready    []registration.View
	Search   string // what was searched for
	Many     bool   // there are more registrations than the page looks at
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
	q, err := registration.Listed.Parse(url.Values{
		listing.ParamSort:   {"-created_at"},
		listing.ParamSearch: {c.QueryParam(listing.ParamSearch)},
	})
	if err != nil {
		return err
	}
	found, err := h.Registrations.Page(ctx, v.Caller, q)
	if err != nil {
		return err
	}
	for _, view := range found.Items {
		if view.Ready() {
			data.Ready = append(data.Ready, view)
		}
	}
	data.Search, data.Many = q.Search, found.Next != "" || q.Search != ""
	if data.Consents, err = h.consentRows(ctx, v); err != nil {
		return err
	}
	if data.Payments, err = h.paymentRows(ctx, v); err != nil {
		return err
	}
	return h.Pages.Render(c, http.StatusOK, "trial/overview", data)
}

// bank is the name of a registration's institution; empty for a reader who may not see it.
func (h *Handler) bank(ctx context.Context, v session.Visit, registrationID string) (string, error) {
	if !v.Caller.MaySomewhere(access.RegistrationRead) {
		return "", nil
	}
	in, err := h.Registrations.InstitutionOf(ctx, v.Caller, registrationID)
	return in.Name, err
}

// consentRows are the newest consents, as far as the reader may see them.
func (h *Handler) consentRows(ctx context.Context, v session.Visit) ([]consentRow, error) {
	if !v.Caller.MaySomewhere(access.ConsentRead) {
		return nil, nil
	}
	q := consent.Listed.Query()
	q.Limit = listed
	found, err := h.Consents.Page(ctx, v.Caller, q)
	if err != nil {
		return nil, err
	}
	rows, err := h.consentsOf(ctx, v, found.Items)
	slices.SortStableFunc(rows, func(a, b consentRow) int { return alive(b) - alive(a) })
	return rows, err
}

func (h *Handler) consentsOf(ctx context.Context, v session.Visit, all []consent.Consent) ([]consentRow, error) {
	var rows []consentRow
	for _, one := range all {
		bank, err := h.bank(ctx, v, one.RegistrationID)
		if err != nil {
			return nil, err
		}
		rows = append(rows, h.consentRow(ctx, v, one, bank))
	}
	return rows, nil
}

func (h *Handler) paymentRows(ctx context.Context, v session.Visit) ([]paymentRow, error) {
	if !v.Caller.MaySomewhere(access.PaymentRead) {
		return nil, nil
	}
	q := payment.Listed.Query()
	q.Limit = listed
	found, err := h.Payments.Page(ctx, v.Caller, q)
	if err != nil {
		return nil, err
	}
	return h.paymentsOf(ctx, v, found.Items)
}

func (h *Handler) paymentsOf(ctx context.Context, v session.Visit, all []payment.Payment) ([]paymentRow, error) {
	var rows []paymentRow
	for _, one := range all {
		bank, err := h.bank(ctx, v, one.RegistrationID)
		if err != nil {
			return nil, err
		}
		rows = append(rows, paymentRow{one, bank})
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
