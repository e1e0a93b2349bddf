package ui_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/store/people"
)

// writes counts what is written of sessions, and may refuse to write.
type writes struct {
	people.Sessions
	n       atomic.Int32
	refuse  atomic.Bool
	expires atomic.Int64
}

func (w *writes) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	w.n.Add(1)
	w.expires.Store(expiry.UnixMicro())
	if w.refuse.Load() {
		return errors.New("the database is locked")
	}
	return w.Sessions.CommitCtx(ctx, token, data, expiry)
}

// TestReadingWritesNoSession: looking at pages writes the session once in a while,
// for its idle time, and goes on when it cannot be written.
func TestReadingWritesNoSession(t *testing.T) {
	const idle = 30 * time.Minute
	s := newConsole(t)
	w := &writes{Sessions: s.DB.Sessions()}
	s.cfg.Sessions.Store, s.cfg.Sessions.IdleTimeout = w, idle
	b := s.signedIn(t, "Ada", access.Compliance)
	look := func(n int) int32 {
		t.Helper()
		before := w.n.Load()
		for range n {
			b.get("/").want(t, http.StatusOK, "Ada")
		}
		return w.n.Load() - before
	}
	if n := look(3); n != 0 {
		t.Errorf("looking three times wrote the session %d times", n)
	}
	s.Now = s.Now.Add(time.Minute)
	begin := time.Now()
	if n := look(3); n != 1 {
		t.Errorf("after a minute looking three times wrote the session %d times, want once", n)
	}
	if end := time.UnixMicro(w.expires.Load()); end.Before(begin.Add(idle).Truncate(time.Microsecond)) ||
		end.After(time.Now().Add(idle)) {
		t.Errorf("a session of idle time %s ends at %s, looked at since %s", idle, end, begin)
	}
	w.refuse.Store(true)
	if n := look(2); n != 0 {
		t.Errorf("wrote %d times", n)
	}
	s.Now = s.Now.Add(time.Minute)
	if n := look(1); n != 1 { // refused, and the page is there
		t.Errorf("tried to write %d times", n)
	}
	// What is to be kept is not dropped in silence.
	s.user(t, "Emma", access.Engineer)
	page := s.browser(t).post("/sign-in", url.Values{"link": {s.link(t, "Emma")}})
	if page.status < http.StatusInternalServerError {
		t.Errorf("a session that was not kept: %d at %s", page.status, page.path)
	}
}
