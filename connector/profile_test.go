package connector_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

func validProfile() connector.Profile {
	p := connector.SocieteGenerale()
	p.AISBaseURL = "https://mtls.bank.example/psd2/xs2a"
	p.AuthorizeURL = "https://signin.bank.example/oauth2/authorize"
	p.TokenURL = "https://mtls.signin.bank.example/oauth2/token"
	return p
}

func TestProfileValidate(t *testing.T) {
	tests := []struct {
		name   string
		change func(*connector.Profile)
		want   string // in the message; "" when valid
	}{
		{"as it is", func(*connector.Profile) {}, ""},
		{"loopback http", func(p *connector.Profile) { p.AuthorizeURL = "http://127.0.0.1:8080/authorize" }, ""},
		{"IPv6 loopback http", func(p *connector.Profile) { p.TokenURL = "http://[::1]/token" }, ""},
		{"plain http", func(p *connector.Profile) {
			p.TokenURL = "http://bank.example/token"
		}, "token_url must begin with https://"},
		{"loopback in the name only", func(p *connector.Profile) {
			p.TokenURL = "http://localhost.example/token"
		}, "token_url must begin"},
		{"no URL", func(p *connector.Profile) { p.AISBaseURL = "" }, "ais_base_url is not a URL"},
		{"password in a URL", func(p *connector.Profile) {
			p.PISBaseURL = "https://u:p@bank.example"
		}, "pis_base_url must not carry a user name"},
		{"href mode", func(p *connector.Profile) { p.HrefMode = "guess" }, "href_mode"},
		{"token auth", func(p *connector.Profile) { p.OAuth.TokenAuth = "" }, "oauth.token_auth"},
		{"algorithm", func(p *connector.Profile) { p.Signature.Algorithm = "hs2019" }, "signature.algorithm"},
		{"separator", func(p *connector.Profile) { p.Signature.Separator = ";" }, "signature.separator"},
		{"upper case header", func(p *connector.Profile) {
			p.Signature.PISHeaders = []string{"Digest"}
		}, `"Digest" must be a lower-case name`},
		{"created", func(p *connector.Profile) {
			p.Signature.AISHeaders = []string{"(created)"}
		}, `"(created)" is not supported`},
		{"TLS 1.1", func(p *connector.Profile) { p.Connection.MinTLSVersion = "1.1" }, "min_tls_version"},
		{"trust anchor", func(p *connector.Profile) {
			p.Connection.TrustAnchors = []string{"nonsense"}
		}, "trust_anchors entry 1"},
		{"no bound", func(p *connector.Profile) { p.Connection.MaxPerHost = 0 }, "bound must be positive"},
		{"no timeout", func(p *connector.Profile) { p.Connection.RequestTimeout = 0 }, "timeout must be positive"},
		{"no pages", func(p *connector.Profile) { p.MaxPages = 0 }, "max_pages"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := validProfile()
			test.change(&p)
			err := p.Validate()
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (!errors.Is(err, fault.Invalid) || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestProfileValidateNamesEveryMistake(t *testing.T) {
	err := connector.Profile{}.Validate()
	for _, want := range []string{
		"ais_base_url", "authorize_url", "token_url", "href_mode", "key_id", "ais_headers", "ais_scope",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

// TestProfileDecodes: a catalogue in YAML says only what differs, and JSON
// and YAML use the same names.
func TestProfileDecodes(t *testing.T) {
	p := validProfile()
	text := `
ais_base_url: https://mtls.other.example/v2
href_mode: rfc3986
signature:
  separator: ", "
  ais_headers: ["(request-target)", digest]
connection:
  request_timeout: 45s
`
	if err := yaml.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	want := validProfile()
	want.AISBaseURL = "https://mtls.other.example/v2"
	want.HrefMode = ais.HrefRFC3986
	want.Signature.Separator = ", "
	want.Signature.AISHeaders = []string{"(request-target)", "digest"}
	want.Connection.RequestTimeout = duration.Duration(45 * time.Second)
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("YAML (-want +got):\n%s", diff)
	}

	out, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var back, viaYAML connector.Profile
	if err := json.Unmarshal(out, &back); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(out, &viaYAML); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(back, viaYAML); diff != "" || back.Connection.RequestTimeout != want.Connection.RequestTimeout {
		t.Errorf("the names differ (-json +yaml):\n%s", diff)
	}
	if back.Connection.IdleTimeout != want.Connection.IdleTimeout || strings.Contains(string(out), "IdleTimeout") {
		t.Errorf("JSON: %s", out)
	}
}

func TestNewRefuses(t *testing.T) {
	s := tpp.New(t, "pri")
	tests := []struct {
		want   string
		change func(*connector.Config)
	}{
		{"certificates_missing", func(c *connector.Config) { c.Signing = nil }},
		{"client_id_missing", func(c *connector.Config) { c.Credentials.ClientID = "" }},
		{"client_secret_missing", func(c *connector.Config) { c.Credentials = oauth.Credentials{ClientID: "x"} }},
		{"key_id_base_invalid", func(c *connector.Config) { c.KeyIDBase = "http://tpp.example" }},
		{"profile_invalid", func(c *connector.Config) { c.Profile.TokenURL = "" }},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			config := s.Config
			test.change(&config)
			if _, err := connector.New(config); tpp.FaultCode(err) != test.want {
				t.Errorf("got %v", err)
			}
		})
	}
}
