package ui

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// consentPage is one consent and what it gives access to.
type consentPage struct {
	page.Page
	consentRow
	Registration registration.View
	Identity     *connector.Identity // nil: not granted, or not read
	Accounts     []connector.Account
	Failed       *wording.Sentence // why nothing could be read
	MayRevoke    bool
}

func (u *UI) consent(c echo.Context, v session.Visit) error {
	return u.consentPage(c, v, http.StatusOK, nil)
}

func (u *UI) consentPage(c echo.Context, v session.Visit, status int, why *wording.Sentence) error {
	ctx := c.Request().Context()
	one, err := u.cfg.Consents.Get(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := consentPage{
		Page:      u.pages.Page(c, "try", "consent.title"),
		MayRevoke: v.Caller.May(access.ConsentRevoke),
	}
	data.Path, data.Problem = link.Consent(one.ID), why
	if data.Registration, err = u.cfg.Registrations.Registration(ctx, v.Caller, one.RegistrationID); err != nil {
		return err
	}
	data.consentRow = u.consentRow(c, v, one, map[string]string{one.RegistrationID: data.Registration.Institution.Name})
	if data.Open {
		if data.Accounts, err = u.cfg.Consents.Accounts(ctx, v.Caller, one.ID); err != nil {
			data.Failed = u.pages.Translator(c).Problem(err)
		} else if who, err := u.cfg.Consents.Identity(ctx, v.Caller, one.ID); err == nil {
			data.Identity = &who
		}
	}
	return u.pages.Render(c, status, "trial/consent", data)
}

func (u *UI) revokeConsent(c echo.Context, v session.Visit) error {
	if _, err := u.cfg.Consents.Revoke(c.Request().Context(), v.Caller, c.Param("id")); err != nil {
		return u.consentPage(c, v, problem.Of(err).Status, u.pages.Translator(c).Problem(err))
	}
	u.sessions.Confirm(c, "notice.revoked")
	return u.pages.Redirect(c, link.Consent(c.Param("id")))
}

// transactionsPage is a part of an account's transactions.
type transactionsPage struct {
	page.Page
	ConsentID    string
	Bank         string
	Account      connector.Account
	Transactions []connector.Transaction
	From         time.Time
	Next         string // address of the next part; "" at the end
	Failed       *wording.Sentence
}

// transactionsShown is how many transactions a page has.
const transactionsShown = 20

func (u *UI) transactions(c echo.Context, v session.Visit) error {
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
		Page:      u.pages.Page(c, "try", "transactions.title"),
		ConsentID: one.ID,
		Bank:      view.Institution.Name,
	}
	list, err := u.transactionList(c, v, &data)
	if err != nil {
		if data.Account.ResourceID == "" {
			return err
		}
		data.Failed = u.pages.Translator(c).Problem(err)
	}
	data.Transactions, data.From = list.Transactions, list.From
	if list.Next != "" {
		data.Next = "?cursor=" + list.Next
	}
	return u.pages.Render(c, http.StatusOK, "trial/transactions", data)
}

func (u *UI) transactionList(c echo.Context, v session.Visit, data *transactionsPage) (connector.TransactionList, error) {
	ctx := c.Request().Context()
	accounts, err := u.cfg.Consents.Accounts(ctx, v.Caller, data.ConsentID)
	if err != nil {
		return connector.TransactionList{}, err
	}
	for _, a := range accounts {
		if a.ResourceID == c.Param("account") {
			data.Account = a
		}
	}
	if data.Account.ResourceID == "" {
		return connector.TransactionList{}, fault.New(fault.NotFound, "account_unknown",
			"The consent gives access to no such account.")
	}
	return u.cfg.Consents.Transactions(ctx, v.Caller, data.ConsentID, data.Account.ResourceID,
		connector.TransactionQuery{Limit: transactionsShown, Cursor: c.QueryParam("cursor")})
}

// consentSoon is how long before the end of a consent the home page tells of it.
const consentSoon = 7 * 24 * time.Hour

// homeConsents has the home page say which long consents end soon. Those the
// bank gives for minutes come and go.
func (u *UI) homeConsents(ctx context.Context, v session.Visit, w *wording.Translator, data *homePage) error {
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
			Says:  w.Say("home.consent", w.Until(one.ExpiresAt)),
			URL:   link.Consent(one.ID),
			At:    one.ExpiresAt,
		})
	}
	return nil
}
