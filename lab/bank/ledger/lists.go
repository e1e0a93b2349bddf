package ledger

import (
	"fmt"
	"strconv"
)

// AccountList is HalAccounts.
type AccountList struct {
	Accounts []Account `json:"accounts"`
	Links    Links     `json:"_links"`
}

// BalanceList is HalBalances.
type BalanceList struct {
	Balances []Balance `json:"balances"`
	Links    Links     `json:"_links"`
}

// Identity is HalEndUserIdentity as 1.4.2 has it.
type Identity struct {
	ConnectedPSU string `json:"connectedPsu"`
	Prefix       string `json:"connectedPsuNamePrefix,omitempty"`
	FirstName    string `json:"connectedPsuFirstName,omitempty"`
	LastName     string `json:"connectedPsuLastName,omitempty"`
	Links        Links  `json:"_links"`
}

// accountsPerPage: the professional segment pages its accounts.
var accountsPerPage = map[string]int{"pri": 20, "pro": 1, "ent": 20}

// Accounts is one page of the allowed accounts; false when there is no such page.
func (b *Book) Accounts(allowed []string, page string) (*AccountList, bool) {
	all := b.current(allowed)
	from, to, links, ok := window(len(all), accountsPerPage[b.segment], "/accounts", page)
	if !ok {
		return nil, false
	}
	links["endUserIdentity"] = Link{Href: "/end-user-identity"}
	links["beneficiaries"] = Link{Href: "/trusted-beneficiaries"}
	return &AccountList{Accounts: all[from:to], Links: links}, true
}

// BalancesOf is the balances of an account.
func (a Account) BalancesOf() *BalanceList {
	path := "/accounts/" + a.ResourceID
	return &BalanceList{
		Balances: a.Balances,
		Links: Links{
			"self":         {Href: path + "/balances"},
			"parent-list":  {Href: "/accounts"},
			"transactions": {Href: path + "/transactions"},
		},
	}
}

// Identity is who is connected.
func (b *Book) Identity() Identity {
	links := Links{"self": {Href: "/end-user-identity"}, "parent-list": {Href: "/accounts"}}
	if b.segment == "pri" {
		return Identity{
			ConnectedPSU: "MME CAMILLE MARTIN",
			Prefix:       "MADM",
			FirstName:    "CAMILLE",
			LastName:     "MARTIN",
			Links:        links,
		}
	}
	return Identity{
		ConnectedPSU: map[string]string{"pro": "CABINET MARTIN", "ent": "EXEMPLE INDUSTRIES SA"}[b.segment],
		Links:        links,
	}
}

// window is one page of n entries, with the links the bank puts on every
// page: `last` is there always, `next` only when there is more.
func window(n, size int, path, page string) (from, to int, links Links, ok bool) {
	number, pages := 1, max(1, (n+size-1)/size)
	if page != "" {
		var err error
		if number, err = strconv.Atoi(page); err != nil || number < 1 || number > pages {
			return 0, 0, nil, false
		}
	}
	at := func(i int) Link {
		if i == 1 {
			return Link{Href: path}
		}
		return Link{Href: fmt.Sprintf("%s?page=%d", path, i), Templated: true}
	}
	links = Links{"self": {Href: at(number).Href}, "last": {Href: at(pages).Href}}
	if number > 1 {
		links["first"], links["prev"] = at(1), at(number-1)
	}
	if number < pages {
		links["next"] = at(number + 1)
	}
	from = (number - 1) * size
	return from, min(n, from+size), links, true
}
