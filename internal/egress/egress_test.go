package egress_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/client/clienttest"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/internal/egress"
	"github.com/sealkeeper/sealkeeper/internal/local"
	"github.com/sealkeeper/sealkeeper/secret"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// way is a proxy on a unix socket, a Sealkeeper with one registration, and a bank.
type way struct {
	t            *testing.T
	server       *clienttest.Server
	registration *clienttest.Registration
	set          *source.Set
	proxy        *egress.Proxy
	bank         string // host:port
	plain        *http.Client
}

func newWay(t *testing.T, bank http.HandlerFunc, token string) *way {
	t.Helper()
	w := &way{t: t, server: clienttest.New(t)}
	at := w.server.StartBank(bank)
	w.bank = strings.TrimPrefix(at, "https://")
	w.registration = w.server.Add("Shop", "bank-sandbox")
	w.registration.Activate()
	var err error
	w.set, err = source.OpenAll(t.Context(), source.Config{Client: w.server.Config(), Instance: "egress"})
	check(t, err)
	t.Cleanup(func() { _ = w.set.Close() })
	w.proxy = egress.New(egress.Config{
		Sources: w.set,
		Token:   secret.NewTextString(token),
		Logger:  slog.New(slog.DiscardHandler),
	})
	socket := filepath.Join(t.TempDir(), "egress.sock")
	listener, err := local.Unix(socket)
	check(t, err)
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info.Mode(), err)
	}
	if _, err := local.Unix(socket); err == nil {
		t.Error("a second one took the socket away from the first")
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() { defer close(ran); _, _ = egress.NewServer(w.proxy, listener).Run(ctx, nil) }()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	w.plain = &http.Client{Transport: transport}
	t.Cleanup(func() { transport.CloseIdleConnections(); stop(); <-ran })
	return w
}

// ask sends a request through the proxy.
func (w *way) ask(url string, header ...string) (*http.Response, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, url, nil)
	check(w.t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := w.plain.Do(r)
	check(w.t, err)
	body, err := io.ReadAll(response.Body)
	check(w.t, err)
	check(w.t, response.Body.Close())
	return response, string(body)
}

// echo tells what reached the bank.
func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Bank", "yes")
	w.WriteHeader(http.StatusTeapot)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"url":    r.URL.String(),
		"host":   r.Host,
		"header": r.Header,
	})
}

// A request reaches the bank as it was, but for what was for the proxy.
func TestForward(t *testing.T) {
	w := newWay(t, echo, "")
	response, body := w.ask("http://"+w.bank+"/a%2Fb?x=1;y&z", "Sealkeeper-Registration", w.registration.ID,
		"Proxy-Authorization", "Bearer x", "X-Mine", "1", "Cookie", "a=b")
	var got struct {
		URL, Host string
		Header    http.Header
	}
	check(t, json.Unmarshal([]byte(body), &got))
	if response.StatusCode != http.StatusTeapot || response.Header.Get("Bank") != "yes" ||
		response.Header.Get(egress.HeaderError) != "" {
		t.Errorf("the answer is %s %v", response.Status, response.Header)
	}
	if got.URL != "/a%2Fb?x=1;y&z" || got.Host != w.bank || got.Header.Get("X-Mine") != "1" ||
		got.Header.Get("Cookie") != "a=b" {
		t.Errorf("the bank got %+v", got)
	}
	for name := range got.Header {
		if strings.HasPrefix(name, "Sealkeeper-") || strings.HasPrefix(name, "Proxy-") ||
			strings.HasPrefix(name, "X-Forwarded") {
			t.Errorf("the bank got %s", name)
		}
	}
}

