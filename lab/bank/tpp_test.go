package bank_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	clientID    = "5c1f0e6a2b110f6b2a1c8f0d4b0e9a53"
	password    = "9a535c1f0e6a2b110f6b2a1c8f0d4b0e"
	agreement   = "PSDFR-ACPR-12345"
	redirectURI = "https://tpp.example/callback"
)

// tpp is a client of the bank written for these tests alone: it can do every
// step wrongly.
type tpp struct {
	bank    *bank.Server
	qwac    *qtsp.Issued
	seal    *qtsp.Issued
	keyID   string
	segment string // of its payments
	client  *http.Client
	served  map[string]http.HandlerFunc // by path, on the server that publishes seals
}

// keys are made once per kind: an RSA key costs more than most tests.
var keys sync.Map

func issue(t testing.TB, request qtsp.Request) *qtsp.Issued {
	t.Helper()
	if key, ok := keys.Load(request.Kind); ok && request.KeyType == "" {
		request.Key = key.(crypto.Signer)
	}
	issued := qtsp.Must(t).MustIssue(t, request)
	if request.KeyType == "" {
		keys.Store(request.Kind, issued.Key.Signer())
	}
	return issued
}

func newBank(t testing.TB, change ...func(*bank.Config)) *bank.Server {
	t.Helper()
	issuing := qtsp.Must(t)
	certificate, err := issuing.ServerCertificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	config := bank.Config{
		ServerCertificate: certificate,
		QTSPRoots:         issuing.Pool(),
		Clients: []portal.Client{{
			ID:                     clientID,
			Secret:                 secret.NewTextString(password),
			OrganizationIdentifier: agreement,
			RedirectURIs:           []string{redirectURI},
		}, {
			ID:                     "another",
			Secret:                 secret.NewTextString("another"),
			OrganizationIdentifier: agreement,
			RedirectURIs:           []string{redirectURI},
		}},
	}
	for _, f := range change {
		f(&config)
	}
	sim, err := bank.New(config)
	if err != nil {
		t.Fatal(err)
	}
	server, err := sim.Start("127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

func newTPP(t testing.TB, sim *bank.Server) *tpp {
	t.Helper()
	p := &tpp{
		bank:    sim,
		segment: "pri",
		qwac:    issue(t, qtsp.Request{Kind: certs.QWAC, OrganizationIdentifier: agreement}),
		seal:    issue(t, qtsp.Request{Kind: certs.QSealC, OrganizationIdentifier: agreement}),
		served:  map[string]http.HandlerFunc{},
	}
	p.client = clientWith(t, p.qwac)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if serve, ok := p.served[r.URL.Path]; ok {
			serve(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	p.keyID = server.URL + "/qsealc_" + p.seal.Certificate.SHA256
	p.served["/qsealc_"+p.seal.Certificate.SHA256] = pem(p.seal)
	return p
}

func pem(issued *qtsp.Issued) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(issued.CertificatePEM()) }
}

func clientWith(t testing.TB, qwac *qtsp.Issued) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs:      qtsp.Must(t).Pool(),
		Certificates: []tls.Certificate{*qwac.Identity().TLS()},
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// token calls the token endpoint; change may spoil the request.
func (p *tpp) token(t testing.TB, form url.Values, change func(*http.Request)) (int, map[string]any) {
	t.Helper()
	req := newRequest(t, http.MethodPost, p.bank.APIURL+segments.TokenPath, form.Encode())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(clientID, password)
	if change != nil {
		change(req)
	}
	return p.do(t, req)
}

// consent returns an access and a refresh token of a segment.
func (p *tpp) consent(t testing.TB, segment string) (access, refresh string) {
	t.Helper()
	status, body := p.token(t, url.Values{
		"grant_type":   {"authorization_code"},
		"code":         {p.code(t, segment)},
		"redirect_uri": {redirectURI},
	}, nil)
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, body)
	}
	refresh, _ = body["refresh_token"].(string)
	return body["access_token"].(string), refresh
}

func (p *tpp) code(t testing.TB, segment string) string {
	t.Helper()
	back, err := customer.Approve(t.Context(), p.authorizeURL(t, segment, nil), "55000002", "111111")
	if err != nil {
		t.Fatal(err)
	}
	return back.Query().Get("code")
}

