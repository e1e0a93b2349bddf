package ais

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

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
	Links         map[string]Link `json:"_links"` // no link: that access is not granted
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
}

// Link is a HAL link. Banks set templated on plain URLs too: ignore it.
type Link struct {
	Href string `json:"href"`
}

var errNoAmount = errors.New("a sum without an amount")

// errMemberMissing: STET requires the member, so an answer without it is not an
// empty one but another one, of an error for example. A bank that has nothing says 204, or an empty list.
var errMemberMissing = errors.New("the member that STET requires is missing")

// decodeAccounts reads one page of GET /accounts.
func decodeAccounts(body []byte) (page[Account], error) {
	var hal struct {
		Accounts []Account       `json:"accounts"`
		Links    map[string]Link `json:"_links"`
	}
	if err := json.Unmarshal(body, &hal); err != nil {
		return page[Account]{}, err
	}
	if hal.Accounts == nil {
		return page[Account]{}, errMemberMissing
	}
	for _, account := range hal.Accounts {
		if err := checkBalances(account.Balances); err != nil {
			return page[Account]{}, err
		}
	}
	return page[Account]{items: hal.Accounts, next: hal.Links["next"].Href}, nil
}

// Accounts lists the accounts the customer consented to, following the
// bank's next links. All or nothing: a listing that cannot be finished is an
// error.
func (c *Client) Accounts(ctx context.Context, token *oauth.Token) ([]Account, error) {
	return collect(listing(ctx, c, token, c.url("/accounts"), decodeAccounts))
}

// decodeBalances reads the answer of GET /accounts/{id}/balances.
func decodeBalances(body []byte) ([]Balance, error) {
	var hal struct {
		Balances []Balance `json:"balances"`
	}
	if err := json.Unmarshal(body, &hal); err != nil {
		return nil, err
	}
	if hal.Balances == nil {
		return nil, errMemberMissing
	}
	return hal.Balances, checkBalances(hal.Balances)
}

func checkBalances(balances []Balance) error {
	if slices.ContainsFunc(balances, func(b Balance) bool { return !b.Amount.Value.Valid() }) {
		return errNoAmount
	}
	return nil
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
