package audit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/origin"
)

// gatehouse is a log with a clock to turn.
type gatehouse struct {
	*audit.Log
	store *memory
	now   time.Time
}

func newGatehouse() *gatehouse {
	g := &gatehouse{store: &memory{}, now: time.Date(2027, 1, 23, 12, 0, 0, 0, time.UTC)}
	g.Log = audit.New(g.store, func() time.Time { return g.now })
	return g
}

// knock is a bad token from an address.
func (g *gatehouse) knock(t *testing.T, address string) {
	t.Helper()
	ctx := origin.Begin(t.Context(), address)
	bad := fault.New(fault.Unauthenticated, "token_invalid", "This token is not good.")
	if err := g.Refuse(ctx, access.Caller{}, access.TokenUse, "", bad); !errors.Is(err, bad) {
		t.Fatal(err)
	}
}

func (g *gatehouse) settle(t *testing.T, everything bool) {
	t.Helper()
	if err := g.Settle(t.Context(), everything); err != nil {
		t.Fatal(err)
	}
}

// A connector that reads again and again what it may not leaves one entry at once,
// and one that says how often it was.
func TestRepeatedRefusalsAreOneEntry(t *testing.T) {
	g := newGatehouse()
	con := access.Caller{ID: "c1", Name: "con", Grant: &access.Grant{}}
	for range 520 {
		ctx := origin.Begin(t.Context(), "192.0.2.7")
		if err := g.Permit(ctx, con, access.CertList, ""); !errors.Is(err, fault.Denied) {
			t.Fatalf("got %v, want denied", err)
		}
		g.now = g.now.Add(4 * time.Millisecond)
	}
	if len(g.store.entries) != 1 {
		t.Fatalf("520 refusals left %d entries at once, want 1", len(g.store.entries))
	}
	g.settle(t, false)
	if len(g.store.entries) != 1 {
		t.Fatal("the count was written before it was due")
	}
	g.now = g.now.Add(time.Minute)
	g.settle(t, false)
	g.settle(t, true)
	if len(g.store.entries) != 2 {
		t.Fatalf("got %d entries, want 2", len(g.store.entries))
	}
	got := g.store.entries[1]
	if got.CallerID != "c1" || got.Action != access.CertList || got.Outcome != audit.Denied ||
		got.Detail != "not_permitted: 519 more from 2027-01-23T12:00:00Z to 2027-01-23T12:00:02Z" {
		t.Errorf("got %+v", got)
	}
	if address, _ := got.From(); address != "192.0.2.7" {
		t.Errorf("from %q", address)
	}
}

// 1,000 bad tokens a second, for an hour and from one address, and then from everywhere.
func TestKnockingFillsNoLog(t *testing.T) {
	g := newGatehouse()
	for second := range 3600 {
		for range 10 { // as good as 1,000
			g.knock(t, "198.51.100.1")
		}
		g.now = g.now.Add(time.Second)
		if second%10 == 0 {
			g.settle(t, false)
		}
	}
	if n := len(g.store.entries); n > 8 {
		t.Errorf("an hour of bad tokens from one address left %d entries", n)
	}
	before := len(g.store.entries)
	for i := range 20_000 {
		g.knock(t, fmt.Sprintf("10.0.%d.%d", i/256%256, i%256))
		g.knock(t, fmt.Sprintf("2001:db8:1:1::%x", i)) // all one network
	}
	g.settle(t, true)
	if n := len(g.store.entries) - before; n > 2*64+2 {
		t.Errorf("40,000 bad tokens from 20,001 networks left %d entries", n)
	}
	total := before
	for _, e := range g.store.entries[before:] {
		var more int
		if _, err := fmt.Sscanf(e.Detail, "token_invalid: %d more", &more); err != nil {
			more = 1
		}
		total += more
	}
	if total < 40_000 {
		t.Errorf("the entries speak of %d refusals", total)
	}
}

// What nobody could write is counted on, and written when it can be.
func TestRefusalsOutliveAnOutage(t *testing.T) {
	g := newGatehouse()
	g.knock(t, "192.0.2.1")
	g.knock(t, "192.0.2.1")
	g.store.broken = errors.New("disk full")
	if err := g.Settle(t.Context(), true); !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	g.knock(t, "192.0.2.1")
	g.store.broken = nil
	g.settle(t, true)
	if n := len(g.store.entries); n != 2 || !strings.Contains(g.store.entries[1].Detail, "2 more") {
		t.Errorf("got %+v", g.store.entries)
	}
}

// Who hangs up at once was there all the same.
func TestHangingUpHidesNoRefusal(t *testing.T) {
	g := newGatehouse()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	bad := fault.New(fault.Unauthenticated, "link_invalid", "This link is not good.")
	if err := g.Refuse(ctx, access.Caller{}, access.SessionStart, "", bad); !errors.Is(err, bad) {
		t.Fatal(err)
	}
	if len(g.store.entries) != 1 {
		t.Errorf("got %+v", g.store.entries)
	}
}

func TestRefusalsAtTheSameTime(t *testing.T) {
	g := newGatehouse()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { g.knock(t, "192.0.2.1") })
	}
	all.Wait()
	g.settle(t, true)
	if n := len(g.store.entries); n != 2 || !strings.Contains(g.store.entries[1].Detail, "49 more") {
		t.Errorf("got %+v", g.store.entries)
	}
}

func TestEntriesNameTheirRequest(t *testing.T) {
	g := newGatehouse()
	ctx := origin.Begin(t.Context(), "192.0.2.9")
	if err := g.Authorize(ctx, officer, access.CertImport, "c1"); err != nil {
		t.Fatal(err)
	}
	address, request := g.store.entries[0].From()
	if address != "192.0.2.9" || request == "" || request != origin.Of(ctx).Request {
		t.Errorf("from %q, request %q", address, request)
	}
	g.store.entries[0].Origin = "192.0.2.10 " + request
	if report, err := g.Verify(t.Context()); err != nil || report.Broken == nil {
		t.Errorf("another address was not noticed: %+v, %v", report, err)
	}
}

// An entry that names no request has the hash that it has always had.
func TestHashOfOlderEntriesStays(t *testing.T) {
	store, _ := written(t, 1)
	const want = "08e90f34200d732900edb6c64ac2a453fb883aa22854174cd42498718dc79727"
	if got := store.entries[0].Hash; got != want {
		t.Errorf("the hash is %s, was %s", got, want)
	}
}
