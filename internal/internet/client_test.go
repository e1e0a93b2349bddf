package internet_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/internet"
)

func client(t *testing.T, cfg internet.Config) *internet.Client {
	t.Helper()
	c, err := internet.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func server(t *testing.T, f http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, c *internet.Client, url string) (internet.Answer, error) {
	t.Helper()
	return c.Ask(t.Context(), internet.Question{Purpose: "test", URL: url})
}

func wantCode(t *testing.T, what string, err error, want string) {
	t.Helper()
	if _, code, message := fault.Public(err); err == nil || code != want {
		t.Errorf("%s: got %q (%s: %v), want %s", what, code, message, err, want)
	}
}

// counted is what the metrics say, each result with its number.
func counted(t *testing.T, c *internet.Client) string {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(c.Metrics())
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				if label.GetName() == "result" {
					all = append(all, fmt.Sprint(label.GetValue(), " ", m.GetCounter().GetValue()))
				}
			}
		}
	}
	return strings.Join(all, ", ")
}

func TestAddressesInsideAreNotAsked(t *testing.T) {
	var asked atomic.Int64
	inside := server(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	port := inside.URL[strings.LastIndex(inside.URL, ":"):]
	c := client(t, internet.Config{})
	for _, url := range []string{
		inside.URL,                                     // on a loopback address
		"http://localhost" + port, "http://localhost/", // names are looked at as resolved
		"http://10.0.0.1/", "http://172.31.255.255/", "http://192.168.1.1/", "http://0.0.0.0/",
		"http://100.64.0.1/", "http://100.100.100.200/", // CGNAT
		"http://169.254.169.254/latest/meta-data/", "http://168.63.129.16/", // metadata
		"http://224.0.0.1/", "http://255.255.255.255/", "http://[ff02::1]/",
		"http://[::1]/", "http://[::]/", "http://[fe80::1]/", "http://[fe80::1%25lo]/", "http://[fd00:ec2::254]/",
		"http://[::ffff:169.254.169.254]/", "http://[::ffff:7f00:1]" + port, // IPv4-mapped
		"http://[::127.0.0.1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[2002:7f00:1::]/", "http://[2001:db8::1]/",
	} {
		_, err := get(t, c, url)
		wantCode(t, url, err, "outgoing_inside")
	}
	if asked.Load() > 0 {
		t.Errorf("%d requests arrived", asked.Load())
	}
	if got := counted(t, c); got != "outgoing_inside 25" {
		t.Errorf("counted: %s", got)
	}
}

func TestOnlyWebAddressesAreAsked(t *testing.T) {
	c := client(t, internet.Config{})
	for url, want := range map[string]string{
		"ldap://pki.example/cn=ca":              "outgoing_url",
		"file:///etc/passwd":                    "outgoing_url",
		"http:///ca.cer":                        "outgoing_url",
		"http://user:pass@pki.example/":         "outgoing_url",
		"":                                      "outgoing_url",
		"http://a/" + strings.Repeat("b", 3000): "outgoing_url",
		"http://192.175.48.1:22/":               "outgoing_port",
		"https://192.175.48.1:8443/":            "outgoing_port",
	} {
		_, err := get(t, c, url)
		wantCode(t, url, err, want)
	}
}

func TestAllowedOnesAreAsked(t *testing.T) {
	s := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for _, allow := range []string{"127.0.0.1", "127.0.0.0/8"} {
		answer, err := get(t, client(t, internet.Config{Allow: []string{allow}}), s.URL)
		if err != nil || string(answer.Body) != "here" || answer.Status != 200 {
			t.Errorf("%s: %q, %v", allow, answer.Body, err)
		}
	}
	byName := client(t, internet.Config{Allow: []string{"LocalHost"}})
	if _, err := get(t, byName, "http://localhost"+port); err != nil {
		t.Errorf("by name: %v", err)
	}
	_, err := get(t, byName, s.URL)
	wantCode(t, "the address of an allowed name", err, "outgoing_inside")
	for _, wrong := range []string{"", "http://pki.example", "*.example", "a:80", "10.0.0.0/33"} {
		if _, err := internet.New(internet.Config{Allow: []string{wrong}}); err == nil {
			t.Errorf("%q is taken for a host or a network", wrong)
		}
	}
}

func TestRedirectsAreLookedAt(t *testing.T) {
	var to string
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/there":
			_, _ = io.WriteString(w, "there")
		case "/circle":
			http.Redirect(w, r, "/circle", http.StatusFound)
		default:
			http.Redirect(w, r, to, http.StatusFound)
		}
	})
	c := client(t, internet.Config{Allow: []string{"127.0.0.1"}})
	for target, want := range map[string]string{
		"http://169.254.169.254/latest/meta-data/": "outgoing_inside",
		"http://[::ffff:10.0.0.1]/":                "outgoing_inside",
		"http://[::1]/":                            "outgoing_inside",
		"http://192.175.48.1:25/":                  "outgoing_port",
		"gopher://pki.example/":                    "outgoing_url",
		"/circle":                                  "outgoing_redirects",
	} {
		to = target
		_, err := get(t, c, s.URL)
		wantCode(t, target, err, want)
	}
	to = "/there"
	answer, err := get(t, c, s.URL)
	if err != nil || string(answer.Body) != "there" || answer.URL != s.URL+"/there" {
		t.Errorf("got %q from %s, %v", answer.Body, answer.URL, err)
	}
	answer, err = c.Ask(t.Context(), internet.Question{Purpose: "test", URL: s.URL, Method: http.MethodPost})
	if wantCode(t, "a POST", err, "outgoing_status"); answer.Status != http.StatusFound {
		t.Errorf("a POST follows a redirect: %d", answer.Status)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	const huge = 200 << 20
	var sent atomic.Int64
	done := make(chan struct{}, 1)
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/declared" {
			w.Header().Set("Content-Length", "209715200")
			return
		}
		for chunk := make([]byte, 64<<10); sent.Load() < huge; {
			n, err := w.Write(chunk)
			if sent.Add(int64(n)); err != nil {
				break
			}
		}
		done <- struct{}{}
	})
	c := client(t, internet.Config{Allow: []string{"127.0.0.1"}})
	_, err := get(t, c, s.URL+"/declared")
	wantCode(t, "a declared length", err, "outgoing_too_large")
	_, err = get(t, c, s.URL)
	wantCode(t, "an endless answer", err, "outgoing_too_large")
	if <-done; sent.Load() > huge/4 {
		t.Errorf("%d MB of 200 were taken", sent.Load()>>20)
	}
}

