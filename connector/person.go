package connector

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
)

// Identity is the person who gave the consent.
type Identity struct {
	FullName  string `json:"full_name"`
	Prefix    string `json:"prefix"` // DOCT, MADM, MISS, MIST, or whatever else the bank says
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
}

// decodeIdentity reads GET /end-user-identity in the shape of STET 1.4.2 or of 1.5.
func decodeIdentity(body []byte) (Identity, error) {
	var hal struct {
		Name   string `json:"connectedPsu"`
		Prefix string `json:"connectedPsuNamePrefix"`
		First  string `json:"connectedPsuFirstName"`
		Last   string `json:"connectedPsuLastName"`
		Newer  *struct {
			FullName  string `json:"fullName"`
			Prefix    string `json:"namePrefix"`
			FirstName string `json:"firstName"`
			LastName  string `json:"lastName"`
		} `json:"identity"`
	}
	if err := json.Unmarshal(body, &hal); err != nil {
		return Identity{}, err
	}
	if hal.Newer != nil && hal.Newer.FullName != "" {
		return Identity(*hal.Newer), nil
	}
	if hal.Name == "" {
		return Identity{}, errMemberMissing
	}
	return Identity{FullName: hal.Name, Prefix: hal.Prefix, FirstName: hal.First, LastName: hal.Last}, nil
}

// Identity reads who gave the consent.
func (c *Client) Identity(ctx context.Context, token *oauth.Token) (Identity, error) {
	if c.profile.Resources.Identity == "" {
		return Identity{}, failure.NotOffered.Because(&failure.Failure{})
	}
	return readOne(ctx, c, token, c.aisURL(c.profile.Resources.Identity), decodeIdentity)
}

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
	if c.profile.Resources.Beneficiaries == "" {
		return nil, failure.NotOffered.Because(&failure.Failure{})
	}
	return collect(listing(ctx, c, token, c.aisURL(c.profile.Resources.Beneficiaries), decodeBeneficiaries))
}
