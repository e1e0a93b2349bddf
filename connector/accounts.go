package connector

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/fault"
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
	Name          string `json:"name"`
	Type          string `json:"balanceType"`
	Amount        Amount `json:"balanceAmount"`
	ReferenceDate string `json:"referenceDate"`
	LastChange    string `json:"lastChangeDateTime"`
}

// Amount is a sum of money.
type Amount struct {
	Value    Decimal `json:"amount"`
	Currency string  `json:"currency"`
}

// Link is a HAL link. Banks set templated on plain URLs too: ignore it.
type Link struct {
	Href string `json:"href"`
}

type accountsPage struct {
	Accounts []Account       `json:"accounts"`
	Links    map[string]Link `json:"_links"`
}

var errNoAmount = errors.New("balance without an amount")

// decodeAccounts reads one page of GET /accounts.
func decodeAccounts(body []byte) (*accountsPage, error) {
	page := &accountsPage{}
	if err := json.Unmarshal(body, page); err != nil {
		return nil, err
	}
	for _, account := range page.Accounts {
		for _, balance := range account.Balances {
			if !balance.Amount.Value.Valid() {
				return nil, errNoAmount
			}
		}
	}
	return page, nil
}

// Accounts lists the accounts the customer consented to, following the
// bank's next links. All or nothing: a listing that cannot be finished is an
// error.
func (c *Client) Accounts(ctx context.Context, token *Token) ([]Account, error) {
	if token == nil || token.Access.Empty() {
		return nil, fault.New(fault.Invalid, "token_missing", "There is no access token; ask the customer for a consent first.")
	}
	var accounts []Account
	page := strings.TrimSuffix(c.profile.AISBaseURL, "/") + "/accounts"
	visited := map[string]bool{}
	for range c.profile.MaxPages {
		visited[page] = true
		got, err := c.read(ctx, page, token)
		if err != nil {
			return nil, err
		}
		if got.status == http.StatusNoContent {
			return accounts, nil
		}
		decoded, err := decodeAccounts(got.body)
		if err != nil {
			return nil, unreadable.because(&Failure{Status: got.status, Err: err})
		}
		accounts = append(accounts, decoded.Accounts...)
		next := decoded.Links["next"].Href
		if next == "" {
			return accounts, nil
		}
		if page, err = c.profile.resolve(page, next); err != nil || visited[page] {
			return nil, linkRefused.because(&Failure{Status: got.status, Err: err})
		}
	}
	return nil, linkRefused.because(&Failure{Err: errors.New("more pages than max_pages")})
}

// resolve makes a URL of a link found at page. The result stays on the
// bank's own origin: the access token goes wherever it points.
func (p Profile) resolve(page, href string) (string, error) {
	base, err := url.Parse(p.AISBaseURL)
	if err != nil {
		return "", err
	}
	link, err := url.Parse(href)
	if err != nil {
		return "", err
	}
	if !link.IsAbs() && link.Host == "" {
		if p.HrefMode == HrefAppend {
			return strings.TrimSuffix(p.AISBaseURL, "/") + "/" + strings.TrimPrefix(href, "/"), nil
		}
		current, err := url.Parse(page)
		if err != nil {
			return "", err
		}
		link = current.ResolveReference(link)
	}
	if link.Scheme != base.Scheme || link.Host != base.Host || link.User != nil {
		return "", errors.New("link leaves the bank's server")
	}
	return link.String(), nil
}
