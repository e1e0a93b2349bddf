package federation_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/federation"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/secret"
)

func service(t *testing.T, issuer string, now func() time.Time) *federation.Service {
	t.Helper()
	asks, err := internet.New(internet.Config{Allow: []string{"127.0.0.1"}, Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.SQLite(t)
	return federation.New(federation.Config{
		Providers: []federation.Settings{{
			ID:           "firm",
			Issuer:       issuer,
			ClientID:     "sealkeeper",
			ClientSecret: secret.NewTextString("s3cret-of-the-client"),
		}},
		PublicURL: "https://sealkeeper.example",
		Store:     db,
		Asks:      asks,
		Audit:     audit.New(db, now),
		Now:       now,
	})
}

func begin(ctx context.Context, s *federation.Service) error {
	_, _, err := s.Begin(ctx, access.Caller{}, "firm", federation.ToSignIn, "/")
	return err
}

// While a provider is silent, those who want to sign in with it take few of the places that all requests share: who
// leaves is gone, whoever comes when enough are waiting is told at once, and when it has failed it is left alone.
func TestASilentProviderHoldsFewUp(t *testing.T) {
	asked, fail := make(chan struct{}, 1000), make(chan struct{})
	var times atomic.Int32
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		times.Add(1)
		asked <- struct{}{}
		<-fail
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer silent.Close()
	now := time.Now()
	s := service(t, silent.URL, func() time.Time { return now })
	const many = 1000
	ended := make(chan error, many)
	go func() { ended <- begin(t.Context(), s) }()
	<-asked
	gone, leave := context.WithCancel(t.Context())
	leave()
	go func() { ended <- begin(gone, s) }()
	wantUnavailable(t, <-ended)
	for range many {
		go func() { ended <- begin(t.Context(), s) }()
	}
	for range many - 40 { // all but those who wait
		wantUnavailable(t, <-ended)
	}
	close(fail)
	for range 41 {
		wantUnavailable(t, <-ended)
	}
	wantUnavailable(t, begin(t.Context(), s))
	if n := times.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	now = now.Add(time.Minute)
	wantUnavailable(t, begin(t.Context(), s))
	if n := times.Load(); n != 2 {
		t.Errorf("a minute later, asked %d times", n)
	}
}

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if fault.Code(err) != "provider_unavailable" {
		t.Fatalf("got %v", err)
	}
}

// What a provider answers to a code is in no error, for it may repeat what it was asked.
func TestAnAnswerToACodeIsNotInTheError(t *testing.T) {
	mux := http.NewServeMux()
	provider := httptest.NewServer(mux)
	defer provider.Close()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{
			"issuer":                 provider.URL,
			"authorization_endpoint": provider.URL + "/authorize",
			"token_endpoint":         provider.URL + "/token",
			"jwks_uri":               provider.URL + "/keys",
		})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, secret, _ := r.BasicAuth()
		_, _ = w.Write([]byte("<html>Request: " + secret + r.FormValue("client_secret") + r.FormValue("code")))
	})
	s := service(t, provider.URL, time.Now)
	address, held, err := s.Begin(t.Context(), access.Caller{}, "firm", federation.ToSignIn, "/")
	if err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Complete(t.Context(), access.Caller{}, federation.Answer{
		Provider: "firm",
		State:    to.Query().Get("state"),
		Code:     "c0de-of-the-customer",
		Held:     held,
	})
	if fault.Code(err) != "provider_exchange" {
		t.Fatalf("got %v", err)
	}
	for _, text := range []string{"s3cret-of", "c0de-of", "<html>"} {
		if strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats it: %v", err)
		}
	}
}
