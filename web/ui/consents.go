package ui

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

// consentPage is one consent and what it gives access to.
type consentPage struct {
	page
	consentRow
	Registration registration.View
	Identity     *ais.Identity // nil: not granted, or not read
	Accounts     []ais.Account
	Failed       *sentence // why nothing could be read
	MayRevoke    bool
}

func (u *UI) consent(c echo.Context, v visit) error {
	return u.consentPage(c, v, http.StatusOK, nil)
}

func (u *UI) consentPage(c echo.Context, v visit, status int, why *sentence) error {
	ctx := c.Request().Context()
	one, err := u.cfg.Consents.Get(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := consentPage{
		page:      u.page(c, "try", u.title(c, "consent.title")),
		MayRevoke: v.Caller.May(access.ConsentRevoke),
	}
	data.Path, data.Problem = pathOf("consents", one.ID), why
	if data.Registration, err = u.cfg.Registrations.Registration(ctx, v.Caller, one.RegistrationID); err != nil {
		return err
	}
	data.consentRow = u.consentRow(c, v, one, map[string]string{one.RegistrationID: data.Registration.Institution.Name})
	if data.Open {
		if data.Accounts, err = u.cfg.Consents.Accounts(ctx, v.Caller, one.ID); err != nil {
			data.Failed = u.words(c).problem(err)
		} else if who, err := u.cfg.Consents.Identity(ctx, v.Caller, one.ID); err == nil {
			data.Identity = &who
		}
	}
	return u.render(c, status, "consent", data)
}

func (u *UI) revokeConsent(c echo.Context, v visit) error {
	if _, err := u.cfg.Consents.Revoke(c.Request().Context(), v.Caller, c.Param("id")); err != nil {
		return u.consentPage(c, v, problem.Of(err).Status, u.words(c).problem(err))
	}
	u.confirm(c, "notice.revoked")
	return u.redirect(c, pathOf("consents", c.Param("id")))
}

// transactionsPage is a part of an account's transactions.
type transactionsPage struct {
	page
	ConsentID    string
	Bank         string
	Account      ais.Account
	Transactions []ais.Transaction
	From         time.Time
	Next         string // address of the next part; "" at the end
	Failed       *sentence
}

// transactionsShown is how many transactions a page has.
const transactionsShown = 20

func (u *UI) transactions(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	one, err := u.cfg.Consents.Get(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	view, err := u.cfg.Registrations.Registration(ctx, v.Caller, one.RegistrationID)
	if err != nil {
		return err
	}
	data := transactionsPage{
		page:      u.page(c, "try", u.title(c, "transactions.title")),
		ConsentID: one.ID,
		Bank:      view.Institution.Name,
	}
	list, err := u.transactionList(c, v, &data)
	if err != nil {
		if data.Account.ResourceID == "" {
			return err
		}
		data.Failed = u.words(c).problem(err)
	}
	data.Transactions, data.From = list.Transactions, list.From
	if list.Next != "" {
		data.Next = "?cursor=" + list.Next
	}
	return u.render(c, http.StatusOK, "transactions", data)
}

func (u *UI) transactionList(c echo.Context, v visit, data *transactionsPage) (ais.TransactionList, error) {
	ctx := c.Request().Context()
	accounts, err := u.cfg.Consents.Accounts(ctx, v.Caller, data.ConsentID)
	if err != nil {
		return ais.TransactionList{}, err
	}
	for _, a := range accounts {
		if a.ResourceID == c.Param("account") {
			data.Account = a
		}
	}
	if data.Account.ResourceID == "" {
		return ais.TransactionList{}, fault.New(fault.NotFound, "account_unknown",
			"The consent gives access to no such account.")
	}
	return u.cfg.Consents.Transactions(ctx, v.Caller, data.ConsentID, data.Account.ResourceID,
		ais.TransactionQuery{Limit: transactionsShown, Cursor: c.QueryParam("cursor")})
}

// consentSoon is how long before the end of a consent the home page tells of it.
const consentSoon = 7 * 24 * time.Hour

// homeConsents has the home page say which long consents end soon. Those the
// bank gives for minutes come and go.
func (u *UI) homeConsents(ctx context.Context, v visit, w *words, data *homePage) error {
	if !v.Caller.May(access.ConsentRead) || !v.Caller.May(access.RegistrationRead) {
		return nil
	}
	all, err := u.cfg.Consents.Expiring(ctx, v.Caller, consentSoon)
	if err != nil {
		return err
	}
	for _, one := range all {
		if u.cfg.Consents.State(one) != consent.Expiring || one.ExpiresAt.Sub(one.AuthorizedAt) < consentSoon {
			continue
		}
		in, err := u.cfg.Registrations.Institution(ctx, v.Caller, one.InstitutionID)
		if err != nil {
			return err
		}
		data.Tasks = append(data.Tasks, task{
			Group: taskConsent,
			What:  in.Name,
			Says:  w.own("home.consent", w.until(one.ExpiresAt)),
			URL:   pathOf("consents", one.ID),
			At:    one.ExpiresAt,
		})
	}
	return nil
}
