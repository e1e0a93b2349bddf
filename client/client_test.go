package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// service is a real service, with a bank and a QTSP.
type service struct {
	*stack.Stack
	url string
}

func serve(t *testing.T) service {
	t.Helper()
	s := stack.New(t)
	handler, err := s.Handler()
	check(t, err)
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	return service{s, web.URL}
}

// as returns the client of a new user.
func (s service) as(t *testing.T, name string, roles ...access.Role) *client.Client {
	t.Helper()
	_, err := s.Identity.AddUser(t.Context(), name, roles)
	check(t, err)
	token, err := s.Identity.NewToken(t.Context(), name, time.Hour)
	check(t, err)
	c, err := client.New(client.Config{URL: s.url, Token: token})
	check(t, err)
	return c
}

// service returns the client of a new service account.
func (s service) service(t *testing.T, name string) *client.Client {
	t.Helper()
	_, token := s.Service(name, access.Transport)
	c, err := client.New(client.Config{URL: s.url, Token: token})
	check(t, err)
	return c
}

// TestErrorsCrossTheWire: kind, code and sentence are those of the service.
func TestErrorsCrossTheWire(t *testing.T) {
	s := serve(t)
	admin, connector := s.as(t, "Grace", access.Admin), s.service(t, "con")
	stranger, err := client.New(client.Config{URL: s.url, Token: secret.NewTextString("hunter2")})
	check(t, err)
	issued := s.QTSP.MustIssue(t, qtsp.Request{})
	pair := client.Files{Files: []certs.File{
		{Name: "cert.pem", Data: issued.CertificatePEM()},
		{Name: "cert.key", Data: issued.KeyPEM()},
	}}
	_, err = admin.ImportCertificates(t.Context(), pair)
	check(t, err)
	tests := []struct {
		name string
		kind fault.Kind
		code string
		ask  func(context.Context) (any, error)
	}{
		{"what is not there", fault.NotFound, "registration_unknown", func(ctx context.Context) (any, error) {
			return admin.GetRegistration(ctx, "../..")
		}},
		{"what a role may not do", fault.Denied, "not_permitted", func(ctx context.Context) (any, error) {
			return connector.ListCertificates(ctx, client.CertificateFilter{})
		}},
		{"a token that is none", fault.Unauthenticated, "token_invalid", func(ctx context.Context) (any, error) {
			return stranger.ListInstitutions(ctx)
		}},
		{"what is there already", fault.Conflict, "certificate_exists", func(ctx context.Context) (any, error) {
			return admin.ImportCertificates(ctx, pair)
		}},
		{"what is wrong", fault.Invalid, "redirect_uri_missing", func(ctx context.Context) (any, error) {
			return admin.AddApplication(ctx, api.NewApplication{Name: "x"})
		}},
		{"what is too large", fault.TooLarge, "body_too_large", func(ctx context.Context) (any, error) {
			return admin.AddOrganization(ctx, api.NewOrganization{LegalName: strings.Repeat("x", 65<<10)})
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.ask(t.Context())
			if !errors.Is(err, test.kind) {
				t.Errorf("%v is not of the kind %s", err, test.kind)
			}
			kind, code, message := fault.Public(err)
			if kind != test.kind || code != test.code || message == "" || err.Error() != message {
				t.Errorf("got %s %s %q", kind, code, message)
			}
			if strings.Contains(fmt.Sprintf("%#v", err), "hunter2") {
				t.Errorf("the token is in %#v", err)
			}
		})
	}
}

// TestFiles: what is uploaded with a passphrase is read, and what is kept comes back.
// Through the whole service, a repeated call is answered as the first, and nothing is done twice.
func TestCallsUnderAKey(t *testing.T) {
	c := serve(t).as(t, "ada", access.Compliance)
	ctx := client.WithIdempotencyKey(t.Context(), "a \"key\"")
	o := api.NewOrganization{
		LegalName:              "Exemple",
		Country:                "FR",
		OrganizationIdentifier: "PSDFR-ACPR-12345",
		ContactEmail:           "psd2@exemple.example",
	}
	first, err := c.AddOrganization(ctx, o)
	check(t, err)
	again, err := c.AddOrganization(ctx, o)
	if err != nil || again.ID != first.ID {
		t.Errorf("again: %+v, %v", again, err)
	}
	o.LegalName = "Autre"
	if _, err := c.AddOrganization(ctx, o); !errors.Is(err, fault.Invalid) {
		t.Errorf("another one under the key: %v", err)
	}
}

func TestFiles(t *testing.T) {
	s := serve(t)
	officer := s.as(t, "Ada", access.Compliance)
	issued := s.QTSP.MustIssue(t, qtsp.Request{})
	p12, err := issued.PKCS12("pass")
	check(t, err)
	files := client.Files{Files: []certs.File{{Name: "qwac.p12", Data: p12}}}
	if _, err := officer.InspectCertificates(t.Context(), files); !errors.Is(err, fault.Invalid) {
		t.Errorf("without a passphrase: %v", err)
	}
	files.Passphrase = secret.NewTextString("pass")
	files.Name = "ours"
	inspected, err := officer.InspectCertificates(t.Context(), files)
	check(t, err)
	if len(inspected) != 1 || !inspected[0].HasKey || inspected[0].Kind != certs.QWAC {
		t.Errorf("inspected: %+v", inspected)
	}
	stored, err := officer.ImportCertificates(t.Context(), files)
	check(t, err)
	if len(stored) != 1 || stored[0].Name != "ours" || stored[0].State != api.CertificateStored ||
		stored[0].SHA256 != inspected[0].SHA256 || stored[0].KeyMode != api.KeyHeld {
		t.Errorf("stored: %+v", stored)
	}
}

