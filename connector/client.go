// Package connector reaches a bank's PSD2 interface (STET): an mTLS client
// that presents the QWAC, request signatures made with the QSealC, OAuth 2.0
// and the account information calls. Everything that differs from bank to
// bank is in a Profile. Certificates and keys come from a certs.Source, so
// the package neither knows nor cares where they are kept.
//
// Errors are *fault.Error with a stable code and a sentence that says what to
// do; where a bank was involved the cause is a *Failure.
package connector

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Credentials are what the bank's portal issued for the application.
type Credentials struct {
	ClientID     string
	ClientSecret secret.Text
}

// Config is what a Client is made of.
type Config struct {
	Profile     Profile
	Transport   certs.Source // the QWAC
	Signing     certs.Source // the QSealC
	Credentials Credentials
	KeyIDBase   string           // public base URL under which QSealCs are published
	Now         func() time.Time // nil means time.Now
}

// Client speaks to one bank for one registration. It is safe for concurrent
// use; Close it when another bundle takes its place.
type Client struct {
	profile     Profile
	transport   certs.Source
	credentials Credentials
	now         func() time.Time
	http        *HTTPClient
	signer      *Signer
	budget      *budget
	zone        *time.Location
	payments    paymentToken
}

// New checks cfg and returns a client. It opens no connection. An incomplete
// or contradictory configuration is a fault.Invalid error.
func New(cfg Config) (*Client, error) {
	if err := cfg.Profile.Validate(); err != nil {
		return nil, err
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	transport, err := NewHTTPClient(cfg.Transport, cfg.Profile.Connection)
	if err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	zone, err := cfg.Profile.location()
	if err != nil {
		return nil, err
	}
	return &Client{
		profile:     cfg.Profile,
		transport:   cfg.Transport,
		credentials: cfg.Credentials,
		now:         cfg.Now,
		http:        transport,
		signer:      NewSigner(cfg.Profile.Signature, cfg.Signing, cfg.KeyIDBase, cfg.Credentials.ClientID),
		budget:      newBudget(cfg.Profile.Connection.RetryBudget),
		zone:        zone,
	}, nil
}

func (cfg Config) check() error {
	switch {
	case cfg.Transport == nil || cfg.Signing == nil:
		return fault.New(fault.Invalid, "certificates_missing",
			"Configure a transport certificate (QWAC) and a signing certificate (QSealC).")
	case cfg.Credentials.ClientID == "":
		return fault.New(fault.Invalid, "client_id_missing", "Enter the client id that the bank's portal issued.")
	case cfg.Credentials.ClientSecret.Empty() && cfg.Profile.OAuth.TokenAuth == TokenAuthBasic:
		return fault.New(fault.Invalid, "client_secret_missing",
			"Enter the client secret that the bank's portal issued.")
	case strings.Contains(cfg.Profile.Signature.KeyID, "{base}"):
		if err := checkURL(cfg.KeyIDBase); err != nil {
			return fault.Wrap(err, fault.Invalid, "key_id_base_invalid",
				"Configure the public https URL under which signing certificates are published.")
		}
	}
	return nil
}

// OAuth returns how the bank's authorization server is spoken to.
func (c *Client) OAuth() OAuth { return c.profile.OAuth }

// HTTPClient returns the mTLS client for calls this package does not make.
func (c *Client) HTTPClient() *http.Client { return c.http.Client() }

// Presented is HTTPClient.Presented.
func (c *Client) Presented() map[string]string { return c.http.Presented() }

// Rotate is HTTPClient.Rotate.
func (c *Client) Rotate(ctx context.Context) { c.http.Rotate(ctx) }

// Close is HTTPClient.Close.
func (c *Client) Close() { c.http.Close() }

// answer is an HTTP response read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (c *Client) send(req *http.Request) (*answer, error) {
	response, err := c.http.Client().Do(req)
	if err != nil {
		return nil, c.diagnose(req, err)
	}
	defer func() { _ = response.Body.Close() }()
	limit := c.profile.Connection.MaxResponseBytes
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, transportError(err)
	}
	if int64(len(body)) > limit {
		return nil, answerTooLarge.because(&Failure{Status: response.StatusCode})
	}
	return &answer{status: response.StatusCode, header: response.Header, body: body}, nil
}

// diagnose judges a request that got no answer. A TLS 1.3 server refuses a
// certificate after our side of the handshake is over; when the request is
// on its way by then, the alert may be lost in the reset of the connection.
// A handshake that sends nothing more brings it out.
func (c *Client) diagnose(req *http.Request, cause error) error {
	err := transportError(cause)
	if op, ok := errors.AsType[*net.OpError](cause); ok && op.Op == "dial" || !isCode(err, bankUnreachable) {
		return err
	}
	if found := Probe(req.Context(), c.transport, c.profile.Connection, hostPort(req.URL)); found.Alert != "" {
		return found.Err
	}
	return err
}

// read does a signed GET of an AIS resource, more than once if it has to.
func (c *Client) read(ctx context.Context, url string, token *Token) (*answer, error) {
	return c.retrying(ctx, func() (*answer, error) { return c.readOnce(ctx, url, token) })
}

// newRequest makes a request with the headers that all calls of resources carry, unsigned.
func (c *Client) newRequest(ctx context.Context, method, url string, body []byte, token *Token) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body)) // an empty reader counts as no body
	if err != nil {
		return nil, linkRefused.because(&Failure{Err: err})
	}
	req.Header.Set("Accept", c.profile.Accept)
	req.Header.Set("Authorization", "Bearer "+token.Access.Reveal())
	for name, value := range c.profile.ExtraHeaders {
		req.Header.Set(name, expand(value, "{client_id}", c.credentials.ClientID))
	}
	return req, nil
}

func (c *Client) readOnce(ctx context.Context, url string, token *Token) (*answer, error) {
	req, err := c.newRequest(ctx, http.MethodGet, url, nil, token)
	if err != nil {
		return nil, err
	}
	attended, err := customerOf(ctx).announce(req.Header)
	if err != nil {
		return nil, err
	}
	if err := c.signer.Sign(ctx, req, nil, AIS); err != nil {
		return nil, err
	}
	got, err := c.send(req)
	if err != nil {
		return nil, err
	}
	if got.status != http.StatusOK && got.status != http.StatusNoContent {
		judge := c.judge(token.Access)
		judge.attended = attended
		return nil, judge.api(got)
	}
	return got, nil
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
