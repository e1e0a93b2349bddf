package bankservers_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// nobody looks at nothing.
type nobody struct{}

func (nobody) Addresses(string) []string { return nil }

func (nobody) Look(context.Context, string, string, [][]string) bankservers.Handshake {
	return bankservers.Handshake{}
}

// world is a database with a clock.
type world struct {
	*testing.T
	db  *store.DB
	now time.Time
}

func newWorld(t *testing.T, db *store.DB) *world {
	return &world{T: t, db: db, now: time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)}
}

func (w *world) started() *bankservers.Service {
	clock := func() time.Time { return w.now }
	records := app.NewRecords(w.db, clock, policy.Values{})
	return bankservers.New(bankservers.Config{Store: w.db, Audit: records.Audit, Banks: nobody{}, Now: clock})
}

var reader = access.OnHost("test", access.Auditor)

func (w *world) known(s *bankservers.Service) []bankservers.Presented {
	w.Helper()
	all, err := s.OfInstitution(w.Context(), reader, "bank")
	check(w.T, err)
	return all
}

// chain is a chain of two by an issuer.
func (w *world) chain(n int, issuer string) []*x509.Certificate {
	return []*x509.Certificate{{
		Raw:      fmt.Append(nil, n),
		NotAfter: w.now.AddDate(0, 2, 0),
		Issuer:   pkix.Name{CommonName: "CA 1", Organization: []string{issuer}},
	}, {Raw: []byte("ca")}}
}

func (w *world) handshake(n int) bankservers.Handshake {
	chain := w.chain(n, "One")
	return bankservers.Handshake{Host: "api.bank.example", Chain: chain, Issuing: chain[1]}
}

// What is seen is written once, by several replicas and again after a restart; a host keeps the newest of its
// certificates, and a failing one shows as that.
func TestPresented(t *testing.T) { storetest.Each(t, testPresented) }

func testPresented(t *testing.T, db *store.DB) {
	w := newWorld(t, db)
	ctx, first, second := t.Context(), w.started(), w.started()
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() { first.Saw("bank", w.handshake(0)) })
		calls.Go(func() { second.Saw("bank", w.handshake(0)) })
	}
	calls.Wait()
	check(t, first.Settle(ctx))
	check(t, second.Settle(ctx))
	all := w.known(first)
	if len(all) != 1 || all[0].Sent != 2 || !all[0].Trusted || !all[0].FirstSeen.Equal(w.now) || all[0].Issuing == "" {
		t.Fatalf("%+v", all)
	}
	begin := w.now
	w.now = w.now.Add(time.Minute)
	third := w.started()
	alone := w.handshake(0)
	alone.Chain, alone.Issuing, alone.Reason = alone.Chain[:1], nil, "chain_incomplete"
	third.Saw("bank", alone)
	check(t, third.Settle(ctx))
	one := w.known(third)[0]
	if one.Trusted || one.Reason != "chain_incomplete" || one.Sent != 1 || one.Issuing != "" ||
		!one.FirstSeen.Equal(begin) || !one.LastSeen.Equal(w.now) {
		t.Errorf("%+v", one)
	}
	for n := range 40 {
		w.now = w.now.Add(time.Minute)
		third.Saw("bank", w.handshake(n+1))
		check(t, third.Settle(ctx))
	}
	third.Saw("other", w.handshake(0))
	check(t, third.Settle(ctx))
	if all := w.known(third); len(all) != 32 || !all[0].FirstSeen.Equal(w.now) {
		t.Errorf("%d are kept, the first %+v", len(all), all[0])
	}
	if _, err := third.OfInstitution(ctx, access.Caller{}, "bank"); err == nil {
		t.Error("who may not read institutions reads this")
	}
}

// What happens at a host is told in its order, what repeats itself once; a new issuer is confirmed by a person.
func TestHistory(t *testing.T) { storetest.Each(t, testHistory) }

func testHistory(t *testing.T, db *store.DB) {
	w := newWorld(t, db)
	ctx, s := t.Context(), w.started()
	step := func(h bankservers.Handshake) {
		t.Helper()
		w.now = w.now.Add(time.Minute)
		s.Saw("bank", h)
		w.now = w.now.Add(20 * time.Second)
		check(t, s.Settle(ctx))
	}
	failed := func(reason bankservers.Reason, alert string) bankservers.Handshake {
		return bankservers.Handshake{Host: "API.bank.example", Reason: reason, Alert: alert}
	}
	step(w.handshake(0))
	step(failed("dns", ""))
	for range 70 {
		step(failed("dns", ""))
	}
	step(failed("alert", "unknown_ca"))
	step(w.handshake(0))
	other := w.handshake(1)
	other.Chain = w.chain(1, "Two")
	other.Reason = "unknown_issuer"
	step(other)
	other.Reason = ""
	step(other)
	said := func() string {
		all, err := s.History(ctx, reader, "bank")
		check(t, err)
		if len(all) != 1 || all[0].Host.Host != "api.bank.example" {
			t.Fatalf("%+v", all)
		}
		text := ""
		for i := range all[0].Events {
			e := all[0].Events[len(all[0].Events)-1-i]
			text += fmt.Sprintf("%s(%s)%d ", e.What, e.Detail, e.Times)
		}
		return text
	}
	want := "first(One)1 failed(dns)71 failed(alert unknown_ca)1 works()1 " +
		"issuer(Two)1 untrusted(unknown_issuer)1 trusted()1 "
	if got := said(); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	all, err := s.History(ctx, reader, "bank")
	check(t, err)
	if !all[0].Confirmable() || all[0].Authority != "One" || !all[0].FailingSince.IsZero() {
		t.Errorf("%+v", all[0])
	}
	officer := access.OnHost("test", access.Compliance)
	if err := s.Confirm(ctx, reader, "bank", "api.bank.example", "Two"); err == nil {
		t.Error("an auditor confirms")
	}
	if err := s.Confirm(ctx, officer, "bank", "api.bank.example", "Three"); err == nil {
		t.Error("an issuer is confirmed that nobody presents")
	}
	check(t, s.Confirm(ctx, officer, "bank", "api.bank.example", "Two"))
	if all, err = s.History(ctx, reader, "bank"); err != nil || all[0].Confirmable() || all[0].Authority != "Two" {
		t.Errorf("%+v, %v", all, err)
	}
}

// A host that presents another certificate at each handshake leaves room for the others.
func TestHostThatPresentsAnything(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	s := w.started()
	for n := range 3000 {
		s.Saw("odd", w.handshake(n))
	}
	s.Saw("bank", w.handshake(0))
	check(t, s.Settle(t.Context()))
	if all := w.known(s); len(all) != 1 {
		t.Errorf("of the other bank %d are known", len(all))
	}
	odd, err := s.History(t.Context(), reader, "odd")
	check(t, err)
	if len(odd) != 1 || len(odd[0].Events) > 60 {
		t.Errorf("%+v", odd)
	}
}
