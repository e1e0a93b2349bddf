package mtls_test

import (
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// TestProblems: a problem begins with the key it is about.
func TestProblems(t *testing.T) {
	for key, spoil := range map[string]func(*mtls.Settings){
		"":                   func(*mtls.Settings) {},
		"min_tls_version":    func(s *mtls.Settings) { s.MinTLSVersion = "1.1" },
		"renegotiation":      func(s *mtls.Settings) { s.Renegotiation, s.MinTLSVersion = true, "1.3" },
		"trust_anchors":      func(s *mtls.Settings) { s.TrustAnchors = []string{"nonsense"} },
		"pinned_names":       func(s *mtls.Settings) { s.PinnedNames = []string{"*.bank.example"} },
		"proxy_url":          func(s *mtls.Settings) { s.ProxyURL = "http://proxy.example:3128" },
		"proxy_user_file":    func(s *mtls.Settings) { s.ProxyURL, s.ProxyUserFile = "https://proxy.example", "/x" },
		"dial_timeout":       func(s *mtls.Settings) { s.DialTimeout = 0 },
		"handshake_timeout":  func(s *mtls.Settings) { s.HandshakeTimeout = -1 },
		"request_timeout":    func(s *mtls.Settings) { s.RequestTimeout = 0 },
		"idle_timeout":       func(s *mtls.Settings) { s.IdleTimeout = 0 },
		"max_per_host":       func(s *mtls.Settings) { s.MaxPerHost = 0 },
		"max_response_bytes": func(s *mtls.Settings) { s.MaxResponseBytes = 0 },
		"read_attempts":      func(s *mtls.Settings) { s.ReadAttempts = 0 },
		"retry_backoff":      func(s *mtls.Settings) { s.RetryBackoff = 0 },
		"retry_budget":       func(s *mtls.Settings) { s.RetryBudget = -1 },
	} {
		t.Run(key, func(t *testing.T) {
			settings := mtls.Defaults()
			spoil(&settings)
			found := settings.Problems()
			if key == "" {
				if found != nil {
					t.Errorf("the defaults have problems: %q", found)
				}
				return
			}
			if len(found) != 1 || !strings.HasPrefix(found[0], key) {
				t.Errorf("found %q", found)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	qwac := tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})
	for name, test := range map[string]struct {
		source   certs.Source
		settings mtls.Settings
		code     string
	}{
		"no source":   {nil, mtls.Defaults(), "no_certificate"},
		"no settings": {qwac.Source(), mtls.Settings{}, "profile_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := mtls.New(test.source, test.settings); tpp.FaultCode(err) != test.code {
				t.Errorf("got %v", err)
			}
		})
	}
}
