package bank_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// opens reports whether the certificate gets a token.
func (p *tpp) opens(t *testing.T, qwac *qtsp.Issued) bool {
	t.Helper()
	p.client = clientWith(t, qwac)
	status, body := p.token(t, url.Values{"grant_type": {"client_credentials"}, "scope": {"pisp"}}, nil)
	if status != 200 && (status != 401 || body["error"] != "invalid_client") {
		t.Errorf("got %d %v", status, body)
	}
	return status == 200
}

// TestAcceptanceModels: a first certificate, its renewal, one with another
// subject, and one of somebody else, before and after the bank was told.
func TestAcceptanceModels(t *testing.T) {
	first := issue(t, qtsp.Request{Kind: certs.QWAC})
	renewed := issue(t, qtsp.Request{Kind: certs.QWAC, NotBefore: time.Now().Add(-time.Minute)})
	renamed := issue(t, qtsp.Request{Kind: certs.QWAC, DNSNames: []string{"other.exemple-paiement.example"}})
	stranger := issue(t, qtsp.Request{Kind: certs.QWAC, OrganizationIdentifier: "PSDFR-ACPR-99999"})
	tests := []struct {
		model                             portal.Acceptance
		first, renewed, renamed, stranger bool // before
		firstAfter, renewedAfter          bool // after the renewal was announced and accepted
	}{
		{portal.ByOrganization, true, true, true, false, true, true},
		{portal.BySubject, true, true, false, false, true, true},
		{portal.ByFingerprint, true, false, false, false, true, true},
		{portal.OneCertificate, true, false, false, false, false, true},
		{portal.ByRegistration, true, false, false, false, false, true},
	}
	for _, test := range tests {
		t.Run(string(test.model), func(t *testing.T) {
			p := newTPP(t, newBank(t, func(c *bank.Config) {
				c.Acceptance = test.model
				c.Clients = []portal.Client{{
					ID:                     clientID,
					Secret:                 secret.NewTextString(password),
					OrganizationIdentifier: agreement,
					Subject:                first.Certificate.Subject,
					Certificates:           []string{first.Certificate.SHA256},
				}}
			}))
			for _, one := range []struct {
				name string
				qwac *qtsp.Issued
				want bool
			}{
				{"first", first, test.first},
				{"renewed", renewed, test.renewed},
				{"renamed", renamed, test.renamed},
				{"stranger", stranger, test.stranger},
			} {
				if got := p.opens(t, one.qwac); got != one.want {
					t.Errorf("%s: %v", one.name, got)
				}
			}
			fingerprint, err := p.bank.Announce(clientID, renewed.Certificate.Raw)
			if err != nil {
				t.Fatal(err)
			}
			atOnce := test.model == portal.ByRegistration
			if got := p.opens(t, renewed); got != (test.renewed || atOnce) {
				t.Errorf("announced: %v", got)
			}
			if err := p.bank.Accept(clientID, fingerprint); err != nil && !atOnce {
				t.Fatal(err)
			}
			if got := p.opens(t, first); got != test.firstAfter {
				t.Errorf("the first, after: %v", got)
			}
			if got := p.opens(t, renewed); got != test.renewedAfter {
				t.Errorf("the renewed, after: %v", got)
			}
			if _, err := p.bank.Announce(clientID, stranger.Certificate.Raw); err == nil {
				t.Error("a stranger's certificate was announced")
			}
		})
	}
}

// TestRevocation: new handshakes get an alert, open connections a refusal.
func TestRevocation(t *testing.T) {
	p := newTPP(t, newBank(t))
	access, _ := p.consent(t, "pri")
	p.bank.Revoke(strings.ToUpper(p.qwac.Certificate.Serial))
	if status, body, _ := p.ais(t, "pri", "/accounts", access); status != 401 ||
		!strings.Contains(body["message"].(string), "revoked") {
		t.Errorf("on the open connection: %d %v", status, body)
	}
	endpoints, _ := p.bank.Endpoints("pri")
	p.client.CloseIdleConnections()
	if _, err := p.client.Do(p.aisRequest(t, endpoints.AISBaseURL+"/accounts", access)); err == nil ||
		!strings.Contains(err.Error(), "bad certificate") {
		t.Errorf("a new handshake: %v", err)
	}
	if refused := p.bank.Traffic().Refused; len(refused) != 1 {
		t.Errorf("refused handshakes: %v", refused)
	}
	p.bank.Reinstate(p.qwac.Certificate.Serial)
	p.bank.Revoke(p.seal.Certificate.Serial)
	if status, body, _ := p.ais(t, "pri", "/accounts", access); status != 401 ||
		!strings.Contains(body["message"].(string), "QSealC is revoked") {
		t.Errorf("revoked seal: %d %v", status, body)
	}
}

