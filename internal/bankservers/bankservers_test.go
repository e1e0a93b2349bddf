package bankservers_test

import (
	"crypto/x509"
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

// What is seen is written once, by several replicas and again after a restart; a host keeps the newest of its
// certificates, and a failing one shows as that.
func TestPresented(t *testing.T) { storetest.Each(t, testPresented) }

func testPresented(t *testing.T, db *store.DB) {
	ctx, now := t.Context(), time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	records := app.NewRecords(db, clock, policy.Values{})
	started := func() *bankservers.Service { return bankservers.New(db, records.Audit, clock) }
	reader := access.OnHost("test", access.Auditor)
	known := func(s *bankservers.Service) []bankservers.Presented {
		t.Helper()
		all, err := s.OfInstitution(ctx, reader, "bank")
		check(t, err)
		return all
	}
	chain := func(n int) []*x509.Certificate {
		return []*x509.Certificate{{Raw: fmt.Append(nil, n), NotAfter: now.AddDate(0, 2, 0)}, {}}
	}
	first, second := started(), started()
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() { first.Saw("bank", "api.bank.example", chain(0), true) })
		calls.Go(func() { second.Saw("bank", "api.bank.example", chain(0), true) })
	}
	calls.Wait()
	check(t, first.Settle(ctx))
	check(t, second.Settle(ctx))
	if all := known(first); len(all) != 1 || all[0].Sent != 2 || !all[0].Trusted || !all[0].FirstSeen.Equal(now) {
		t.Fatalf("%+v", all)
	}
	begin := now
	now = now.Add(time.Minute)
	third := started()
	third.Saw("bank", "api.bank.example", chain(0)[:1], false)
	check(t, third.Settle(ctx))
	if one := known(third)[0]; one.Trusted || one.Sent != 1 || !one.FirstSeen.Equal(begin) || !one.LastSeen.Equal(now) {
		t.Errorf("%+v", one)
	}
	for n := range 40 {
		now = now.Add(time.Minute)
		third.Saw("bank", "api.bank.example", chain(n+1), true)
	}
	third.Saw("other", "api.bank.example", chain(0), true)
	check(t, third.Settle(ctx))
	if all := known(third); len(all) != 32 || !all[0].FirstSeen.Equal(now) {
		t.Errorf("%d are kept, the first %+v", len(all), all[0])
	}
	if _, err := third.OfInstitution(ctx, access.Caller{}, "bank"); err == nil {
		t.Error("who may not read institutions reads this")
	}
}
