package mtls_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// settingsOf trusts the servers of the test.
func settingsOf(t testing.TB) mtls.Settings {
	settings := mtls.Defaults()
	settings.TrustAnchors = tpp.Anchors(qtsp.Must(t))
	return settings
}

func newClient(t testing.TB, source certs.Source) *mtls.Client {
	t.Helper()
	client, err := mtls.New(source, settingsOf(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func get(t testing.TB, client *http.Client, url string) string {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestRotation: after the source has changed, no request presents the former
// certificate, requests in flight finish, and the report says what happened.
func TestRotation(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			server := tpp.Server(t, func(s *httptest.Server) { s.TLS.MaxVersion = version })
			first := tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})
			second := tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})
			source := tpp.Holding(first)
			client := newClient(t, source)

			for range 3 {
				if got := get(t, client.HTTPClient(), server.URL); !strings.HasPrefix(got, first.Certificate.SHA256) {
					t.Fatalf("got %s", got)
				}
			}
			source.Hold(second)
			for range 3 {
				if got := get(t, client.HTTPClient(), server.URL); !strings.HasPrefix(got, second.Certificate.SHA256) {
					t.Fatalf("after the change: %s", got)
				}
			}
			want := map[string]string{strings.TrimPrefix(server.URL, "https://"): second.Certificate.SHA256}
			if diff := cmp.Diff(want, client.Presented()); diff != "" {
				t.Errorf("presented (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRotationUnderLoad: nothing fails while the certificate changes.
func TestRotationUnderLoad(t *testing.T) {
	server := tpp.Server(t, nil)
	issued := []*qtsp.Issued{tpp.Issue(t, qtsp.Request{Kind: certs.QWAC}), tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})}
	source := tpp.Holding(issued[0])
	client := newClient(t, source)

	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for range 100 {
				response, err := client.HTTPClient().Get(server.URL)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		})
	}
	for i := range 4 {
		source.Hold(issued[(i+1)%2])
		get(t, client.HTTPClient(), server.URL) // lets the change be noticed
	}
	workers.Wait()
	if got := get(t, client.HTTPClient(), server.URL); !strings.HasPrefix(got, issued[0].Certificate.SHA256) {
		t.Errorf("at the end: %s", got)
	}
}

// TestFormerConnectionsGo: the connections of the former certificate are
// closed as soon as the change is noticed, though nothing calls that server
// again.
func TestFormerConnectionsGo(t *testing.T) {
	closed := make(chan struct{}, 1)
	former := tpp.Server(t, func(s *httptest.Server) {
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				closed <- struct{}{}
			}
		}
	})
	next := tpp.Server(t, nil)
	source := tpp.Holding(tpp.Issue(t, qtsp.Request{Kind: certs.QWAC}))
	client := newClient(t, source)
	get(t, client.HTTPClient(), former.URL)
	source.Hold(tpp.Issue(t, qtsp.Request{Kind: certs.QWAC}))
	get(t, client.HTTPClient(), next.URL)
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Error("the former connection is still open")
	}
}

// TestSessionsAreResumed: a new connection of the same certificate costs no
// signature.
func TestSessionsAreResumed(t *testing.T) {
	server := tpp.Server(t, nil)
	client := newClient(t, tpp.Holding(tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})))
	if got := get(t, client.HTTPClient(), server.URL); !strings.HasSuffix(got, "HTTP/2.0 full") {
		t.Fatalf("first connection: %s", got)
	}
	client.CloseIdleConnections()
	if got := get(t, client.HTTPClient(), server.URL); !strings.HasSuffix(got, "HTTP/2.0 resumed") {
		t.Errorf("second connection: %s", got)
	}
}

