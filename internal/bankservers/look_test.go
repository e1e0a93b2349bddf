package bankservers_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/cases"
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
