package client_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
)

// exchanges is a service that gives tokens for JWTs, each named by its number, and takes the newest alone.
type exchanges struct {
	t       *testing.T
	jwts    []string
	down    bool
	refuses int // calls that it refuses the token of
	calls   int
}

// RoundTrip implements http.RoundTripper.
func (e *exchanges) RoundTrip(r *http.Request) (*http.Response, error) {
	status, kind, body := http.StatusOK, "application/json", "{}"
	switch {
	case r.URL.Path == "/v1/token" && e.down:
		return nil, errors.New("down")
	case r.URL.Path == "/v1/token":
		if r.Header.Get("Authorization") != "" {
			e.t.Error("the exchange shows a token")
		}
		check(e.t, r.ParseForm())
		if r.PostForm.Get("client_id") != "reports" {
			e.t.Errorf("the exchange is %v", r.PostForm)
		}
		e.jwts = append(e.jwts, r.PostForm.Get("subject_token"))
		body = fmt.Sprintf(`{"access_token": "skp_%d", "expires_in": 3600, "token_type": "Bearer"}`, len(e.jwts))
	case e.refuses > 0 || r.Header.Get("Authorization") != fmt.Sprintf("Bearer skp_%d", len(e.jwts)):
		e.refuses--
		status, kind = http.StatusUnauthorized, "application/problem+json"
		body = `{"code": "token_invalid", "detail": "No.", "status": 401}`
	default:
		e.calls++
	}
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {kind}},
		Body:       io.NopCloser(strings.NewReader(body)),
		Request:    r,
	}, nil
}

func TestWorkloadExchangesItsTokenInTimeAWSHelper64(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	synctest.Test(t, func(t *testing.T) {
		e := &exchanges{t: t}
		c, err := client.New(client.Config{
			URL:          "https://sealkeeper.example",
			WorkloadFunc: client.TokenFile(file),
			Account:      "reports",
			HTTPClient:   &http.Client{Transport: e},
		})
		check(t, err)
		call := func() error {
			_, err := c.ListTLS(t.Context())
			return err
		}
		if code := fault.Code(call()); code != "token_file_unreadable" {
			t.Errorf("without the file: %q", code)
		}
		put := func(text string) { check(t, os.WriteFile(file, []byte(text), 0o600)) }
		put("first\n")
		check(t, call())
		put("second\n")
		time.Sleep(39 * time.Minute)
		check(t, call())
		time.Sleep(2 * time.Minute) // two thirds of the hour are over
		check(t, call())
		if want := []string{"first", "second"}; strings.Join(e.jwts, " ") != strings.Join(want, " ") {
			t.Errorf("exchanged %q", e.jwts)
		}
		e.down = true
		time.Sleep(59 * time.Minute) // the token that there is goes on
		check(t, call())
		time.Sleep(2 * time.Minute)
		if err := call(); !errors.Is(err, fault.Unavailable) {
			t.Errorf("with nothing: %v", err)
		}
		e.down = false
		check(t, call())
		e.refuses = 1 // revoked: another one is asked for
		check(t, call())
		e.refuses = 2
		if err := call(); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("refused twice: %v", err)
		}
		put("")
		e.refuses = 1
		if code := fault.Code(call()); code != "token_file_unreadable" {
			t.Errorf("with an empty file: %q", code)
		}
	})
}