func (p *tpp) authorizeURL(t testing.TB, segment string, change url.Values) string {
	t.Helper()
	endpoints, ok := p.bank.Endpoints(segment)
	if !ok {
		t.Fatalf("no segment %q", segment)
	}
	query := url.Values{
		"response_type": {"code"},
		"client_id":     {clientID},
		"redirect_uri":  {redirectURI},
		"scope":         {"aisp"},
		"state":         {"s"},
	}
	maps.Copy(query, change)
	return endpoints.AuthorizeURL + "?" + query.Encode()
}

// accounts makes the signed call. before spoils what is signed, after what
// was signed.
func (p *tpp) accounts(t testing.TB, segment, token string, before, after func(*http.Request)) (int, map[string]any) {
	t.Helper()
	endpoints, _ := p.bank.Endpoints(segment)
	req := newRequest(t, http.MethodGet, endpoints.AISBaseURL+"/accounts", "")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Client-Id", clientID)
	req.Header.Set("X-Request-Id", "0f6b2a1c-8f0d-4b0e-9a53-5c1f0e6a2b11")
	sum := sha256.Sum256(nil)
	req.Header.Set("Digest", "SHA-256="+base64.StdEncoding.EncodeToString(sum[:]))
	if before != nil {
		before(req)
	}
	p.sign(t, req, "client-id", "digest", "x-request-id")
	if after != nil {
		after(req)
	}
	return p.do(t, req)
}

func (p *tpp) sign(t testing.TB, req *http.Request, names ...string) {
	t.Helper()
	var text bytes.Buffer
	for i, name := range names {
		if i > 0 {
			text.WriteString("\n")
		}
		text.WriteString(name + ": " + req.Header.Get(name))
	}
	sum := sha256.Sum256(text.Bytes())
	signature, err := p.seal.Key.Signer().Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Signature", `keyId="`+p.keyID+`",algorithm="rsa-sha256",headers="`+strings.Join(names, " ")+
		`",signature="`+base64.StdEncoding.EncodeToString(signature)+`"`)
}

func (p *tpp) do(t testing.TB, req *http.Request) (int, map[string]any) {
	t.Helper()
	status, body, _ := p.exchange(t, req)
	return status, body
}

func (p *tpp) exchange(t testing.TB, req *http.Request) (int, map[string]any, http.Header) {
	t.Helper()
	response, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &body); err != nil {
			t.Fatalf("not JSON: %s", text)
		}
	}
	return response.StatusCode, body, response.Header
}

// encode is body as JSON, "" for none.
func encode(t testing.TB, body any) string {
	t.Helper()
	if body == nil {
		return ""
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// certificatesAt is a bank's certificate and the roots of a QTSP of another time.
func certificatesAt(t testing.TB, now time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	issuing := qtspAt(t, now)
	certificate, err := issuing.ServerCertificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return certificate, issuing.Pool()
}

var qtsps sync.Map

func qtspAt(t testing.TB, now time.Time) *qtsp.QTSP {
	t.Helper()
	if known, ok := qtsps.Load(now.Unix()); ok {
		return known.(*qtsp.QTSP)
	}
	made, err := qtsp.New(now)
	if err != nil {
		t.Fatal(err)
	}
	known, _ := qtsps.LoadOrStore(now.Unix(), made)
	return known.(*qtsp.QTSP)
}

// useQTSP gives the TPP certificates of a QTSP of another time.
func (p *tpp) useQTSP(t testing.TB, now time.Time) {
	t.Helper()
	issuing := qtspAt(t, now)
	p.qwac = issuing.MustIssue(t, qtsp.Request{Kind: certs.QWAC, Key: p.qwac.Key.Signer()})
	p.sealWith(issuing.MustIssue(t, qtsp.Request{Kind: certs.QSealC, Key: p.seal.Key.Signer()}))
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs:      issuing.Pool(),
		Certificates: []tls.Certificate{*p.qwac.Identity().TLS()},
		Time:         func() time.Time { return now },
	}}
	t.Cleanup(transport.CloseIdleConnections)
	p.client = &http.Client{Transport: transport}
}

func newRequest(t testing.TB, method, address, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}
