package ais

import (
	"context"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
)

// Account is an account as STET 1.4.2 describes it. Dates are the bank's own
// text: their form varies. Enum values nobody knows are kept as they are.
type Account struct {
	ResourceID    string          `json:"resourceId"`
	BIC           string          `json:"bicFi"`
	ID            AccountID       `json:"accountId"`
	Name          string          `json:"name"`
	Details       string          `json:"details"`
	LinkedAccount string          `json:"linkedAccount"` // on a card: resource id of the cash account
	Usage         string          `json:"usage"`         // PRIV or ORGA
	Type          string          `json:"cashAccountType"`
	Product       string          `json:"product"`
	PSUStatus     string          `json:"psuStatus"`
	Balances      []Balance       `json:"balances"`
	Links         map[string]Link `json:"_links"`     // no link: that access is not granted
	Unreadable    []string        `json:"unreadable"` // what the bank sent that is not given here
}

// AccountID identifies an account; a card has no IBAN of its own but Other.
type AccountID struct {
	IBAN     string `json:"iban"`
	Currency string `json:"currency"`
	Other    struct {
		Identification string `json:"identification"`
		SchemeName     string `json:"schemeName"`
		Issuer         string `json:"issuer"`
	} `json:"other"`
}

// Balance is one balance. Type is CLBD (booked), XPCD (expected), VALU
// (value date), OTHR, or whatever else the bank says.
type Balance struct {
	Name          string       `json:"name"`
	Type          string       `json:"balanceType"`
	Amount        money.Amount `json:"balanceAmount"`
	ReferenceDate string       `json:"referenceDate"`
	LastChange    string       `json:"lastChangeDateTime"`
	Unreadable    []string     `json:"unreadable"` // what the bank sent that is not given here
}

// Link is a HAL link. Banks set templated on plain URLs too: ignore it.
type Link struct {
	Href string `json:"href"`
}

// decodeAccounts reads one page of GET /accounts.
func decodeAccounts(body []byte) (page[Account], error) {
	got, err := readList[Account](body, "accounts")
	for i := range got.items {
		markBalances(got.items[i].Balances)
	}
	return got, err
}

// Accounts lists the accounts the customer consented to, following the
// bank's next links. All or nothing: a listing that cannot be finished is an
// error.
func (c *Client) Accounts(ctx context.Context, token *oauth.Token) ([]Account, error) {
	return collect(listing(ctx, c, token, c.url("/accounts"), decodeAccounts))
}

// decodeBalances reads the answer of GET /accounts/{id}/balances.
func decodeBalances(body []byte) ([]Balance, error) {
	got, err := readList[Balance](body, "balances")
	markBalances(got.items)
	return got.items, err
}

func markBalances(balances []Balance) {
	for i := range balances {
		b := &balances[i]
		b.Unreadable = unreadAmount(b.Unreadable, "balanceAmount", b.Amount)
	}
}

// unreadAmount adds a sum without an amount to what could not be read.
func unreadAmount(unread []string, member string, sum money.Amount) []string {
	if sum.Value.Valid() || slices.ContainsFunc(unread, func(name string) bool {
		return strings.HasPrefix(name, member)
	}) {
		return unread
	}
	return append(unread, member)
}

// Balances reads an account's balances anew. Where the bank gives them only
// with the account, they are the account's; where it gives none, the customer has not allowed them.
func (c *Client) Balances(ctx context.Context, token *oauth.Token, account Account) ([]Balance, error) {
	href := account.Links["balances"].Href
	if href == "" && len(account.Balances) > 0 {
		return account.Balances, nil
	}
	from, err := c.linked(href)
	if err != nil {
		return nil, err
	}
	return readOne(ctx, c, token, from, decodeBalances)
}