// An error is kept in memory, however much the file may have that was asked for.
func TestErrorsAreBounded(t *testing.T) {
	const huge = 64 << 20
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/declared" {
			w.Header().Set("Content-Length", fmt.Sprint(2<<20))
		}
		if r.URL.Path != "/fine" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write(make([]byte, 2<<20))
	})
	c := client(t, internet.Config{Allow: []string{"127.0.0.1"}})
	for _, path := range []string{"/declared", "/endless"} {
		for _, into := range []io.Writer{nil, io.Discard} {
			answer, err := c.Ask(t.Context(), internet.Question{
				Purpose:  "test",
				URL:      s.URL + path,
				MaxBytes: huge,
				Into:     into,
			})
			wantCode(t, path, err, "outgoing_status")
			if len(answer.Body) != 1<<20 {
				t.Errorf("%s: %d bytes of it are kept", path, len(answer.Body))
			}
		}
	}
	answer, err := c.Ask(t.Context(), internet.Question{Purpose: "test", URL: s.URL + "/fine", MaxBytes: huge})
	if err != nil || len(answer.Body) != 2<<20 {
		t.Errorf("of a file that may be large came %d bytes: %v", len(answer.Body), err)
	}
}

func TestWaitingIsBounded(t *testing.T) {
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/drip" { // a byte that arrives keeps no question open
			_, _ = w.Write([]byte{0})
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	})
	c := client(t, internet.Config{Allow: []string{"127.0.0.1"}, Timeout: 200 * time.Millisecond})
	for _, path := range []string{"/silent", "/drip"} {
		_, err := get(t, c, s.URL+path)
		wantCode(t, path, err, "outgoing_slow")
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	patient := client(t, internet.Config{Allow: []string{"127.0.0.1"}, Timeout: time.Hour})
	_, err := patient.Ask(gone, internet.Question{Purpose: "test", URL: s.URL + "/silent"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who left waits: %v", err)
	}
}

func TestStatusIsAnError(t *testing.T) {
	s := server(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	answer, err := get(t, client(t, internet.Config{Allow: []string{"127.0.0.1"}}), s.URL)
	if wantCode(t, "404", err, "outgoing_status"); answer.Status != http.StatusNotFound {
		t.Errorf("the status is %d", answer.Status)
	}
	s.Close()
	_, err = get(t, client(t, internet.Config{Allow: []string{"127.0.0.1"}}), s.URL)
	wantCode(t, "nobody there", err, "outgoing_failed")
}

func TestAnswersAreKept(t *testing.T) {
	var asked atomic.Int64
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_, _ = w.Write(bytes.Repeat([]byte{1}, 4000))
	})
	now := time.Now()
	c := client(t, internet.Config{
		Allow:      []string{"127.0.0.1"},
		CacheBytes: 24 << 10,
		Now:        func() time.Time { return now },
	})
	ask := func(path string) bool {
		before := asked.Load()
		answer, err := c.Ask(t.Context(), internet.Question{Purpose: "test", URL: s.URL + path, KeepFor: time.Hour})
		if err != nil || len(answer.Body) != 4000 {
			t.Fatalf("%d bytes, %v", len(answer.Body), err)
		}
		if answer.Cached == (asked.Load() > before) {
			t.Errorf("%s: cached is %v, and the server was asked %d times", path, answer.Cached, asked.Load()-before)
		}
		return answer.Cached
	}
	if ask("/a") || !ask("/a") {
		t.Error("the second answer is not the first one's")
	}
	if now = now.Add(time.Hour); ask("/a") {
		t.Error("an answer is given after its time")
	}
	for _, other := range []string{"/b", "/c", "/d", "/e"} {
		ask(other)
	}
	if ask("/a") || !ask("/e") {
		t.Error("the oldest answer did not give way to newer ones")
	}
	if _, err := get(t, c, s.URL+"/e"); err != nil || asked.Load() != 8 {
		t.Errorf("who wants no kept answer got one: %d, %v", asked.Load(), err)
	}
}

