// Package internet asks the internet, apart from banks: who publishes an issuing certificate, whether a certificate was
// revoked, whom a country trusts. What it asks for is named by files and servers of other people, so it reaches nothing
// inside a network, waits for nobody long, and takes no more than it was told to.
package internet

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/tracing"
)

// Config is how an installation asks. The zero value asks directly, and only public addresses.
type Config struct {
	// Allow are hosts ("pki.example"), addresses and networks ("10.1.2.0/24") that may be asked although they are
	// inside a network, on any port.
	Allow []string
	// ProxyURL is our own proxy on the way out; empty: none, whatever the environment says. It resolves the names it
	// is asked for, so it has to refuse those of the network it stands in, too.
	ProxyURL string
	// Files with the user and the password that the proxy wants; neither where it wants none.
	ProxyUserFile, ProxyPasswordFile string
	Roots                            *x509.CertPool // nil: the system's
	Timeout                          time.Duration  // of one question with all its redirects; 0: 15 s
	CacheBytes                       int            // what is kept of answers in all; 0: 8 MiB
	Now                              func() time.Time
}

// What bounds a question whoever asks it.
const (
	defaultTimeout  = 15 * time.Second
	defaultCache    = 8 << 20
	defaultMaxBytes = 1 << 20
	maxRedirects    = 3
	maxHeader       = 32 << 10
	inFlight        = 16 // questions that wait for an answer at a time
	maxURL          = 2048
)

// Client asks questions. It is safe for concurrent use. A nil Client asks nobody.
type Client struct {
	cfg    Config
	allow  allowList
	http   *http.Client
	places chan struct{}
	cache  *cache
	asked  *prometheus.CounterVec
}

// New returns a client, or says which setting is wrong.
func New(cfg Config) (*Client, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.CacheBytes == 0 {
		cfg.CacheBytes = defaultCache
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	allow, err := parseAllowed(cfg.Allow)
	if err != nil {
		return nil, err
	}
	c := &Client{
		cfg:    cfg,
		allow:  allow,
		places: make(chan struct{}, inFlight),
		cache:  newCache(cfg.CacheBytes),
		asked:  newCounter(),
	}
	transport := &http.Transport{
		DialContext:            c.dial,
		TLSClientConfig:        &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    cfg.Timeout,
		DisableCompression:     true, // a few bytes could become many
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConns:           inFlight,
		IdleConnTimeout:        30 * time.Second,
		ForceAttemptHTTP2:      true,
	}
	if cfg.ProxyURL != "" {
		transport.Proxy = cfg.proxy
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: c.redirect}
	return c, nil
}

func newCounter() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sealkeeper_outgoing_questions_total",
		Help: "Questions put to the internet, banks apart, by what they are for and what came of them: " +
			"answered, cached, " +
			"failed, or the code of a refusal.",
	}, []string{"purpose", "result"})
}

// Metrics counts the questions.
func (c *Client) Metrics() prometheus.Collector {
	if c == nil {
		return newCounter()
	}
	return c.asked
}

// Question is one request.
type Question struct {
	Purpose  string      // a word for the metrics: "aia"
	URL      string      // http or https, with a host that is public or allowed
	Method   string      // "": GET, the only one whose redirects are followed
	Header   http.Header // nil: none
	Body     []byte      // of a POST
	MaxBytes int         // of the answer; 0: 1 MiB. Of an error no more than 1 MiB is taken
	// StatusOnly is for who does not care what an answer says: a body is cut off after MaxBytes, or where it stops.
	StatusOnly bool
	KeepFor    time.Duration // how long the answer to a GET may be given again; 0: it is not kept
	// Into takes the body of an answer that is not an error, as it comes; nil: it is the Answer's Body.
	Into    io.Writer
	Timeout time.Duration // with all redirects; 0: the Client's
}

// Answer is what came back, whatever its status.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	URL    string    // that answered, after redirects
	At     time.Time // when it came
	Cached bool      // it was kept from an earlier question
}

// ErrOff is the answer of an installation that asks nobody.
var ErrOff error = fault.New(fault.Conflict, "outgoing_off",
	"Not asked: this installation asks nobody on the internet.")

// Ask puts a question. A status other than 2xx is an error, with the answer beside it.
func (c *Client) Ask(ctx context.Context, q Question) (Answer, error) {
	if c == nil {
		return Answer{}, ErrOff
	}
	ctx, span := tracing.Start(ctx, "ask "+q.Purpose, attribute.String("server.address", hostOf(q.URL)))
	answer, err := c.ask(ctx, q)
	tracing.End(span, err)
	c.asked.WithLabelValues(q.Purpose, result(answer, err)).Inc()
	return answer, err
}

// hostOf is the host of an address. What follows it is a secret where it is the webhook of a chat.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func result(answer Answer, err error) string {
	switch {
	case err == nil && answer.Cached:
		return "cached"
	case err == nil:
		return "answered"
	}
	if kind, code, _ := fault.Public(err); kind != fault.Internal {
		return code
	}
	return "failed"
}

