// Package ais answers one question: what do the customer's accounts hold? It reads
// accounts, balances, transactions, identity and beneficiaries (STET 1.4.2 and 1.5) for which
// the customer has given a consent.
package ais

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/connector/stet"
)

// Config is what a Client is made of.
type Config struct {
	Caller      *stet.Caller
	BaseURL     string
	HrefMode    HrefMode
	Resources   Resources
	MaxPages    int    // next links followed in one listing
	HistoryDays int    // oldest transactions the bank gives; 0: no bound is known
	DateLayout  string // of dateFrom and dateTo, as Go's time package writes layouts
	Zone        *time.Location
	Now         func() time.Time
}

// Resources are the paths, below the AIS base URL, of what no account links
// to. An empty one is not offered by the bank.
type Resources struct {
	Identity      string `json:"identity" yaml:"identity"`
	Beneficiaries string `json:"beneficiaries" yaml:"beneficiaries"`
}

// Client reads account information. It is safe for concurrent use.
type Client struct{ cfg Config }

// New returns a Client.
func New(cfg Config) *Client { return &Client{cfg} }

func (c *Client) url(path string) string { return strings.TrimSuffix(c.cfg.BaseURL, "/") + path }

// read does a signed GET of a resource, more than once if it has to.
func (c *Client) read(ctx context.Context, url string, token *oauth.Token) (*mtls.Answer, error) {
	call := stet.Call{Product: signature.AIS, Method: http.MethodGet, URL: url, Access: token.Access}
	return c.cfg.Caller.Retry(ctx, func() (*mtls.Answer, error) {
		got, err := c.cfg.Caller.Send(ctx, call)
		if err != nil {
			return nil, err
		}
		if got.Status != http.StatusOK && got.Status != http.StatusNoContent {
			return nil, c.cfg.Caller.Refusal(ctx, call, got).ResourceError()
		}
		return got, nil
	})
}