func TestTLS12(t *testing.T) {
	p := newTPP(t, newBank(t, func(c *bank.Config) { c.MaxTLSVersion = tls.VersionTLS12 }))
	p.pisToken(t)
	if seen := p.bank.Traffic().Protocols; seen["HTTP/1.1 TLS 1.2"] != 1 {
		t.Errorf("got %v", seen)
	}
}

// admin calls the switches.
func admin(t *testing.T, sim *bank.Server, method, path string, body any) (int, string) {
	t.Helper()
	req := newRequest(t, method, sim.AdminURL+path, encode(t, body))
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestAdmin(t *testing.T) {
	sim := newBank(t, func(c *bank.Config) { c.Acceptance = portal.OneCertificate })
	if err := sim.StartAdmin("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	p := newTPP(t, sim)
	do := func(method, path string, body any, want int) string {
		t.Helper()
		status, text := admin(t, sim, method, path, body)
		if status != want {
			t.Errorf("%s %s: %d %s", method, path, status, text)
		}
		return text
	}
	if p.opens(t, p.qwac) {
		t.Error("a certificate nobody registered is accepted")
	}
	certificates := "/admin/clients/" + clientID + "/certificates"
	do("POST", certificates, object{"pem": string(firstPEM(p.qwac.CertificatePEM()))}, 200)
	do("POST", certificates+"/"+p.qwac.Certificate.SHA256+"/accept", nil, 204)
	access, _ := p.consent(t, "ent")
	do("PUT", "/admin/tokens", object{"segment": "ent", "refresh_lifetime": "24h", "refresh_uses": 4}, 204)
	_, refresh := p.consent(t, "ent")
	for use := range 5 {
		status, body := p.token(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}, nil)
		if (status == 200) != (use < 4) || body["refresh_token"] != nil {
			t.Errorf("use %d of the enterprise's refresh token: %d %v", use+1, status, body)
		}
	}
	do("POST", "/admin/failures", object{"case": "12", "count": 1, "detail": "7"}, 204)
	if status, _, header := p.ais(t, "ent", "/accounts", access); status != 429 || header.Get("Retry-After") != "7" {
		t.Errorf("%d, Retry-After %q", status, header.Get("Retry-After"))
	}
	do("POST", "/admin/payments/outcomes", object{"reason": "FRAD"}, 204)
	paying := p.create(t, order(time.Now(), "scripted", func(o object) {}))
	paying.approve(t)
	paying.confirm(t, 200)
	paying.want(t, "RJCT", "FRAD")
	do("PUT", "/admin/clock", object{"duration": "31m"}, 204)
	if status, _, _ := p.ais(t, "ent", "/accounts", access); status != 401 {
		t.Errorf("after the clock was moved: %d", status)
	}
	do("POST", "/admin/revocations", object{"serial": p.qwac.Certificate.Serial}, 204)
	var state struct {
		Clock    string   `json:"clock_offset"`
		Revoked  []string `json:"revoked_serials"`
		Payments []struct{ Status, Reason string }
	}
	if err := json.NewDecoder(bytes.NewBufferString(do("GET", "/admin/state", nil, 200))).Decode(&state); err != nil {
		t.Fatal(err)
	}
	if state.Clock != "31m0s" || len(state.Revoked) != 1 || len(state.Payments) != 1 ||
		state.Payments[0].Reason != "FRAD" {
		t.Errorf("state: %+v", state)
	}
	do("GET", "/admin/failures", nil, 200)
	do("DELETE", "/admin/seen", nil, 204)
	if text := do("GET", "/admin/seen", nil, 200); !strings.Contains(text, `"full_handshakes":0`) {
		t.Errorf("seen: %s", text)
	}
	for path, body := range map[string]any{
		"/admin/failures":          object{"case": "99", "count": 1},
		"/admin/payments/outcomes": object{"reason": "XXXX"},
		"/admin/revocations":       object{"unknown": 1},
	} {
		do("POST", path, body, 400)
	}
	do("POST", certificates+"/00/accept", nil, 404)
}

// TestAdminIsLocal: a web page must not reach the switches by a name that
// resolves to this machine, and they do not listen elsewhere.
func TestAdminIsLocal(t *testing.T) {
	sim := newBank(t)
	if err := sim.StartAdmin("0.0.0.0:0"); err == nil {
		t.Error("the switches listen on every address")
	}
	if err := sim.StartAdmin("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	req := newRequest(t, http.MethodGet, sim.AdminURL+"/admin/state", "")
	req.Host = "evil.example"
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("got %s", response.Status)
	}
	if status, _ := admin(t, sim, http.MethodPost, "/admin/failures", nil); status != 400 {
		t.Errorf("without application/json: %d", status)
	}
}
