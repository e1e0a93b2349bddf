package app_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// When the service stops, what it has counted is written.
func TestCountedRefusalsAreWrittenAtTheEnd(t *testing.T) {
	db := storetest.SQLite(t)
	s := stack.Wire(t, db, stack.Embedded(t, db), time.Now)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener, nil) }()
	for range 5 {
		knock(t, "http://"+listener.Addr().String())
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	entries, err := db.LatestAudit(t.Context(), 500)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, e := range entries {
		if e.Action == access.TokenUse && e.Outcome == audit.Denied {
			said = append(said, e.Detail)
		}
	}
	if len(said) != 2 || !strings.HasPrefix(said[0], "token_invalid: 4 more from ") ||
		said[1] != "This request needs a valid bearer token in its Authorization header." {
		t.Errorf("the log says %q", said)
	}
}

// TestDrain: a service that is told to stop says so first, goes on serving meanwhile, and ends what waits for changes.
// What operators ask is answered on their listener alone.
func TestDrain(t *testing.T) {
	db := storetest.SQLite(t)
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.New(app.Config{
		DB:        db,
		Custody:   stack.Embedded(t, db),
		Catalogue: banks,
		PublicURL: "http://127.0.0.1",
		Drain:     time.Hour,
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	s.DrainUntil(drained)
	public, operators := listener(t), listener(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, public, operators) }()
	for _, path := range []string{"/readyz", "/metrics"} {
		if status, _ := ask(t, public, path); status != http.StatusNotFound && status != http.StatusSeeOther {
			t.Errorf("the public listener answers %s with %d", path, status)
		}
		if status, _ := ask(t, operators, path); status != http.StatusOK {
			t.Errorf("the operators' listener answers %s with %d", path, status)
		}
	}
	if status, _ := ask(t, operators, "/v1/certificates"); status != http.StatusNotFound {
		t.Errorf("the operators' listener answers the API with %d", status)
	}
	kept, err := net.Dial("tcp", public.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	if again(t, kept).Close {
		t.Error("a connection is closed before the service stops")
	}
	stop()
	for {
		status, body := ask(t, operators, "/readyz")
		if status == http.StatusServiceUnavailable {
			if !strings.Contains(body, "This replica is stopping") {
				t.Errorf("not ready, because %s", body)
			}
			break
		}
	}
	if status, _ := ask(t, public, "/healthz"); status != http.StatusOK {
		t.Errorf("while it drains, the service answers %d", status)
	}
	// A load balancer may be using the connection just now: it is closed with an answer.
	if answer := again(t, kept); answer.StatusCode != http.StatusOK || !answer.Close {
		t.Errorf("on a connection that was kept: %d, closing %t", answer.StatusCode, answer.Close)
	}
	close(drained)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// again asks for /healthz on a connection that stays open.
func again(t *testing.T, conn net.Conn) *http.Response {
	t.Helper()
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return answer
}

func ask(t *testing.T, l net.Listener, path string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func knock(t *testing.T, address string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/v1/certificates", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer nonsense")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("a bad token is answered with %d", answer.StatusCode)
	}
}