func TestProxy(t *testing.T) {
	var seen []string
	proxy := server(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.RequestURI+" "+r.Header.Get("Proxy-Authorization"))
		if r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		_, _ = io.WriteString(w, "by proxy")
	})
	secrets := map[string]string{}
	for _, name := range []string{"user", "password"} {
		secrets[name] = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(secrets[name], []byte(name+"-1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := client(t, internet.Config{
		ProxyURL:          proxy.URL,
		ProxyUserFile:     secrets["user"],
		ProxyPasswordFile: secrets["password"],
	})
	answer, err := get(t, c, "http://pki.invalid/ca.cer")
	sign := "Basic " + base64.StdEncoding.EncodeToString([]byte("user-1:password-1"))
	if err != nil || string(answer.Body) != "by proxy" || seen[0] != "GET http://pki.invalid/ca.cer "+sign {
		t.Errorf("got %q, %v; the proxy saw %q", answer.Body, err, seen)
	}
	_, err = get(t, c, "https://pki.invalid/ca.cer")
	if wantCode(t, "CONNECT refused", err, "outgoing_proxy"); strings.Contains(err.Error(), "password-1") {
		t.Errorf("the password is in %q", err)
	}
	for url, want := range map[string]string{
		"http://169.254.169.254/":  "outgoing_inside",
		"http://localhost/":        "outgoing_inside",
		"http://pki.invalid:8080/": "outgoing_port",
	} {
		_, err := get(t, c, url)
		wantCode(t, url, err, want)
	}
	proxy.Close()
	_, err = get(t, c, "https://pki.invalid/ca.cer")
	wantCode(t, "no proxy", err, "outgoing_proxy")
	_, err = get(t, c, "http://pki.invalid/ca.cer")
	wantCode(t, "no proxy", err, "outgoing_proxy")
}

func TestNobodyIsAsked(t *testing.T) {
	var off *internet.Client
	_, err := get(t, off, "http://192.175.48.1/")
	if wantCode(t, "off", err, "outgoing_off"); counted(t, off) != "" {
		t.Error("something is counted")
	}
}
