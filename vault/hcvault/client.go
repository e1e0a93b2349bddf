package hcvault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/vault/api"
	"go.opentelemetry.io/otel/attribute"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/tracing"
)

const (
	maxAnswer   = 64 << 20 // bytes of one answer: the list of a million documents fits
	repetitions = 2        // of a request that is safe to repeat
)

// client speaks to Vault's HTTP API: JSON in, JSON out, errors as *fault.Error.
type client struct {
	api     *api.Client
	timeout time.Duration
	refused func(error) error // says what a 403 means: it may be that the token has ended; may be nil

	connections *boundedTransport
}

// newHTTPClient bounds every phase of a request to Vault.
func newHTTPClient(cfg Config) (*http.Client, error) {
	roots, err := loadRoots(cfg.CACertFile)
	if err != nil {
		return nil, err
	}
	tlsConfig := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	if cfg.Auth.Certificate != nil { // read anew for each connection
		tlsConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return cfg.Auth.Certificate()
		}
	}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSClientConfig:        tlsConfig,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxIdleConns:           cfg.Signatures + 8,
		MaxIdleConnsPerHost:    cfg.Signatures + 8,
		MaxConnsPerHost:        cfg.Signatures + 32,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
	bounded := &boundedTransport{cfg: cfg}
	bounded.Store(transport)
	return &http.Client{
		Transport: bounded,
		// api.Client follows one itself
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

func loadRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // crypto/tls takes nil for the system's roots
	}
	pem, err := os.ReadFile(file) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "vault_config", "Vault's CA file %s cannot be read.", file)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, invalid("Vault's CA file %s holds no certificate in PEM.", file)
	}
	return roots, nil
}

// boundedTransport ends the reading of an answer that is larger than any Vault gives.
type boundedTransport struct {
	atomic.Pointer[http.Transport]
	cfg Config
}

// RoundTrip implements http.RoundTripper.
func (t *boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	begun := time.Now()
	ctx, span := tracing.Start(r.Context(), "vault "+t.cfg.engine(r.URL.Path),
		attribute.String("http.request.method", r.Method), attribute.String("server.address", r.URL.Hostname()))
	if span.IsRecording() { // Vault's own audit log can have the header, to be laid beside ours
		r = r.Clone(ctx)
		tracing.Inject(ctx, r.Header)
	}
	resp, err := t.Load().RoundTrip(r)
	tracing.Answered(span, statusOf(resp), err)
	if t.cfg.Watch != nil {
		t.cfg.Watch(t.cfg.engine(r.URL.Path), r.Method, statusOf(resp), time.Since(begun))
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		t.reconnect() // Vault's certificate may be of another CA by now, and so may the file
	}
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	}
	return resp, err
}

// statusOf is the HTTP status of an answer, 0 where there is none.
func statusOf(answer *http.Response) int {
	if answer == nil {
		return 0
	}
	return answer.StatusCode
}

// engine is which part of Vault a path belongs to. The rest of a path names keys and documents.
func (cfg Config) engine(path string) string {
	path = strings.TrimPrefix(path, "/v1/")
	for mount, engine := range map[string]string{cfg.TransitMount: "transit", cfg.KVMount: "kv", "auth": "auth"} {
		if strings.HasPrefix(path, mount+"/") {
			return engine
		}
	}
	return "sys"
}

// reconnect has the next request open a new connection, with the CAs that are in
// the file now; those under way go on.
func (t *boundedTransport) reconnect() {
	former := t.Load()
	next := former.Clone()
	if roots, err := loadRoots(t.cfg.CACertFile); err == nil {
		next.TLSClientConfig.RootCAs = roots
	}
	t.Store(next)
	former.CloseIdleConnections()
}

// CloseIdleConnections is what http.Client calls by this name.
func (t *boundedTransport) CloseIdleConnections() { t.Load().CloseIdleConnections() }

// newClient makes a client without a token. It takes nothing from the
// environment: the library would read VAULT_TOKEN and others by itself.
func newClient(cfg Config, transport *http.Client) (*client, error) {
	c, err := api.NewClient(&api.Config{
		Address:    cfg.Address,
		HttpClient: transport,
		// the library's own ceiling; client.timeout is the bound that counts
		Timeout:      max(cfg.Timeout, cfg.ImportTimeout),
		MaxRetries:   repetitions,
		MinRetryWait: 50 * time.Millisecond,
		MaxRetryWait: time.Second,
		CheckRetry:   retryRepeatable,
	})
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "vault_config", "Vault's address %s cannot be used.", cfg.Address)
	}
	c.ClearToken()
	c.ClearNamespace()
	if cfg.Namespace != "" {
		c.SetNamespace(cfg.Namespace)
	}
	connections, _ := transport.Transport.(*boundedTransport)
	return &client{api: c, timeout: cfg.Timeout, connections: connections}, nil
}

type repeatableKey struct{}

// repeatable marks a request that may be sent again: it reads, or computes
// without changing anything, as a signature does. Nothing else is repeated: a
// write whose answer was lost may have happened.
func repeatable(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatableKey{}, true)
}

func retryRepeatable(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if gone := ctx.Err(); gone != nil {
		return false, gone
	}
	if ctx.Value(repeatableKey{}) == nil {
		return false, nil
	}
	if err != nil {
		return api.DefaultRetryPolicy(ctx, nil, err)
	}
	switch resp.StatusCode {
	case http.StatusPreconditionFailed, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true, nil
	}
	return false, nil
}

// get reads path into out; query and out may be nil.
func (c *client) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.send(repeatable(ctx), http.MethodGet, path, query, nil, out)
}

// post sends in to path and reads the answer into out; both may be nil.
func (c *client) post(ctx context.Context, path string, in, out any) error {
	return c.send(ctx, http.MethodPost, path, nil, in, out)
}

func (c *client) delete(ctx context.Context, path string) error {
	return c.send(ctx, http.MethodDelete, path, nil, nil, nil)
}

func (c *client) send(ctx context.Context, method, path string, query url.Values, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request := c.api.NewRequest(method, "/v1/"+path)
	if query != nil {
		request.Params = query
	}
	if in != nil {
		if err := request.SetJSONBody(in); err != nil {
			return fault.Wrap(err, fault.Internal, "vault_request", "The request to Vault could not be written.")
		}
	}
	//nolint:staticcheck // SA1019: the calls meant to replace it lose the body when a standby node redirects
	resp, err := c.api.RawRequestWithContext(ctx, request)
	if resp != nil {
		defer func() { _ = resp.Body.Close() }()
	}
	if err == nil {
		err = decode(resp.Body, out)
	}
	if err == nil {
		return nil
	}
	err = explain(ctx, resp, err)
	if c.refused != nil && isForbidden(err) {
		return c.refused(err)
	}
	return err
}

// decode reads an answer to its end, so that its connection can be used again.
func decode(body io.Reader, out any) error {
	text, err := io.ReadAll(body)
	if err != nil || len(text) == 0 {
		return err
	}
	defer clear(text)
	if out == nil { // a proxy's login page must not pass for a thing done
		out = &map[string]json.RawMessage{}
	}
	if json.Unmarshal(text, out) != nil {
		return fault.New(fault.Unavailable, "vault_answer",
			"Vault's answer cannot be read; check that the configured address is Vault's.")
	}
	return nil
}