// TestTLSConfigNeverResumesAnotherIdentity drives the configuration alone,
// without the HTTP client that replaces it on a change.
func TestTLSConfigNeverResumesAnotherIdentity(t *testing.T) {
	server := tpp.Server(t, nil)
	first, second := tpp.Issue(t, qtsp.Request{Kind: certs.QWAC}), tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})
	source := tpp.Holding(first)
	transport := &http.Transport{
		TLSClientConfig:   mtls.TLSConfig(source, qtsp.Must(t).Pool()),
		DisableKeepAlives: true,
	}
	client := &http.Client{Transport: transport}
	for i, step := range []struct {
		holder *qtsp.Issued
		want   string
	}{{first, "full"}, {first, "resumed"}, {second, "full"}, {second, "full"}, {first, "full"}} {
		source.Hold(step.holder)
		if got, want := get(t, client, server.URL), step.holder.Certificate.SHA256+" HTTP/1.1 "+step.want; got != want {
			t.Errorf("connection %d: got %s, want %s", i+1, got, want)
		}
	}
}

func TestNoCertificateIsAnError(t *testing.T) {
	server := tpp.Server(t, func(s *httptest.Server) { s.TLS.ClientAuth = tls.RequestClientCert })
	if _, err := newClient(t, tpp.Nothing{}).HTTPClient().Get(server.URL); tpp.FaultCode(err) != "no_certificate" {
		t.Errorf("client: %v", err)
	}
	transport := &http.Transport{TLSClientConfig: mtls.TLSConfig(tpp.Nothing{}, qtsp.Must(t).Pool())}
	if _, err := (&http.Client{Transport: transport}).Get(server.URL); tpp.FaultCode(err) != "no_certificate" {
		t.Errorf("configuration: %v", err)
	}
}

// TestServerIsAlwaysVerified: not even a caller who switches verification
// off gets a connection to an unknown server.
func TestServerIsAlwaysVerified(t *testing.T) {
	server := tpp.Server(t, nil)
	config := mtls.TLSConfig(tpp.Holding(tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})), qtsp.Must(t).Pool())
	config.InsecureSkipVerify = true
	_, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: config}}).Get(server.URL)
	if tpp.FaultCode(err) != "bank_not_verified" {
		t.Errorf("got %v", err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	server := tpp.Server(t, func(s *httptest.Server) {
		s.Config.Handler = http.RedirectHandler("https://elsewhere.example/", http.StatusFound)
	})
	client := newClient(t, tpp.Holding(tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})))
	response, err := client.HTTPClient().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusFound {
		t.Errorf("status %d", response.StatusCode)
	}
}

// TestProxy: a configured proxy is used, and the report still names the bank.
// A bank that does not answer is named in the error; the customer's account is not.
func TestAFailureNamesNoAccount(t *testing.T) {
	server := tpp.Server(t, func(*httptest.Server) {})
	client := newClient(t, tpp.Holding(tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})))
	server.Close()
	url := server.URL + "/accounts/FR7630006000011234567890189/transactions?dateFrom=2026-01-01"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Send(request)
	if !mtls.Unreachable.Is(err) || !strings.Contains(err.Error(), server.Listener.Addr().String()) ||
		strings.Contains(err.Error(), "FR7630006000011234567890189") || strings.Contains(err.Error(), "dateFrom") {
		t.Errorf("got %v", err)
	}
}

func TestProxy(t *testing.T) {
	server := tpp.Server(t, nil)
	host := strings.TrimPrefix(server.URL, "https://")
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method + " " + r.Host)
		tunnel(t, w, r.Host)
	}))
	t.Cleanup(proxy.Close)

	qwac := tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})
	settings := settingsOf(t)
	settings.ProxyURL = proxy.URL
	client, err := mtls.New(qwac.Source(), settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if got := get(t, client.HTTPClient(), server.URL); !strings.HasPrefix(got, qwac.Certificate.SHA256) {
		t.Errorf("got %s", got)
	}
	if asked.Load() != "CONNECT "+host || client.Presented()[host] != qwac.Certificate.SHA256 {
		t.Errorf("the proxy was asked %v; presented %v", asked.Load(), client.Presented())
	}
	if got := mtls.Probe(t.Context(), qwac.Source(), settings, host, "/"); !got.OK {
		t.Errorf("probe: %+v", got)
	}
}

