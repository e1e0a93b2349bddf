// Package egress answers one question: how does a program that cannot have its TLS handshakes signed remotely call a
// bank? It speaks plain HTTP to a Proxy on this machine, which speaks mutual TLS to the bank with the certificate in
// use. docs/services.md has how programs use it.
package egress

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// The headers with which a program says what it wants. They do not reach the bank.
const (
	// HeaderRegistration names the registration by its id; it is needed where several have the same servers.
	HeaderRegistration = "Sealkeeper-Registration"
	// HeaderSign has the request signed, for ais or pis.
	HeaderSign = "Sealkeeper-Sign"
	// HeaderToken has a token of the bank added: that of the consent with this id, or "payments" for the application's
	// own.
	HeaderToken = "Sealkeeper-Token"
	// HeaderError has the code of an error of the proxy's own; answers of the bank do not have it.
	HeaderError = "Sealkeeper-Error"
)

// maxConsent bounds the id of a consent, in bytes.
const maxConsent = 64

// Host is the host under which the proxy has pages of its own: /status, /healthz and /metrics.
const Host = "egress"

// Config is what a Proxy is made of.
type Config struct {
	Sources *source.Set
	// Token must come with each request, in Proxy-Authorization. Empty: none is needed, for a unix socket.
	Token  secret.Text
	Within time.Duration // longest time of one request; those under way have it when the process ends
	Logger *slog.Logger
}

// Proxy is the http.Handler of programs on this machine. It is safe for concurrent use.
type Proxy struct {
	cfg     Config
	forward *httputil.ReverseProxy
	pages   http.Handler
	meter   *meter
	leaving atomic.Bool // new connections are another process's
	left    chan struct{}
}

// New returns a Proxy.
func New(cfg Config) *Proxy {
	p := &Proxy{cfg: cfg, left: make(chan struct{})}
	p.meter = newMeter(cfg.Sources)
	p.pages = p.ownPages()
	p.forward = &httputil.ReverseProxy{
		Rewrite:   rewrite,
		Transport: bySource{},
		// Both ways are streams. What has no length is passed on at once whatever is said here; that for the rest would
		// cost each answer a write more.
		FlushInterval: 10 * time.Millisecond,
		BufferPool:    &buffers{sync.Pool{New: func() any { return new([bufferSize]byte) }}},
		ModifyResponse: func(r *http.Response) error {
			r.Header.Del(HeaderError) // it is the proxy's own
			return nil
		},
		ErrorHandler: p.failed,
		ErrorLog:     slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelWarn),
	}
	return p
}

// leave has connections end with their next answer.
func (p *Proxy) leave() {
	if !p.leaving.Swap(true) {
		close(p.left)
	}
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.leaving.Load() {
		w.Header().Set("Connection", "close") // the next connection is the other process's
	}
	if !p.admitted(r) {
		w.Header().Set("Proxy-Authenticate", `Basic realm="sealkeeper egress"`)
		refuse(w, http.StatusProxyAuthRequired, fault.New(fault.Unauthenticated, "token_invalid",
			"The proxy needs its token in Proxy-Authorization."))
		return
	}
	if r.Method != http.MethodConnect && strings.EqualFold(r.Host, Host) {
		p.pages.ServeHTTP(w, r)
		return
	}
	began := time.Now()
	seen := &answer{ResponseWriter: w}
	from, err := p.to(r)
	defer func() { p.meter.count(from, seen.status, time.Since(began)) }() // also of an answer that breaks off
	out := &outgoingRequest{
		from:    from,
		product: r.Header.Get(HeaderSign),
		token:   r.Header.Get(HeaderToken),
		logger:  p.cfg.Logger,
	}
	if err == nil && out.token != "" && r.Header.Get("Authorization") != "" {
		err = fault.New(fault.Invalid, "token_twice",
			"Leave Authorization out where %s has the token of the bank added.", HeaderToken)
	}
	if err == nil && len(out.token) > maxConsent {
		err = fault.New(fault.NotFound, "consent_unknown", "There is no consent with the id in %s.", HeaderToken)
	}
	if err == nil {
		r = r.WithContext(context.WithValue(r.Context(), outgoingKey{}, out))
	}
	if err != nil {
		p.failed(seen, r, err)
	} else {
		_ = http.NewResponseController(w).EnableFullDuplex() // an answer may begin before the request has ended
		p.forward.ServeHTTP(seen, r)
	}
}

