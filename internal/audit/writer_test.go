package audit_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// slow is a store whose first append waits to be let go.
type slow struct {
	memory
	begun, letGo chan struct{}
	appends      int
}

func newSlow() *slow { return &slow{begun: make(chan struct{}), letGo: make(chan struct{})} }

func (s *slow) AppendAudit(ctx context.Context, next func(audit.Entry) []audit.Entry) error {
	s.appends++
	if s.appends == 1 {
		close(s.begun)
		<-s.letGo
	}
	return s.memory.AppendAudit(ctx, next)
}

func TestWhatGathersIsWrittenTogether(t *testing.T) { synctest.Test(t, whatGathersIsWrittenTogether) }

func whatGathersIsWrittenTogether(t *testing.T) {
	store := newSlow()
	log := audit.New(store, time.Now)
	var all sync.WaitGroup
	record := func() {
		if err := log.Record(t.Context(), officer, access.CertImport, "c1", audit.Done, note.Note{}); err != nil {
			t.Error(err)
		}
	}
	all.Go(record)
	<-store.begun
	const more = 300 // two batches
	for range more {
		all.Go(record)
	}
	synctest.Wait()
	close(store.letGo)
	all.Wait()
	if store.appends != 3 {
		t.Errorf("%d entries took %d transactions, want 3", more+1, store.appends)
	}
	report, err := log.Verify(t.Context())
	if err != nil || report.Broken != nil || report.Entries != more+1 {
		t.Errorf("got %+v, %v", report, err)
	}
}

func TestEveryoneWhoGatheredHearsTheFailure(t *testing.T) {
	synctest.Test(t, everyoneWhoGatheredHearsTheFailure)
}

func everyoneWhoGatheredHearsTheFailure(t *testing.T) {
	store := newSlow()
	store.broken = errors.New("disk full")
	log := audit.New(store, time.Now)
	var all sync.WaitGroup
	record := func() {
		if err := log.Authorize(t.Context(), officer, access.CertImport, "c1"); !errors.Is(err, fault.Unavailable) {
			t.Errorf("got %v, want unavailable", err)
		}
	}
	all.Go(record)
	<-store.begun
	for range 5 {
		all.Go(record)
	}
	synctest.Wait()
	close(store.letGo)
	all.Wait()
}

// Who hangs up while waiting leaves no entry; who hangs up while writing loses nobody's.
func TestHangingUpTouchesNobodyElse(t *testing.T) { synctest.Test(t, hangingUpTouchesNobodyElse) }

func hangingUpTouchesNobodyElse(t *testing.T) {
	store := newSlow()
	log := audit.New(store, time.Now)
	writing, hangUp := context.WithCancel(t.Context())
	waiting, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	record := func(ctx context.Context, object string, want bool) {
		all.Go(func() {
			err := log.Record(ctx, officer, access.CertImport, object, audit.Done, note.Note{})
			if (err == nil) != want {
				t.Errorf("%s: got %v", object, err)
			}
		})
	}
	record(writing, "c1", true)
	<-store.begun
	record(waiting, "c2", false)
	record(t.Context(), "c3", true)
	synctest.Wait()
	hangUp()
	leave()
	synctest.Wait()
	close(store.letGo)
	all.Wait()
	if len(store.entries) != 2 || store.entries[0].Object != "c1" || store.entries[1].Object != "c3" {
		t.Errorf("got %+v", store.entries)
	}
}

func TestEntriesAreText(t *testing.T) {
	store, log := written(t, 0)
	detail := note.New("x", "%s", "\x00\xff")
	if err := log.Record(t.Context(), officer, access.CertImport, "a\x00b\xff", audit.Denied, detail); err != nil {
		t.Fatal(err)
	}
	if got := store.entries[0]; got.Object != "a?b?" || got.Args[0] != "??" || got.Detail != "??" {
		t.Errorf("got %+v", got)
	}
}

// What somebody puts into an address is not kept whole for good.
func TestObjectsAreBounded(t *testing.T) {
	store, log := written(t, 0)
	long := strings.Repeat("é", 16<<10)
	err := log.Refuse(t.Context(), access.Caller{}, access.SessionStart, long, fault.New(fault.Denied, "x", "X."))
	if fault.Code(err) != "x" {
		t.Fatal(err)
	}
	if got := store.entries[0].Object; len(got) > 1010 || !strings.HasPrefix(long, strings.TrimSuffix(got, "…")) ||
		got == "" {
		t.Errorf("%d bytes are kept: %.50s", len(got), got)
	}
}

// panicking is a store that panics once.
type panicking struct {
	memory
	done bool
}

func (p *panicking) AppendAudit(ctx context.Context, next func(audit.Entry) []audit.Entry) error {
	if !p.done {
		p.done = true
		panic("a bug in the store")
	}
	return p.memory.AppendAudit(ctx, next)
}

func TestAPanicKeepsNobodyWaiting(t *testing.T) { synctest.Test(t, aPanicKeepsNobodyWaiting) }

func aPanicKeepsNobodyWaiting(t *testing.T) {
	log := audit.New(&panicking{}, time.Now)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = log.Record(t.Context(), officer, access.CertImport, "c1", audit.Done, note.Note{})
	}()
	if err := log.Record(t.Context(), officer, access.CertImport, "c2", audit.Done, note.Note{}); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}

// Health is nil until something could not be written, and again once an entry
// that says so is written. Between, the database is not tried at every question.
func TestHealthKnowsTheLastAttempt(t *testing.T) { synctest.Test(t, healthKnowsTheLastAttempt) }

func healthKnowsTheLastAttempt(t *testing.T) {
	store := &counted{}
	log := audit.New(store, time.Now)
	if err := log.Health(t.Context()); err != nil || store.appends != 0 {
		t.Fatalf("before anything: %v, %d attempts", err, store.appends)
	}
	store.broken = errors.New("disk full")
	for range 3 {
		_ = log.Record(t.Context(), officer, access.CertImport, "c1", audit.Done, note.Note{})
	}
	for range 10 {
		if err := log.Health(t.Context()); faultCode(err) != "audit_unwritable" {
			t.Fatalf("while nothing can be written: %v", err)
		}
	}
	if store.appends != 3+1 || log.Refused() != 3+1 {
		t.Errorf("%d attempts, %d refused; want the three and one of Health's", store.appends, log.Refused())
	}
	store.broken = nil
	time.Sleep(6 * time.Second) // of the test's clock
	for range 3 {
		if err := log.Health(t.Context()); err != nil {
			t.Errorf("after the outage: %v", err)
		}
	}
	entries, err := store.LatestAudit(t.Context(), 10)
	if err != nil || len(entries) != 1 || entries[0].Action != access.AuditResume ||
		!strings.Contains(entries[0].Detail, "4 entries could not be written") {
		t.Errorf("the log says %+v, %v", entries, err)
	}
}

// counted is a store that counts attempts.
type counted struct {
	memory
	appends int
}

func (c *counted) AppendAudit(ctx context.Context, next func(audit.Entry) []audit.Entry) error {
	c.appends++
	return c.memory.AppendAudit(ctx, next)
}

func faultCode(err error) string {
	code := fault.Code(err)
	return code
}
