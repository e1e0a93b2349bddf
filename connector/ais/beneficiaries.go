package ais

import (
	"context"
	"strings"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
)

// Beneficiary is somebody the customer has recorded at the bank to pay to.
type Beneficiary struct {
	ID      string    `json:"id"`
	Trusted *bool     `json:"trusted"` // nil when the bank does not say
	Name    string    `json:"name"`
	Account AccountID `json:"account"`
	BIC     string    `json:"bic"`
	// what the bank sent that is not given here
	Unreadable []string `json:"unreadable"`
}

// wireBeneficiary is one as STET 1.4.2 describes it.
type wireBeneficiary struct {
	ID       string    `json:"id"`
	Trusted  *bool     `json:"isTrusted"`
	Creditor Party     `json:"creditor"`
	Account  AccountID `json:"creditorAccount"`
	Agent    struct {
		BIC string `json:"bicFi"`
	} `json:"creditorAgent"`
	Unreadable []string `json:"unreadable"`
}

// decodeBeneficiaries reads one page of GET /trusted-beneficiaries.
func decodeBeneficiaries(body []byte) (page[Beneficiary], error) {
	list, err := readList[wireBeneficiary](body, "beneficiaries")
	if err != nil {
		return page[Beneficiary]{}, err
	}
	got := page[Beneficiary]{next: list.next}
	for _, b := range list.items {
		got.items = append(got.items, Beneficiary{
			ID:         b.ID,
			Trusted:    b.Trusted,
			Name:       strings.TrimSpace(b.Creditor.Name),
			Account:    b.Account,
			BIC:        b.Agent.BIC,
			Unreadable: b.Unreadable,
		})
	}
	return got, nil
}

// Beneficiaries lists the customer's trusted beneficiaries.
func (c *Client) Beneficiaries(ctx context.Context, token *oauth.Token) ([]Beneficiary, error) {
	if c.cfg.Resources.Beneficiaries == "" {
		return nil, failure.NotOffered.Because(&failure.Failure{})
	}
	return collect(listing(ctx, c, token, c.url(c.cfg.Resources.Beneficiaries), decodeBeneficiaries))
}
