package ais

import (
	"context"
	"encoding/json"
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
}

// decodeBeneficiaries reads one page of GET /trusted-beneficiaries.
func decodeBeneficiaries(body []byte) (page[Beneficiary], error) {
	var hal struct {
		Beneficiaries []struct {
			ID       string    `json:"id"`
			Trusted  *bool     `json:"isTrusted"`
			Creditor Party     `json:"creditor"`
			Account  AccountID `json:"creditorAccount"`
			Agent    struct {
				BIC string `json:"bicFi"`
			} `json:"creditorAgent"`
		} `json:"beneficiaries"`
		Links map[string]Link `json:"_links"`
	}
	if err := json.Unmarshal(body, &hal); err != nil {
		return page[Beneficiary]{}, err
	}
	if hal.Beneficiaries == nil {
		return page[Beneficiary]{}, errMemberMissing
	}
	got := page[Beneficiary]{next: hal.Links["next"].Href}
	for _, b := range hal.Beneficiaries {
		got.items = append(got.items, Beneficiary{
			ID:      b.ID,
			Trusted: b.Trusted,
			Name:    strings.TrimSpace(b.Creditor.Name),
			Account: b.Account,
			BIC:     b.Agent.BIC,
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
