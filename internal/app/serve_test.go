package app_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/stack"
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
	go func() { ended <- s.Serve(ctx, listener) }()
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
