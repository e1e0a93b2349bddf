package audit_test

import (
	"context"
	"errors"
	"math"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// memory is a store an intruder can write to.
type memory struct {
	mu      sync.Mutex
	entries []audit.Entry
	broken  error
}

func (m *memory) AppendAudit(_ context.Context, next func(audit.Entry) []audit.Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	var newest audit.Entry
	if len(m.entries) > 0 {
		newest = m.entries[len(m.entries)-1]
	}
	m.entries = append(m.entries, next(newest)...)
	return nil
}

func (m *memory) AuditEntries(_ context.Context, from int64, limit int) ([]audit.Entry, error) {
	var out []audit.Entry
	for _, e := range m.entries {
		if e.Seq >= from && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func (m *memory) LatestAudit(_ context.Context, limit int) ([]audit.Entry, error) {
	return m.AuditEntries(context.Background(), int64(len(m.entries)-limit+1), limit)
}

func (m *memory) AuditPage(_ context.Context, _ access.Reach, q listing.Query) (listing.Page[audit.Entry], error) {
	entries, err := m.LatestAudit(context.Background(), q.Limit)
	return listing.Page[audit.Entry]{Items: entries}, err
}

var (
	officer = access.Caller{ID: "u1", Name: "Ada", Roles: []access.Role{access.Compliance}}
	auditor = access.Caller{ID: "u2", Name: "Bob", Roles: []access.Role{access.Auditor}}
)

func written(t *testing.T, n int) (*memory, *audit.Log) {
	t.Helper()
	store := &memory{}
	log := audit.New(store, func() time.Time { return time.Date(2027, 1, 23, 0, 0, 0, 0, time.UTC) })
	for range n {
		if err := log.Authorize(t.Context(), officer, access.CertImport, "c1"); err != nil {
			t.Fatal(err)
		}
	}
	return store, log
}

func TestVerifyNamesTheFirstBrokenEntry(t *testing.T) {
	for name, test := range map[string]struct {
		tamper func(m *memory)
		seq    int64
		reason string
	}{
		"added code":    {func(m *memory) { m.entries[2].Code = "x" }, 3, "changed"},
		"changed value": {func(m *memory) { m.entries[3].Args[0] = "2" }, 4, "changed"},
		"lost value":    {func(m *memory) { m.entries[3].Args = nil }, 4, "changed"},
		"lost code":     {func(m *memory) { m.entries[3].Code, m.entries[3].Args = "", nil }, 4, "changed"},
		"changed field": {func(m *memory) { m.entries[2].Object = "c2" }, 3, "changed"},
		"moved between": {func(m *memory) {
			m.entries[2].CallerID, m.entries[2].CallerName = "u", "1Ada"
		}, 3, "changed"},
		"later time": {func(m *memory) {
			m.entries[0].At = m.entries[0].At.Add(time.Microsecond)
		}, 1, "changed"},
		"removed":       {func(m *memory) { m.entries = append(m.entries[:1], m.entries[2:]...) }, 2, "missing"},
		"first removed": {func(m *memory) { m.entries = m.entries[1:] }, 1, "missing"},
		"rewritten end": {func(m *memory) { m.entries[3] = m.entries[4]; m.entries[3].Seq = 4 }, 4, "hash"},
		"swapped": {func(m *memory) {
			m.entries[1], m.entries[2] = m.entries[2], m.entries[1]
		}, 2, "missing"},
		"put before": {func(m *memory) {
			m.entries = slices.Insert(m.entries, 0, audit.Entry{Seq: 0, Object: "c0"})
		}, 0, "number 1"},
		"put far before": {func(m *memory) {
			m.entries = slices.Insert(m.entries, 0, audit.Entry{Seq: math.MinInt64})
		}, math.MinInt64, "number 1"},
		"moved before":       {func(m *memory) { m.entries[0].Seq = -1 }, -1, "number 1"},
		"previous hash lost": {func(m *memory) { m.entries[4].PrevHash = audit.GenesisHash }, 5, "before"},
	} {
		t.Run(name, func(t *testing.T) {
			store, log := written(t, 3)
			ended := note.New("version", "version %d", 1)
			if err := log.Finish(t.Context(), officer, access.BundleActivate, "r1", ended, nil); err != nil {
				t.Fatal(err)
			}
			if err := log.Authorize(t.Context(), officer, access.CertImport, "c1"); err != nil {
				t.Fatal(err)
			}
			test.tamper(store)
			report, err := log.Verify(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if report.Broken == nil || report.Broken.Seq != test.seq || !strings.Contains(report.Broken.Reason,
				test.reason) {
				t.Errorf("got %+v, want entry %d with a reason about %q", report.Broken, test.seq, test.reason)
			}
		})
	}
}

func TestVerifyWholeLog(t *testing.T) {
	for _, n := range []int{0, 1, 2500} { // more than one batch
		_, log := written(t, n)
		report, err := log.Verify(t.Context())
		if err != nil || report.Broken != nil || report.Entries != int64(n) {
			t.Errorf("%d entries: got %+v, %v", n, report, err)
		}
	}
}

func TestHeadShowsThatTheEndWasCutOff(t *testing.T) {
	store, log := written(t, 5)
	head := "5:" + store.entries[4].Hash
	if err := log.Holds(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	store.entries = store.entries[:4]
	if report, _ := log.Verify(t.Context()); report.Broken != nil {
		t.Fatal("a chain alone cannot show this")
	}
	if err := log.Holds(t.Context(), head); !errors.Is(err, fault.Conflict) {
		t.Errorf("got %v, want a conflict", err)
	}
	for _, bad := range []string{"", "5", "x:y", "0:abc", "-1:a"} {
		if err := log.Holds(t.Context(), bad); !errors.Is(err, fault.Invalid) {
			t.Errorf("head %q: got %v", bad, err)
		}
	}
}

func TestAuthorizeRecordsRefusals(t *testing.T) {
	store, log := written(t, 0)
	if err := log.Authorize(t.Context(), auditor, access.CertImport, "c1"); !errors.Is(err, fault.Denied) {
		t.Fatalf("got %v, want denied", err)
	}
	if got := store.entries[0]; got.Outcome != audit.Denied || got.CallerID != "u2" {
		t.Errorf("got %+v", got)
	}
}

func TestWhatCannotBeAuditedDoesNotHappen(t *testing.T) {
	store, log := written(t, 0)
	store.broken = errors.New("disk full")
	if err := log.Authorize(t.Context(), officer, access.CertImport, "c1"); !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
}

func TestFinishKeepsTheActsError(t *testing.T) {
	store, log := written(t, 0)
	cause := fault.New(fault.Invalid, "key_mismatch", "The key belongs to another certificate.")
	unused := note.New("unused", "unused")
	if err := log.Finish(t.Context(), officer, access.CertImport, "c1", unused, cause); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	got := store.entries[0]
	if got.Outcome != audit.Failed || got.Code != "key_mismatch" || got.Detail != cause.Message {
		t.Errorf("got %+v", got)
	}
}

func TestFinishIsWrittenAfterTheCallerHungUp(t *testing.T) {
	store, log := written(t, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := log.Finish(ctx, officer, access.CertImport, "c1", note.Note{}, nil)
	if err != nil || len(store.entries) != 1 {
		t.Errorf("got %v and %d entries", err, len(store.entries))
	}
}

func TestPermitRecordsOnlyRefusals(t *testing.T) {
	store, log := written(t, 0)
	if _, err := log.Latest(t.Context(), auditor, 10); err != nil || len(store.entries) != 0 {
		t.Errorf("got %v and %d entries", err, len(store.entries))
	}
	stranger := access.Caller{ID: "u3"}
	if _, err := log.Latest(t.Context(), stranger, 10); !errors.Is(err, fault.Denied) || len(store.entries) != 1 {
		t.Errorf("got %v and %d entries", err, len(store.entries))
	}
}

// Reading the log is in the log: once, however many pages of one question are read within a while.
func TestReadingIsRecorded(t *testing.T) {
	store, log := written(t, 0)
	stranger := access.Caller{ID: "u3"}
	for _, q := range []string{"", "limit=1", "object=c1", "object=c1&sort=at", "object=c2"} {
		values, err := url.ParseQuery(q)
		if err != nil {
			t.Fatal(err)
		}
		query, err := audit.Listed.Parse(values)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := log.Page(t.Context(), auditor, query); err != nil {
			t.Fatal(err)
		}
		if _, err := log.Page(t.Context(), stranger, query); !errors.Is(err, fault.Denied) {
			t.Errorf("a stranger reads: %v", err)
		}
	}
	var objects []string
	for _, e := range store.entries {
		if e.Outcome == audit.Done && e.Action == access.AuditRead && e.CallerID == auditor.ID {
			objects = append(objects, e.Object)
		}
	}
	if !slices.Equal(objects, []string{"", "c1", "c2"}) {
		t.Errorf("readings of %q are recorded", objects)
	}
}