// admitted reports whether a request has the token, as Bearer or as the password of Basic.
func (p *Proxy) admitted(r *http.Request) bool {
	if p.cfg.Token.Empty() {
		return true
	}
	kind, given, _ := strings.Cut(r.Header.Get("Proxy-Authorization"), " ")
	if strings.EqualFold(kind, "Basic") {
		pair, _ := base64.StdEncoding.DecodeString(given) // what is none matches no token
		_, given, _ = strings.Cut(string(pair), ":")
	}
	want, got := sha256.Sum256(p.cfg.Token.Bytes()), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// to finds the registration that a request is for. It changes the URL to the bank's.
func (p *Proxy) to(r *http.Request) (*source.Source, error) {
	if r.Method == http.MethodConnect || (r.URL.Scheme != "" && r.URL.Scheme != "http") {
		return nil, fault.New(fault.Invalid, "request_not_plain",
			"Ask with http:// and not with https://: the proxy speaks TLS with the bank.")
	}
	r.URL.Scheme, r.URL.Host = "https", strings.ToLower(r.Host)
	r.URL.User = nil
	address, id := mtls.Address(r.URL), r.Header.Get(HeaderRegistration)
	var found []*source.Source
	for _, s := range p.cfg.Sources.Sources() {
		switch {
		case id != "" && id == s.Name().ID:
			return s, nil // which refuses servers that are not its own
		case id == "" && s.Serves(address):
			found = append(found, s)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, fault.New(fault.Conflict, "lookup_ambiguous",
			"Several registrations have this server; name one by its id in %s.", HeaderRegistration)
	case id != "":
		return nil, fault.New(fault.NotFound, "registration_unknown",
			"There is no registration of this id for this service account.")
	}
	return nil, fault.New(fault.Invalid, "server_unknown",
		"%s is no server of a registration that is ready; the status page has those that are.", r.Host)
}

// ownHeader reports whether a header is between the program and the proxy.
func ownHeader(name string) bool {
	return strings.HasPrefix(name, "Sealkeeper-") || strings.HasPrefix(name, "Proxy-")
}

// rewrite leaves a request as the program made it, without what was for the proxy.
func rewrite(r *httputil.ProxyRequest) {
	r.Out.URL.RawQuery = r.In.URL.RawQuery // as it was, and as it was signed
	r.Out.Host = ""
	for name := range r.Out.Header {
		if ownHeader(name) {
			r.Out.Header.Del(name)
		}
	}
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, sent := r.In.Header[name]; sent { // ReverseProxy takes them away
			r.Out.Header[name] = values
		}
	}
	if r.Out.Header.Get("Accept-Encoding") == "" { // or the transport asks for gzip, and opens it
		r.Out.Header.Set("Accept-Encoding", "identity")
	}
}

// bufferSize is how much of an answer is passed on at a time, in bytes.
const bufferSize = 32 << 10

// buffers implements httputil.BufferPool.
type buffers struct{ pool sync.Pool }

// Get implements httputil.BufferPool.
func (b *buffers) Get() []byte {
	return b.pool.Get().(*[bufferSize]byte)[:] //nolint:forcetypeassert // nothing else is in it
}

// Put implements httputil.BufferPool.
func (b *buffers) Put(buffer []byte) { b.pool.Put((*[bufferSize]byte)(buffer)) }

// failed answers a request that got no answer from the bank.
func (p *Proxy) failed(w http.ResponseWriter, r *http.Request, err error) {
	err = mtls.Explain(err)
	kind, code, _ := fault.Public(err)
	p.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "a request did not reach the bank",
		slog.String("host", r.URL.Host), slog.String("code", code), slog.String("error", err.Error()))
	status := api.Status(kind, code)
	switch {
	case kind == fault.Internal:
		status = http.StatusBadGateway
	case code == "server_unknown":
		status = http.StatusMisdirectedRequest
	}
	refuse(w, status, err)
}

func refuse(w http.ResponseWriter, status int, err error) {
	_, code, detail := fault.Public(err)
	w.Header().Set("Content-Type", api.ProblemType)
	w.Header().Set(HeaderError, code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(api.Problem{
		Type:   "about:blank",
		Title:  http.StatusText(status),
		Status: status,
		Code:   code,
		Detail: detail,
	})
}

// answer notes the status of an answer.
type answer struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 || a.status < 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
