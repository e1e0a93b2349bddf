package mtls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

// Settings say whom a client trusts, how many connections it may open and how
// long it waits. Start from Defaults.
type Settings struct {
	MinTLSVersion string `json:"min_tls_version" yaml:"min_tls_version"` // "1.2" or "1.3"
	// the server may ask for the client certificate once a request has reached it, by renegotiating TLS 1.2 once a
	// connection; neither TLS 1.3 nor HTTP/2, which have no renegotiation, are spoken then
	Renegotiation bool `json:"renegotiation" yaml:"renegotiation"`
	// PEM; empty: the system's roots
	TrustAnchors []string `json:"trust_anchors" yaml:"trust_anchors"`
	// trust the system's roots as well as trust_anchors
	SystemRoots bool `json:"system_roots" yaml:"system_roots"`
	// DNS names; the server's certificate must also be for one of them
	PinnedNames []string `json:"pinned_names" yaml:"pinned_names"`
	// empty means no proxy, whatever the environment says
	ProxyURL string `json:"proxy_url" yaml:"proxy_url"`
	// files with the user and the password that the proxy wants; neither where it wants none
	ProxyUserFile     string            `json:"proxy_user_file" yaml:"proxy_user_file"`
	ProxyPasswordFile string            `json:"proxy_password_file" yaml:"proxy_password_file"`
	DialTimeout       duration.Duration `json:"dial_timeout" yaml:"dial_timeout"`           // TCP
	HandshakeTimeout  duration.Duration `json:"handshake_timeout" yaml:"handshake_timeout"` // TLS
	// one request and its answer
	RequestTimeout duration.Duration `json:"request_timeout" yaml:"request_timeout"`
	// after which an unused connection goes
	IdleTimeout      duration.Duration `json:"idle_timeout" yaml:"idle_timeout"`
	MaxPerHost       int               `json:"max_per_host" yaml:"max_per_host"`             // connections
	MaxResponseBytes int64             `json:"max_response_bytes" yaml:"max_response_bytes"` // after decompression
	// tries by Retry; nothing else is repeated
	ReadAttempts int               `json:"read_attempts" yaml:"read_attempts"`
	RetryBackoff duration.Duration `json:"retry_backoff" yaml:"retry_backoff"` // before the second try; doubles
	// repetitions that all calls together may use; ten calls earn one
	RetryBudget int `json:"retry_budget" yaml:"retry_budget"`
}

// Defaults are the settings for a bank of which nothing is known: the system's roots, no proxy.
func Defaults() Settings {
	return Settings{
		MinTLSVersion:    "1.2",
		DialTimeout:      duration.Duration(5 * time.Second),
		HandshakeTimeout: duration.Duration(10 * time.Second),
		RequestTimeout:   duration.Duration(30 * time.Second),
		IdleTimeout:      duration.Duration(30 * time.Second),
		MaxPerHost:       16,
		MaxResponseBytes: 4 << 20,
		ReadAttempts:     3,
		RetryBackoff:     duration.Duration(200 * time.Millisecond),
		RetryBudget:      20,
	}
}

// Problems says what is wrong with the settings, one sentence for each, beginning with its key.
func (s Settings) Problems() []string {
	var all []string
	note := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if _, err := s.minVersion(); err != nil {
		note("min_tls_version %v", err)
	}
	if s.Renegotiation && s.MinTLSVersion == "1.3" {
		note("renegotiation is part of TLS 1.2, so min_tls_version cannot be 1.3")
	}
	if _, err := s.roots(); err != nil {
		note("trust_anchors %v", err)
	}
	if s.ProxyURL != "" {
		if err := loopback.CheckURL(s.ProxyURL); err != nil {
			note("proxy_url %v", err)
		}
	}
	if (s.ProxyUserFile == "") != (s.ProxyPasswordFile == "") || (s.ProxyUserFile != "" && s.ProxyURL == "") {
		note("proxy_user_file and proxy_password_file go together, and with proxy_url")
	}
	for _, name := range s.PinnedNames {
		if name == "" || strings.ContainsAny(name, "*/: ") {
			note("pinned_names: %q is not a DNS name", name)
		}
	}
	for _, timeout := range []struct {
		key   string
		value duration.Duration
	}{
		{"dial_timeout", s.DialTimeout},
		{"handshake_timeout", s.HandshakeTimeout},
		{"request_timeout", s.RequestTimeout},
		{"idle_timeout", s.IdleTimeout},
	} {
		if timeout.value <= 0 {
			note("%s: a timeout must be positive", timeout.key)
		}
	}
	for _, bound := range []struct {
		key  string
		kept bool
	}{
		{"max_per_host", s.MaxPerHost >= 1},
		{"max_response_bytes", s.MaxResponseBytes >= 1},
		{"read_attempts", s.ReadAttempts >= 1},
		{"retry_backoff", s.RetryBackoff > 0},
	} {
		if !bound.kept {
			note("%s: a bound must be positive", bound.key)
		}
	}
	if s.RetryBudget < 0 {
		note("retry_budget must not be negative")
	}
	return all
}

// minVersion never goes below TLS 1.2, which the bank's guideline names.
func (s Settings) minVersion() (uint16, error) {
	switch s.MinTLSVersion {
	case "1.2":
		return tls.VersionTLS12, nil
	case "1.3":
		return tls.VersionTLS13, nil
	}
	return 0, errors.New(`must be "1.2" or "1.3"`)
}

// roots returns nil, which crypto/tls takes for the system's roots, when the
// settings name no anchor.
func (s Settings) roots() (*x509.CertPool, error) {
	if len(s.TrustAnchors) == 0 {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if s.SystemRoots {
		var err error
		if pool, err = x509.SystemCertPool(); err != nil {
			return nil, fmt.Errorf("cannot be added to the system's roots: %w", err)
		}
	}
	for i, pem := range s.TrustAnchors {
		if !pool.AppendCertsFromPEM([]byte(pem)) {
			return nil, fmt.Errorf("entry %d holds no PEM certificate", i+1)
		}
	}
	return pool, nil
}