func TestRefusals(t *testing.T) {
	w := newWay(t, echo, "")
	for _, test := range []struct {
		name, url, registration, code string
		status                        int
	}{
		{"another host", "http://elsewhere.example/", "", "server_unknown", http.StatusMisdirectedRequest},
		{"another port", "http://127.0.0.1:1/", "", "server_unknown", http.StatusMisdirectedRequest},
		{"another registration", "http://" + w.bank, "r-9", "registration_unknown", http.StatusNotFound},
		{
			"another host of the registration",
			"http://elsewhere.example/",
			w.registration.ID,
			"server_unknown",
			http.StatusMisdirectedRequest,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			response, body := w.ask(test.url, egress.HeaderRegistration, test.registration)
			if response.StatusCode != test.status || response.Header.Get(egress.HeaderError) != test.code ||
				!strings.Contains(body, test.code) {
				t.Errorf("got %s %s", response.Status, body)
			}
		})
	}
	other := w.server.Add("Other", "bank-sandbox")
	other.Activate()
	for w.set.Source("Other", "bank-sandbox") == nil || w.set.Source("Other", "bank-sandbox").Status().Version == 0 {
		for _, s := range w.set.Sources() {
			if s.Name().ID == other.ID && s.Status().Version == 0 {
				check(t, s.WaitUntilUpdated(t.Context()))
			}
		}
	}
	if response, _ := w.ask("http://" + w.bank); response.Header.Get(egress.HeaderError) != "lookup_ambiguous" {
		t.Errorf("two registrations with the server: %s", response.Status)
	}
	if response, _ := w.ask("http://"+w.bank, egress.HeaderRegistration, other.ID); response.StatusCode != 418 {
		t.Errorf("one of two: %s", response.Status)
	}
	w.registration.Block()
	src := w.set.Source("Shop", "bank-sandbox")
	for src.Status().Version > 0 {
		check(t, src.WaitUntilUpdated(t.Context()))
	}
	response, _ := w.ask("http://"+w.bank, egress.HeaderRegistration, w.registration.ID)
	if response.StatusCode != http.StatusConflict || response.Header.Get(egress.HeaderError) != "not_ready" {
		t.Errorf("not ready: %s %v", response.Status, response.Header)
	}
	if response, _ := w.ask("http://egress/healthz"); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("health with one that is not ready: %s", response.Status)
	}
}

// On TCP nothing is answered without the token, the status page included.
func TestToken(t *testing.T) {
	w := newWay(t, echo, "a token of the proxy")
	for _, test := range []struct {
		header string
		status int
	}{
		{"", http.StatusProxyAuthRequired},
		{"Bearer another", http.StatusProxyAuthRequired},
		{"Basic !", http.StatusProxyAuthRequired},
		{"Bearer a token of the proxy", http.StatusTeapot},
	} {
		response, _ := w.ask("http://"+w.bank, "Proxy-Authorization", test.header)
		if response.StatusCode != test.status {
			t.Errorf("%q: %s", test.header, response.Status)
		}
	}
	if response, _ := w.ask("http://egress/status"); response.StatusCode != http.StatusProxyAuthRequired {
		t.Errorf("the status page: %s", response.Status)
	}
	web := httptest.NewServer(w.proxy)
	t.Cleanup(web.Close)
	through, err := url.Parse(strings.Replace(web.URL, "http://", "http://x:a%20token%20of%20the%20proxy@", 1))
	check(t, err)
	proxied := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(through)}}
	response, err := proxied.Get("http://" + w.bank + "/")
	check(t, err)
	check(t, response.Body.Close())
	if response.StatusCode != http.StatusTeapot {
		t.Errorf("as http_proxy: %s", response.Status)
	}
	for _, address := range []string{"0.0.0.0:0", "192.0.2.1:1", ":0", "example.com:80"} {
		if _, err := local.Loopback(address); err == nil {
			t.Errorf("%s is listened on", address)
		}
	}
}