func (c *Client) ask(ctx context.Context, q Question) (Answer, error) {
	kept := q.Method == "" && q.KeepFor > 0
	if kept {
		if answer, ok := c.cache.get(q.URL, c.cfg.Now()); ok {
			return answer, nil
		}
	}
	target, err := url.Parse(q.URL)
	if err != nil || len(q.URL) > maxURL {
		return Answer{}, fault.New(fault.Invalid, "outgoing_url", "This is not the address of a web server.")
	}
	timeout := c.cfg.Timeout
	if q.Timeout > 0 {
		timeout = q.Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := c.reachable(ctx, target); err != nil {
		return Answer{}, err
	}
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-ctx.Done():
		return Answer{}, c.failed(ctx, target, ctx.Err())
	}
	answer, err := c.exchange(ctx, target, q)
	if err == nil && kept {
		c.cache.put(q.URL, answer, c.cfg.Now().Add(q.KeepFor))
	}
	return answer, err
}

func (c *Client) exchange(ctx context.Context, target *url.URL, q Question) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, q.Method, q.URL, bytes.NewReader(q.Body))
	if err != nil {
		return Answer{}, fault.Wrap(err, fault.Invalid, "outgoing_url", "This is not the address of a web server.")
	}
	if q.Header != nil {
		request.Header = q.Header.Clone()
	}
	request.Header.Set("User-Agent", "sealkeeper")
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{}, c.failed(ctx, target, err)
	}
	defer func() { _ = response.Body.Close() }()
	most := q.MaxBytes
	if most == 0 {
		most = defaultMaxBytes
	}
	good := response.StatusCode >= 200 && response.StatusCode <= 299
	if !good {
		most = min(most, defaultMaxBytes) // a page about an error is not what has to be large
	}
	host := response.Request.URL.Host
	if response.ContentLength > int64(most) && good && !q.StatusOnly {
		return Answer{}, tooLarge(host, most)
	}
	bounded := io.LimitReader(response.Body, int64(most)+1)
	var body []byte
	size := int64(0)
	if q.Into != nil && good {
		size, err = io.Copy(q.Into, bounded)
	} else {
		body, err = io.ReadAll(bounded)
		size = int64(len(body))
	}
	switch {
	case q.StatusOnly, !good && err == nil:
		body = body[:min(len(body), most)]
	case err != nil:
		return Answer{}, c.failed(ctx, response.Request.URL, err)
	case size > int64(most):
		return Answer{}, tooLarge(host, most)
	}
	answer := Answer{
		Status: response.StatusCode,
		Header: response.Header,
		Body:   body,
		URL:    response.Request.URL.String(),
		At:     c.cfg.Now(),
	}
	if !good {
		return answer, fault.New(fault.Unavailable, "outgoing_status",
			"%s answered with HTTP status %d; try again later, or ask whoever runs it.", host, answer.Status)
	}
	return answer, nil
}

// redirect looks at each address that a server sends us on to.
func (c *Client) redirect(next *http.Request, before []*http.Request) error {
	last := before[len(before)-1]
	switch {
	case last.Method != http.MethodGet:
		return http.ErrUseLastResponse
	case len(before) > maxRedirects:
		return fault.New(fault.Unavailable, "outgoing_redirects", "%s sent us on more than %d times.",
			before[0].URL.Host, maxRedirects)
	case last.URL.Scheme == "https" && next.URL.Scheme != "https":
		return fault.New(fault.Unavailable, "outgoing_downgrade", "%s sent us on to an address without TLS.",
			last.URL.Host)
	}
	return c.reachable(next.Context(), next.URL)
}

// failed turns what net/http says into a sentence. Its own is for the log.
func (c *Client) failed(ctx context.Context, target *url.URL, err error) error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the address, whose path is a secret where it is the webhook of a chat
	}
	if operation, ok := errors.AsType[*net.OpError](err); ok && operation.Op == "proxyconnect" {
		return c.proxyFailed(err)
	}
	var wait net.Error
	if ctx.Err() != nil || errors.As(err, &wait) && wait.Timeout() {
		return fault.Wrap(err, fault.Unavailable, "outgoing_slow", "%s did not answer in time; try again later.",
			target.Host)
	}
	if c.cfg.ProxyURL != "" && target.Scheme == "https" && !errors.As(err, new(*tls.CertificateVerificationError)) {
		return c.proxyFailed(err) // a CONNECT that was refused is a plain error in net/http
	}
	return fault.Wrap(err, fault.Unavailable, "outgoing_failed", "%s could not be asked; try again later.", target.Host)
}

func tooLarge(host string, most int) error {
	return fault.New(fault.Unavailable, "outgoing_too_large", "What %s answered is larger than %d bytes.", host, most)
}
