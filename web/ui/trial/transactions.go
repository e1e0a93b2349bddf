package trial

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// transactionsPage is a part of an account's transactions.
type transactionsPage struct {
	page.Page
	ConsentID    string
	Bank         string
	Account      ais.Account
	Transactions []ais.Transaction
	From         calendar.Date
	Next         string // address of the next part; "" at the end
	Failed       *wording.Sentence
}

// transactionsShown is how many transactions a page has.
const transactionsShown = 20

// Transactions shows the transactions of an account.
func (h *Handler) Transactions(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	one, err := h.Consents.Get(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	view, err := h.Registrations.Registration(ctx, v.Caller, one.RegistrationID)
	if err != nil {
		return err
	}
	account, err := h.account(c, v, one.ID)
	if err != nil {
		return err
	}
	data := transactionsPage{
		Page:      h.Pages.Page(c, "try", "transactions.title"),
		ConsentID: one.ID,
		Bank:      view.Institution.Name,
		Account:   account,
	}
	list, err := h.Consents.Transactions(ctx, v.Caller, one.ID, account.ResourceID,
		ais.TransactionQuery{Limit: transactionsShown, Cursor: c.QueryParam("cursor")})
	if err != nil {
		data.Failed = h.Pages.Translator(c).Problem(err)
	}
	data.Transactions, data.From = list.Transactions, list.From
	if list.Next != "" {
		data.Next = "?cursor=" + list.Next
	}
	return h.Pages.Render(c, http.StatusOK, "trial/transactions", data)
}

// account is the one of the address.
func (h *Handler) account(c echo.Context, v session.Visit, consentID string) (ais.Account, error) {
	accounts, err := h.Consents.Accounts(c.Request().Context(), v.Caller, consentID)
	if err != nil {
		return ais.Account{}, err
	}
	i := slices.IndexFunc(accounts, func(a ais.Account) bool { return a.ResourceID == c.Param("account") })
	if i < 0 || accounts[i].ResourceID == "" {
		return ais.Account{}, fault.New(fault.NotFound, "account_unknown",
			"The consent gives no access to this account.")
	}
	return accounts[i], nil
}
