// Package stet answers one question: how is a resource of a bank's interface called? It
// has what account information and payment initiation have in common in the
// STET PSD2 API: headers, signature and what the bank is told about the customer.
package stet

import (
	"bytes"
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Config is what a Caller is made of. Every field but ExtraHeaders and Further is required.
type Config struct {
	Transport    *mtls.Client
	Signer       *signature.Signer
	Refusals     failure.Reader
	ClientID     string
	Accept       string
	ExtraHeaders map[string]string      // on every call; {client_id} in a value stands for the client id
	Further      map[string]secret.Text // what else the bank gives: {name} in a value stands for the one of that name
}

// Caller calls the resources of one bank. It is safe for concurrent use.
type Caller struct{ cfg Config }

// New returns a Caller.
func New(cfg Config) *Caller { return &Caller{cfg} }

// Call is one call of a resource.
type Call struct {
	Product signature.Product
	Method  string
	URL     string
	Body    []byte // JSON; nil for none
	Access  secret.Text
}

// Send makes the call once and returns the answer, whatever its status. The
// customer of the context, if there is one, is announced to the bank.
func (c *Caller) Send(ctx context.Context, call Call) (*mtls.Answer, error) {
	req, err := c.request(ctx, call)
	if err != nil {
		return nil, err
	}
	return c.cfg.Transport.Send(req)
}

// Retry is mtls.Client.Retry, for calls that only read.
func (c *Caller) Retry(ctx context.Context, read func() (*mtls.Answer, error)) (*mtls.Answer, error) {
	return c.cfg.Transport.Retry(ctx, read)
}

// Refusal reads the answer to a call that is not a success.
func (c *Caller) Refusal(ctx context.Context, call Call, got *mtls.Answer) failure.Refusal {
	reader := c.cfg.Refusals.With(call.Access)
	reader.Attended = customerOf(ctx).IPAddress != ""
	return reader.Read(got.Status, got.Header, got.Body)
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// Header is the value of an extra header with what the bank gave, by its name. It is empty, and the header is left out,
// if something of it is missing.
func Header(template string, given func(name string) string) string {
	missing := false
	text := placeholder.ReplaceAllStringFunc(template, func(found string) string {
		value := given(strings.Trim(found, "{}"))
		missing = missing || value == ""
		return value
	})
	if missing {
		return ""
	}
	return text
}

func (c *Caller) given(name string) string {
	if name == "client_id" {
		return c.cfg.ClientID
	}
	return c.cfg.Further[name].Reveal()
}

func (c *Caller) request(ctx context.Context, call Call) (*http.Request, error) {
	body := bytes.NewReader(call.Body) // an empty reader counts as no body
	req, err := http.NewRequestWithContext(ctx, call.Method, call.URL, body)
	if err != nil {
		return nil, failure.LinkRefused.Because(&failure.Failure{Err: err})
	}
	req.Header.Set("Accept", c.cfg.Accept)
	req.Header.Set("Authorization", "Bearer "+call.Access.Reveal())
	for name, value := range c.cfg.ExtraHeaders {
		if text := Header(value, c.given); text != "" {
			req.Header.Set(name, text)
		}
	}
	if call.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if err := customerOf(ctx).announce(req.Header); err != nil {
		return nil, err
	}
	return req, c.cfg.Signer.Sign(ctx, req, call.Body, call.Product)
}
