package ais

import (
	"context"
	"encoding/json"

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
		Newer  struct {
			FullName  string `json:"fullName"`
			Prefix    string `json:"namePrefix"`
			FirstName string `json:"firstName"`
			LastName  string `json:"lastName"`
		} `json:"identity"`
	}
	if err := json.Unmarshal(body, &map[string]json.RawMessage{}); err != nil {
		return Identity{}, errNotJSON(err)
	}
	readMeant(body, &hal) // what is not a name is none
	if hal.Newer.FullName != "" {
		return Identity(hal.Newer), nil
	}
	if hal.Name == "" {
		return Identity{}, errMissing("connectedPsu")
	}
	return Identity{FullName: hal.Name, Prefix: hal.Prefix, FirstName: hal.First, LastName: hal.Last}, nil
}

// Identity reads who gave the consent.
func (c *Client) Identity(ctx context.Context, token *oauth.Token) (Identity, error) {
	if c.cfg.Resources.Identity == "" {
		return Identity{}, failure.NotOffered.Because(&failure.Failure{})
	}
	return readOne(ctx, c, token, c.url(c.cfg.Resources.Identity), decodeIdentity)
}
