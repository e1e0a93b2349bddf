package cases_test

import (
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/cases"
)

func TestToldEndsAreCases(t *testing.T) { each(t, toldEndsAreCases) }

// Ends that people were told of are cases in time, closed by another day, another secret, or that nothing is in use.
func toldEndsAreCases(t *testing.T, w *world) {
	s := w.service(w.db, w.clock)
	r := w.register("bank")
	w.activate(r, w.certificate(3*365*day), 1)
	open := func(when string, want ...cases.Kind) {
		t.Helper()
		w.evaluate(s)
		page, err := s.Page(t.Context(), officer, cases.Listed.Query())
		if err != nil || len(page.Items) != len(want) {
			t.Fatalf("%s: open are %+v, %v", when, page.Items, err)
		}
		for i, kind := range want {
			if page.Items[i].Kind != kind || page.Items[i].Places[0] != r {
				t.Errorf("%s: the %d. is %+v", when, i+1, page.Items[i])
			}
		}
	}
	on := func(after time.Duration) string { return w.now.Add(after).Format(time.DateOnly) }
	open("nothing was told")
	w.exec(`UPDATE bundles SET secret_ends_on = ? WHERE registration_id = ?`, on(90*day), r)
	open("a secret that ends in 90 days")
	w.exec(`UPDATE bundles SET secret_ends_on = ? WHERE registration_id = ?`, on(20*day), r)
	open("in 20 days", cases.SecretEnds)
	w.exec(`INSERT INTO enrolments (id, organization_id, group_id, environment, portal_account, customer_name,
		agreement_number, agreement_ends_on, updated_at)
		VALUES ('org.group.live', 'org', 'group', 'live', '', '', '', ?, 1)`, on(30*day))
	open("an agreement too", cases.SecretEnds, cases.AgreementEnds)
	w.exec(`INSERT INTO enrolments (id, organization_id, group_id, environment, portal_account, customer_name,
		agreement_number, agreement_ends_on, updated_at)
		VALUES ('org.other.live', 'org', 'other', 'live', '', '', '', ?, 1)`, on(2*day))
	open("one with another bank", cases.SecretEnds, cases.AgreementEnds)
	w.activate(r, "cert-2", 2) // with another secret, of which nobody was told anything
	open("another secret", cases.AgreementEnds)
	w.exec(`UPDATE enrolments SET agreement_ends_on = ? WHERE id = 'org.group.live'`, on(700*day))
	open("a later end")
	w.exec(`UPDATE enrolments SET agreement_ends_on = ? WHERE id = 'org.group.live'`, on(3*day))
	open("an earlier one", cases.AgreementEnds)
	w.exec(`UPDATE bundles SET state = 'superseded' WHERE registration_id = ?`, r)
	open("nothing is in use")
}
