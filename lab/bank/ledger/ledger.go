// Package ledger answers what a customer of the simulated bank has: accounts,
// balances, transactions, beneficiaries, in the shape STET 1.4.2 gives them
// and with the habits of the bank. It knows no HTTP.
package ledger

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed data
var data embed.FS

// Account is one account with its balances embedded.
type Account struct {
	ResourceID      string    `json:"resourceId"`
	BICFI           string    `json:"bicFi"`
	AccountID       AccountID `json:"accountId"`
	Name            string    `json:"name"`
	LinkedAccount   string    `json:"linkedAccount,omitempty"`
	Usage           string    `json:"usage"`
	CashAccountType string    `json:"cashAccountType"`
	Balances        []Balance `json:"balances,omitempty"`
	PSUStatus       string    `json:"psuStatus"`
	Links           Links     `json:"_links"`
}

// AccountID is an account by its IBAN.
type AccountID struct {
	IBAN     string `json:"iban"`
	Currency string `json:"currency,omitempty"`
}

// Balance is one balance of an account.
type Balance struct {
	Name               string `json:"name"`
	BalanceType        string `json:"balanceType"`
	BalanceAmount      Amount `json:"balanceAmount"`
	ReferenceDate      string `json:"referenceDate"`
	LastChangeDateTime string `json:"lastChangeDateTime"`
}

// Book is what all customers of one segment have. It is safe for concurrent use.
type Book struct {
	segment  string
	accounts []Account
	now      func() time.Time

	mu     sync.Mutex
	posted []posted
}

// Open returns the accounts of a segment: pri, pro or ent.
func Open(segment string, now func() time.Time) (*Book, error) {
	content, err := data.ReadFile("data/" + segment + ".json")
	if err != nil {
		return nil, fmt.Errorf("ledger: segment %q: %w", segment, err)
	}
	b := &Book{segment: segment, now: now}
	if err := json.Unmarshal(content, &b.accounts); err != nil {
		return nil, fmt.Errorf("ledger: segment %q: %w", segment, err)
	}
	return b, nil
}

// Choices are the accounts a customer can allow access to: all of them.
func (b *Book) Choices() []Account { return b.current(nil) }

// Find returns an account of those that were allowed; nil allows all.
func (b *Book) Find(allowed []string, id string) (Account, bool) {
	for _, a := range b.current(allowed) {
		if a.ResourceID == id {
			return a, true
		}
	}
	return Account{}, false
}

// Payer returns the account with this IBAN that a transfer would be taken
// from, and the cents there are.
func (b *Book) Payer(iban string) (account Account, available int64, found bool) {
	for _, a := range b.current(nil) {
		if a.AccountID.IBAN != iban || a.CashAccountType != "CACC" {
			continue
		}
		best := a.Balances[0]
		for _, balance := range a.Balances {
			if balance.BalanceType == "XPCD" {
				best = balance
			}
		}
		return a, best.BalanceAmount.Amount.Cents, true
	}
	return Account{}, 0, false
}

// Payable reports whether transfers may be made from the account.
func (a Account) Payable() bool {
	return a.CashAccountType == "CACC" && !strings.Contains(a.Name, "Livret")
}

// current returns the allowed accounts with today's balances and links.
func (b *Book) current(allowed []string) []Account {
	var list []Account
	for _, a := range b.accounts {
		if allowed != nil && !slices.Contains(allowed, a.ResourceID) {
			continue
		}
		change := b.change(a.ResourceID)
		a.Balances = slices.Clone(a.Balances)
		for i := range a.Balances {
			if kind := a.Balances[i].BalanceType; kind == "XPCD" || kind == "CLBD" || kind == "VALU" {
				a.Balances[i].BalanceAmount.Amount.Cents += change
			}
		}
		a.Links = Links{
			"balances":     {"/accounts/" + a.ResourceID + "/balances", true},
			"transactions": {"/accounts/" + a.ResourceID + "/transactions", true},
		}
		list = append(list, a)
	}
	return list
}