// TestProxyThatStandsInTheWay: what is ours is not said of the bank, in a call and in a probe.
func TestProxyThatStandsInTheWay(t *testing.T) {
	server := tpp.Server(t, nil)
	host := strings.TrimPrefix(server.URL, "https://")
	for name, test := range map[string]struct {
		status int // 0: nobody is there
		code   string
		says   string
	}{
		"wants a user": {407, "proxy_refused", "HTTP 407"},
		"forbids":      {403, "proxy_refused", "HTTP 403"},
		"bad gateway":  {502, "proxy_unreachable", "HTTP 502"},
		"down":         {0, "proxy_unreachable", "could not be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
			}))
			t.Cleanup(proxy.Close)
			if test.status == 0 {
				proxy.Close()
			}
			settings := settingsOf(t)
			settings.ProxyURL = proxy.URL
			client, err := mtls.New(tpp.Issue(t, qtsp.Request{Kind: certs.QWAC}).Source(), settings)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, called := client.Send(req)
			probed := client.Probe(t.Context(), host, "/").Err
			for _, err := range []error{called, probed} {
				if message := fault.Sentence(err); tpp.FaultCode(err) != test.code ||
					!strings.Contains(message, test.says) ||
					!strings.Contains(message, strings.TrimPrefix(proxy.URL, "http://")) {
					t.Errorf("%v", err)
				}
			}
		})
	}
}

// TestProxyWithUserAndPassword: they are in files, and a changed password counts at the next connection.
func TestProxyWithUserAndPassword(t *testing.T) {
	server := tpp.Server(t, nil)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") != "Basic c2VhbGtlZXBlcjpyaWdodA==" { // sealkeeper:right
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		tunnel(t, w, r.Host)
	}))
	t.Cleanup(proxy.Close)
	settings, folder := settingsOf(t), t.TempDir()
	settings.ProxyURL = proxy.URL
	settings.ProxyUserFile, settings.ProxyPasswordFile = folder+"/user", folder+"/password"
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(settings.ProxyUserFile, "sealkeeper")
	qwac := tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})
	probe := func() error {
		return mtls.Probe(t.Context(), qwac.Source(), settings, strings.TrimPrefix(server.URL, "https://"), "/").Err
	}
	if err := probe(); err == nil || strings.HasPrefix(tpp.FaultCode(err), "proxy") {
		t.Errorf("without the file: %v", err)
	}
	write(settings.ProxyPasswordFile, "wrong")
	if err := probe(); tpp.FaultCode(err) != "proxy_refused" || strings.Contains(err.Error(), "wrong") {
		t.Errorf("with the wrong password: %v", err)
	}
	write(settings.ProxyPasswordFile, "right")
	if err := probe(); err != nil {
		t.Errorf("with the right one: %v", err)
	}
}

// tunnel joins the client of a CONNECT with address.
func tunnel(t *testing.T, w http.ResponseWriter, address string) {
	upstream, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	downstream, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = io.WriteString(downstream, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(upstream, downstream)
		_ = upstream.Close()
	}()
	_, _ = io.Copy(downstream, upstream)
	_ = downstream.Close()
}

// TestClosedClientLeavesNothingBehind: whoever still holds the client may go
// on, but each request opens and closes its own settings.
func TestClosedClientLeavesNothingBehind(t *testing.T) {
	server := tpp.Server(t, func(s *httptest.Server) { s.EnableHTTP2 = false })
	client := newClient(t, tpp.Holding(tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})))
	get(t, client.HTTPClient(), server.URL)
	client.Close()
	for range 2 {
		response, err := client.HTTPClient().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if !response.Close {
			t.Error("the connection is kept")
		}
	}
}
