package trust_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/internal/trust"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// While a certificate is in use, its QTSP loses its status, and the certificate is revoked: each is an urgent case at
// once, and closed when it is over. A certificate is judged once by each list.
func TestCasesOfWhatIsRefused(t *testing.T) { storetest.Each(t, testCasesOfWhatIsRefused) }

func testCasesOfWhatIsRefused(t *testing.T, db *store.DB) {
	s, service := stack.Asking(t, stack.Options{DB: db})
	ctx := t.Context()
	qwac := s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	s.ActivateWith(qwac, s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	pass := func(wantJudged int) {
		t.Helper()
		s.Now = s.Now.Add(25 * time.Hour)
		_, err := s.Trust.ReadDue(ctx)
		check(t, err)
		judged, err := s.Trust.JudgeUsed(ctx)
		if check(t, err); judged != wantJudged {
			t.Errorf("%d judged, want %d", judged, wantJudged)
		}
		_, err = s.Revocation.AskDue(ctx)
		check(t, err)
		_, err = s.Cases.Evaluate(ctx)
		check(t, err)
	}
	want := func(kinds ...cases.Kind) {
		t.Helper()
		var open []cases.Kind
		page, err := s.Cases.Page(ctx, stack.Engineer, cases.Listed.Query())
		check(t, err)
		for _, c := range page.Items {
			if !slices.Contains([]cases.Kind{cases.Revoked, cases.IssuerRevoked, cases.Withdrawn}, c.Kind) {
				continue
			}
			open = append(open, c.Kind)
			if !c.Urgent || c.PlaceCount != 1 || c.Args[0] == "" || !c.EndsAt.Before(s.Now) {
				t.Errorf("%+v", c)
			}
		}
		slices.Sort(open)
		if !slices.Equal(open, kinds) {
			t.Errorf("open are %v, want %v", open, kinds)
		}
	}
	pass(2)
	want()
	service.SetStatus("withdrawn")
	pass(2)
	want(cases.Withdrawn, cases.Withdrawn) // QWAC and QSealC are of one QTSP
	service.Have(qtsp.Silent)
	pass(0) // what is known stays
	want(cases.Withdrawn, cases.Withdrawn)
	used, err := db.NotJudgedBy(ctx, "other lists", "", 10)
	check(t, err)
	var unchecked []trust.Told
	for _, u := range used { // as if it could not be read: what was said stays
		unchecked = append(unchecked, trust.Told{ID: u.ID, Revision: u.Revision, State: trust.NotChecked})
	}
	check(t, db.SaveTrustVerdicts(ctx, "other lists", unchecked))
	_, err = s.Cases.Evaluate(ctx)
	check(t, err)
	want(cases.Withdrawn, cases.Withdrawn)
	service.Have(qtsp.None)
	service.SetStatus("granted")
	service.Revoke(qwac.Certificate.X509.SerialNumber, 6)
	pass(2)
	want(cases.Revoked)
	service.Release(qwac.Certificate.X509.SerialNumber)
	pass(2)
	want()
}