// What is sent reaches the other side while the rest is still to come, both ways.
func TestStreams(t *testing.T) {
	w := newWay(t, func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() {
			_, _ = io.WriteString(w, "got "+lines.Text()+"\n")
			_ = http.NewResponseController(w).Flush()
		}
	}, "")
	body, send := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+w.bank+"/", body)
	check(t, err)
	go func() { _, _ = io.WriteString(send, "one\n") }()
	response, err := w.plain.Do(r)
	check(t, err)
	lines := bufio.NewScanner(response.Body)
	for _, next := range []string{"two", "three", ""} {
		if !lines.Scan() {
			t.Fatalf("the answer ended before %q: %v", next, lines.Err())
		}
		if next != "" {
			_, err = io.WriteString(send, next+"\n")
			check(t, err)
		}
	}
	if lines.Text() != "got three" {
		t.Errorf("got %q", lines.Text())
	}
	check(t, send.Close())
	check(t, response.Body.Close())
}

func TestStatusAndMetrics(t *testing.T) {
	w := newWay(t, echo, "")
	w.ask("http://" + w.bank)
	response, text := w.ask("http://egress/status")
	if response.StatusCode != http.StatusOK || !strings.Contains(text, `"Shop"`) || !strings.Contains(text, "r-1") {
		t.Errorf("got %s\n%s", response.Status, text)
	}
	_, text = w.ask("http://egress/status", "Accept", "application/json")
	var got struct {
		Healthy       bool
		Registrations []struct{ Version int }
	}
	check(t, json.Unmarshal([]byte(text), &got))
	if !got.Healthy || len(got.Registrations) != 1 || got.Registrations[0].Version != 1 {
		t.Errorf("got %s", text)
	}
	counted := `sealkeeper_egress_requests_total{registration="r-1",status="418"} 1`
	for text = ""; !strings.Contains(text, counted) && t.Context().Err() == nil; { // once the answer is given
		_, text = w.ask("http://egress/metrics")
	}
	for _, line := range []string{
		`sealkeeper_egress_version{institution="bank-sandbox",registration="r-1"} 1`,
		`sealkeeper_egress_signatures_total{institution="bank-sandbox",registration="r-1"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%s is not in\n%s", line, text)
		}
	}
}

// Descriptors that systemd hands to another process are not ours.
func TestInherited(t *testing.T) {
	for _, test := range []struct {
		fds, pid string
		fails    bool
	}{{"", "", false}, {"1", "1", false}, {"2", "", true}, {"2", strconv.Itoa(os.Getpid()), true}} {
		listener, err := egress.Inherited(func(name string) string {
			return map[string]string{"LISTEN_FDS": test.fds, "LISTEN_PID": test.pid}[name]
		})
		if listener != nil || (err != nil) != test.fails {
			t.Errorf("%+v: %v, %v", test, listener, err)
		}
	}
}

// A listener that systemd made is used only where nobody else can connect to it.
func TestInheritedListenersArePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	public, err := net.Listen("tcp", "0.0.0.0:0")
	check(t, err)
	loopback, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	socket, err := net.Listen("unix", path)
	check(t, err)
	for _, test := range []struct {
		name     string
		listener net.Listener
		mode     os.FileMode
		refused  bool
	}{
		{"every address", public, 0, true},
		{"this machine", loopback, 0, false},
		{"a socket for everybody", socket, 0o666, true},
		{"a socket for a group", socket, 0o660, false},
		{"a socket for one user", socket, 0o600, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.mode != 0 {
				check(t, os.Chmod(path, test.mode))
			}
			if err := egress.Private(test.listener.Addr()); (err != nil) != test.refused {
				t.Errorf("got %v", err)
			}
		})
	}
	for _, l := range []net.Listener{public, loopback, socket} {
		_ = l.Close()
	}
}

// A token of the bank is added where it is asked for, and another one when the bank refuses it. The program never has
// one.
func TestBankTokens(t *testing.T) {
	const good = 3 // the first that the bank takes
	w := newWay(t, func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		token := r.Header.Get("Authorization")
		if r.Header.Get("Sealkeeper-Token") != "" {
			t.Error("the bank is told of the header")
		}
		if n, _ := strconv.Atoi(token[strings.LastIndex(token, "-")+1:]); n < good {
			rw.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = fmt.Fprintf(rw, "%s %s", token[:strings.LastIndex(token, "-")], body)
	}, "")
	url := "http://" + w.bank + "/accounts"
	response, _ := w.ask(url, "Sealkeeper-Token", "consent") // 1, and then 2
	if response.StatusCode != http.StatusUnauthorized || response.Header.Get("Sealkeeper-Error") != "" {
		t.Errorf("refused twice: %d, %v", response.StatusCode, response.Header)
	}
	response, body := w.ask(url, "Sealkeeper-Token", "consent")
	if response.StatusCode != http.StatusOK || body != "Bearer consent " {
		t.Errorf("with the third: %d, %q", response.StatusCode, body)
	}
	route := "POST /v1/tls/{registration}/bank-tokens"
	asked := w.server.Asked(route)
	w.ask(url, "Sealkeeper-Token", "consent")
	if n := w.server.Asked(route); n != asked || n != 3 {
		t.Errorf("asked for %d tokens, and then for %d", asked, n)
	}
	response, body = w.ask(url, "Sealkeeper-Token", "payments")
	if response.StatusCode != http.StatusUnauthorized || body != "Bearer  " {
		t.Errorf("the application's own: %d, %q", response.StatusCode, body)
	}
	response, _ = w.ask(url, "Sealkeeper-Token", "consent", "Authorization", "Bearer mine")
	if code := response.Header.Get("Sealkeeper-Error"); code != "token_twice" {
		t.Errorf("with one of its own: %q", code)
	}
	// A body that comes as a stream is not sent again; the next request has the other token.
	post := func() *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url,
			io.MultiReader(strings.NewReader("body")))
		check(t, err)
		r.Header.Set("Sealkeeper-Token", "other")
		response, err := w.plain.Do(r)
		check(t, err)
		_, _ = io.Copy(io.Discard, response.Body)
		check(t, response.Body.Close())
		return response
	}
	for i, want := range []int{401, 401, 200} {
		if response := post(); response.StatusCode != want {
			t.Errorf("post %d: %d", i, response.StatusCode)
		}
	}
	response, _ = w.ask(url, "Sealkeeper-Token", strings.Repeat("a", 65))
	if code := response.Header.Get("Sealkeeper-Error"); code != "consent_unknown" {
		t.Errorf("a long id: %q", code)
	}
	w.server.Tokens() // the account's own is refused
	response, _ = w.ask(url, "Sealkeeper-Token", "third")
	if code := response.Header.Get("Sealkeeper-Error"); code == "" || response.StatusCode == http.StatusOK {
		t.Errorf("without a token of the account: %d, %q", response.StatusCode, code)
	}
}

// A bank that refuses a new token for one resource is asked for the others with it all the same, and Sealkeeper is not
// asked for another each time.
func TestBankTokenThatIsTooNewForAnother(t *testing.T) {
	var calls atomic.Int32
	w := newWay(t, func(rw http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.URL.Path == "/forbidden" {
			rw.WriteHeader(http.StatusUnauthorized)
		}
	}, "")
	w.server.EarlyFor(time.Minute)
	for i, path := range []string{"/forbidden", "/accounts", "/forbidden", "/accounts"} {
		want := http.StatusOK
		if path == "/forbidden" {
			want = http.StatusUnauthorized
		}
		response, _ := w.ask("http://"+w.bank+path, "Sealkeeper-Token", "consent")
		if code := response.Header.Get("Sealkeeper-Error"); response.StatusCode != want || code != "" {
			t.Errorf("%d: %d, %q", i, response.StatusCode, code)
		}
	}
	if n, asked := calls.Load(), w.server.Asked("POST /v1/tls/{registration}/bank-tokens"); n != 4 || asked != 2 {
		t.Errorf("%d calls of the bank, and %d of Sealkeeper", n, asked)
	}
}
