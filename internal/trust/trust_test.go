package trust_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/internal/trust"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A certificate goes from unchecked to granted to withdrawn; what was read last counts through an outage of 30 days, a
// forged list and a restart, and nothing without anchors.
func TestFromGrantedToWithdrawn(t *testing.T) { storetest.Each(t, testFromGrantedToWithdrawn) }

func testFromGrantedToWithdrawn(t *testing.T, db *store.DB) {
	ctx, now := t.Context(), time.Now()
	server := httptest.NewUnstartedServer(nil)
	base := "http://" + server.Listener.Addr().String()
	q, err := qtsp.NewAt(now, base)
	check(t, err)
	service, err := qtsp.NewService(q, func() time.Time { return now })
	check(t, err)
	var unchanged atomic.Bool
	var told atomic.Int32
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Last-Modified", "Sun, 29 Nov 2026 08:00:00 GMT")
		if unchanged.Load() && r.Header.Get("If-Modified-Since") == "Sun, 29 Nov 2026 08:00:00 GMT" {
			told.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		service.ServeHTTP(w, r)
	})
	server.Start()
	t.Cleanup(server.Close)
	asks, err := internet.New(internet.Config{Allow: []string{"127.0.0.1"}})
	check(t, err)
	var anchors []*certs.Certificate
	for _, c := range service.Anchors() {
		anchor, err := certs.ParseCertificate(c.Raw)
		check(t, err)
		anchors = append(anchors, anchor)
	}
	started := func(anchors ...*certs.Certificate) *trust.Service { // as after a restart
		return trust.New(trust.Config{
			Store:   db,
			Asks:    asks,
			LOTL:    base + qtsp.ListOfListsPath,
			Anchors: anchors,
			Now:     func() time.Time { return now },
		})
	}
	leaf := q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256}).Certificate
	want := func(s *trust.Service, state trust.State) trust.Verdict {
		t.Helper()
		v, err := s.Judge(ctx, leaf, nil)
		if check(t, err); v.State != state {
			t.Fatalf("%s, want %s", v.State, state)
		}
		return v
	}
	read := func(s *trust.Service) {
		t.Helper()
		_, err := s.ReadDue(ctx)
		check(t, err)
	}
	s := started(anchors...)
	want(s, trust.NotChecked)
	read(s)
	if v := want(s, "granted"); v.AtIssue != "granted" || v.Provider == "" || v.List.SHA256 == "" || v.Overdue(now) {
		t.Errorf("%+v", v)
	}
	want(started(), trust.NotChecked)     // without anchors
	want(started(leaf), trust.NotChecked) // with others
	want(trust.New(trust.Config{
		Store:   db,
		LOTL:    base + qtsp.ListOfListsPath,
		Anchors: anchors,
		Now:     func() time.Time { return now },
	}), trust.NotChecked) // where nobody is asked any more
	now = now.Add(12 * time.Hour) // a list that has not changed is not sent again
	unchanged.Store(true)
	read(s)
	if v := want(s, "granted"); !v.List.ReadAt.Equal(now.UTC().Truncate(time.Microsecond)) || told.Load() == 0 {
		t.Errorf("not changed: read at %s, told %d times", v.List.ReadAt, told.Load())
	}
	unchanged.Store(false)
	before := service.Asked()[qtsp.TrustedListPath] // nothing is due
	read(s)
	if after := service.Asked()[qtsp.TrustedListPath]; after != before {
		t.Errorf("asked %d times more", after-before)
	}

	for _, mishap := range []qtsp.Mishap{qtsp.Silent, qtsp.Forged, qtsp.Lapsed, qtsp.FromTomorrow, qtsp.BrokenOff} {
		service.Have(mishap)
		now = now.AddDate(0, 0, 6)
		s = started(anchors...)
		read(s)
		taken := mishap == qtsp.Lapsed // newer than what is known, and past its next update
		if v := want(s, "granted"); !v.Overdue(now) || v.List.ReadAt.After(now.AddDate(0, 0, -5)) != taken {
			t.Errorf("%s: read at %s", mishap, v.List.ReadAt)
		}
	}
	service.Have(qtsp.None)
	service.SetStatus("withdrawn")
	now = now.Add(12 * time.Hour)
	read(s)
	if v := want(s, "withdrawn"); v.AtIssue != "granted" || v.Current.Since.IsZero() {
		t.Errorf("%+v", v)
	}
	service.Pivot()
	service.SetStatus("granted")
	now = now.Add(12 * time.Hour)
	read(s)
	want(s, "granted")
}
