package bankservers_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// Hosts of a bank in use are looked at once a day, by one replica, without a certificate of ours; what the look shows
// is kept as if a call had seen it. A bank's certificate that ends is a case.
func TestLooks(t *testing.T) {
	s := stack.New(t)
	ctx := t.Context()
	look := func(on *bankservers.Service, want int) {
		t.Helper()
		n, err := on.LookAtDue(ctx)
		check(t, err)
		if n != want {
			t.Errorf("%d looked at, want %d", n, want)
		}
	}
	look(s.BankServers, 0) // nothing is in use
	r := s.ActivateWith(s.QTSP.MustIssue(t, qtsp.Request{}), s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	look(s.BankServers, 0) // it is due within the hour
	s.Now = s.Now.Add(time.Hour)
	look(s.BankServers, 1)
	look(s.Replica().BankServers, 0)
	hosts, err := s.BankServers.History(ctx, stack.Engineer, r.InstitutionID)
	check(t, err)
	if len(hosts) != 1 || len(hosts[0].Presents) != 1 {
		t.Fatalf("%+v", hosts)
	}
	host, presents := hosts[0].Host, hosts[0].Presents[0]
	if !host.LookedAt.Equal(s.Now.Truncate(time.Microsecond)) || host.Reason != "" || !presents.Trusted ||
		presents.Sent != 2 || host.LookAt.Before(s.Now.Add(20*time.Hour)) {
		t.Fatalf("%+v", hosts)
	}
	open := func() (kinds []cases.Kind) {
		t.Helper()
		_, err := s.Cases.Evaluate(ctx)
		check(t, err)
		page, err := s.Cases.Page(ctx, stack.Engineer, cases.Listed.Query())
		check(t, err)
		for _, c := range page.Items {
			if c.Watched.Kind == cases.BankHost {
				kinds = append(kinds, c.Kind)
			}
		}
		return kinds
	}
	if got := open(); len(got) != 0 {
		t.Errorf("open are %v", got)
	}
	s.Now = hosts[0].Presents[0].NotAfter.Add(-10 * 24 * time.Hour)
	if got := open(); !slices.Equal(got, []cases.Kind{cases.BankCertificate}) {
		t.Errorf("ten days before the end of the bank's certificate, open are %v", got)
	}
}

// failing is a bank at one address, of which each look comes to the same until it is changed.
type failing struct{ saw bankservers.Handshake }

func (*failing) Addresses(string) []string { return []string{"api.bank.example:443"} }

func (f *failing) Look(context.Context, string, string, [][]string) bankservers.Handshake {
	return f.saw
}

// used are hosts of a bank that is in use.
type used struct{ *store.DB }

func (used) InUse(context.Context) (map[string][][]string, error) {
	return map[string][][]string{"bank": {{}}}, nil
}

// A host that fails is looked at again within the hour, and fails since the first time until a look works.
func TestAHostThatFailsIsLookedAtSoon(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	bank := &failing{}
	clock := func() time.Time { return w.now }
	s := bankservers.New(bankservers.Config{
		Store: used{w.db},
		Audit: app.NewRecords(w.db, clock, policy.Values{}).Audit,
		Banks: bank,
		Now:   clock,
	})
	look := func(after time.Duration) bankservers.History {
		t.Helper()
		w.now = w.now.Add(after)
		n, err := s.LookAtDue(t.Context())
		if check(t, err); n != 1 {
			t.Fatalf("%d were looked at", n)
		}
		hosts, err := s.History(t.Context(), reader, "bank")
		check(t, err)
		return hosts[0]
	}
	_, err := s.LookAtDue(t.Context()) // from now on it is known, and due within the hour
	check(t, err)
	bank.saw = bankservers.Handshake{Host: "api.bank.example", Reason: "dns"}
	first := look(time.Hour)
	begun := w.now
	again := look(time.Hour)
	for name, h := range map[string]bankservers.History{"first": first, "again": again} {
		if h.Reason != "dns" || !h.FailingSince.Equal(begun) || h.LookAt.Sub(h.LookedAt) > time.Hour {
			t.Errorf("%s: fails since %s (%s), and is looked at again after %s", name, h.FailingSince, h.Reason,
				h.LookAt.Sub(h.LookedAt))
		}
	}
	bank.saw = w.handshake(1)
	works := look(time.Hour)
	if works.Reason != "" || !works.FailingSince.IsZero() || works.LookAt.Sub(works.LookedAt) < 20*time.Hour {
		t.Errorf("it works: %+v", works.Host)
	}
}