func TestAddresses(t *testing.T) {
	for address, code := range map[string]string{
		"https://sealkeeper.example":           "",
		"https://sealkeeper.example/":          "",
		"https://sealkeeper.example/v1":        "",
		"https://example.com/sealkeeper/v1/":   "",
		"http://127.0.0.1:8420":                "",
		"http://[::1]:8420":                    "",
		"http://LOCALHOST":                     "",
		"http://sealkeeper.example":            "server_insecure",
		"http://127.0.0.1.example":             "server_insecure",
		"http://localhost.example":             "server_insecure",
		"http://10.0.0.1":                      "server_insecure",
		"https://user:pass@sealkeeper.example": "server_invalid",
		"https://sealkeeper.example?x=y":       "server_invalid",
		"sealkeeper.example":                   "server_invalid",
		"ftp://sealkeeper.example":             "server_invalid",
		"https://":                             "server_invalid",
		"":                                     "server_invalid",
	} {
		t.Run(address, func(t *testing.T) {
			_, err := client.New(client.Config{URL: address})
			if code == "" {
				check(t, err)
				return
			}
			if err == nil || fault.Code(err) != code {
				t.Errorf("got %v, want %s", err, code)
			}
		})
	}
}

// to returns a client of a handler.
func to(t *testing.T, handler http.HandlerFunc, cfg client.Config) *client.Client {
	t.Helper()
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	cfg.URL = web.URL
	if cfg.TokenFunc == nil {
		cfg.Token = secret.NewTextString("token")
	}
	c, err := client.New(cfg)
	check(t, err)
	return c
}

// refused fails the test unless the error is of the kind and code.
func refused(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	if got := fault.Code(err); !errors.Is(err, kind) || got != code {
		t.Errorf("got %s: %v; want %s %s", got, err, kind, code)
	}
}

// TestRedirects: the token goes nowhere else, whatever the client that was given does of itself.
func TestRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("it went to %s, with %q", r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(other.Close)
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}, client.Config{HTTPClient: &http.Client{}})
	_, err := c.ListInstitutions(t.Context())
	refused(t, err, fault.Invalid, "answer_unexpected")
}

// TestOtherAnswers: what answers and is not Sealkeeper is not taken for it.
func TestOtherAnswers(t *testing.T) {
	tests := []struct {
		name, media, body string
		status            int
		kind              fault.Kind
		code              string
	}{
		{"a proxy's page", "text/html", "<h1>Bad Gateway</h1>", 502, fault.Unavailable, "answer_unexpected"},
		{"another API's error", "application/json", `{"code":"x","detail":"y"}`, 404, fault.NotFound,
			"answer_unexpected"},
		{"an empty problem", api.ProblemType, `{}`, 409, fault.Conflict, "answer_unexpected"},
		{"a page", "text/html", "<h1>Hello</h1>", 200, fault.Unavailable, "answer_unreadable"},
		{"too many requests", "text/plain", "slow down", 429, fault.Unavailable, "answer_unexpected"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := to(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.media)
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}, client.Config{})
			_, err := c.ListInstitutions(t.Context())
			refused(t, err, test.kind, test.code)
		})
	}
}

// TestAnswersAreBounded: nobody who answers can fill the memory.
func TestAnswersAreBounded(t *testing.T) {
	c := to(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 1<<20)
		for range 1 << 10 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
		t.Error("all of it was read")
	}, client.Config{})
	_, err := c.ListInstitutions(t.Context())
	refused(t, err, fault.TooLarge, "answer_too_large")
}

// TestCallsEnd: with their context, and without one that ends with the client's own bound.
func TestCallsEnd(t *testing.T) {
	waits := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	t.Run("at the bound", func(t *testing.T) {
		_, err := to(t, waits, client.Config{Timeout: time.Millisecond}).ListInstitutions(t.Context())
		refused(t, err, fault.Unavailable, client.Unreachable)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the cause is not told: %v", err)
		}
	})
	t.Run("with the context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := to(t, func(w http.ResponseWriter, r *http.Request) {
			cancel()
			waits(w, r)
		}, client.Config{})
		if _, err := c.ListInstitutions(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("the cause is not told: %v", err)
		}
	})
}

// TestTokens: a function is asked at each call, and what it says counts.
func TestTokens(t *testing.T) {
	var got []string
	made := 0
	down := errors.New("no token today")
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
		_, _ = io.WriteString(w, "[]")
	}, client.Config{TokenFunc: func(context.Context) (secret.Text, error) {
		if made++; made == 3 {
			return secret.Text{}, down
		}
		return secret.NewTextString(fmt.Sprintf("t%d", made)), nil
	}})
	for range 2 {
		_, err := c.ListInstitutions(t.Context())
		check(t, err)
	}
	if _, err := c.ListInstitutions(t.Context()); !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
	if want := []string{"Bearer t1", "Bearer t2"}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("sent %v, want %v", got, want)
	}
	none, err := client.New(client.Config{URL: "http://127.0.0.1:1"})
	check(t, err)
	_, err = none.ListInstitutions(t.Context())
	refused(t, err, fault.Unauthenticated, "token_missing")
}
