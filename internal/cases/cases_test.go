package cases_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/cases"
)

// until has the clock go in steps of six hours, and cases evaluated at each.
func (w *world) until(s *cases.Service, at time.Time) {
	w.t.Helper()
	for ; !w.now.After(at); w.now = w.now.Add(6 * time.Hour) {
		w.evaluate(s)
	}
}

func (w *world) expect(subject string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.events(subject)); diff != "" {
		w.t.Errorf("what happened to %s (-want +got):\n%s", subject, diff)
	}
}

func TestACertificateInUsePassesItsThresholdsOnce(t *testing.T) {
	w := newWorld(t)
	s := w.service(w.db, w.clock)
	used, unused := w.certificate(365*day), w.certificate(365*day)
	w.activate(w.register("bank"), used, 1)
	w.until(s, start.Add(365*day-82*day))
	w.expect(used)
	w.until(s, start.Add(365*day-80*day))
	w.expect(used, cases.Opened)
	w.until(s, start.Add(400*day))
	w.expect(used, cases.Opened, cases.Halfway, cases.LastSafeDay, cases.Escalated, cases.SevenDays, cases.OneDay,
		cases.Ended)
	w.expect(unused)
}

func TestTheSlowestBankSaysWhenACaseIsOpened(t *testing.T) {
	w := newWorld(t)
	s := w.service(w.db, w.clock)
	c := w.certificate(365 * day)
	w.activate(w.register("bank"), c, 1)
	w.activate(w.register("slow"), c, 1)
	w.until(s, start.Add(365*day-98*day)) // 40 days of the slow bank, and 60 more
	w.expect(c, cases.Opened)
	page, err := s.Page(t.Context(), officer, cases.Listed.Query())
	if err != nil || len(page.Items) != 1 || page.Items[0].Lead != 40*day || page.Items[0].PlaceCount != 2 ||
		page.Items[0].Owner != "Compliance" {
		t.Errorf("the case is %+v, %v", page.Items, err)
	}
}

func TestACaseIsClosedByTheSuccessorEverywhere(t *testing.T) {
	each(t, aCaseIsClosedByTheSuccessorEverywhere)
}

func aCaseIsClosedByTheSuccessorEverywhere(t *testing.T, w *world) {
	s := w.service(w.db, w.clock)
	c := w.certificate(90 * day)
	one, two := w.register("bank"), w.register("bank")
	w.activate(one, c, 1)
	w.activate(two, c, 1)
	w.until(s, start.Add(45*day))
	w.expect(c, cases.Opened)
	next := w.certificate(365 * day)
	w.activate(one, next, 2)
	w.evaluate(s)
	w.expect(c, cases.Opened)
	w.activate(two, next, 2)
	w.evaluate(s)
	w.expect(c, cases.Opened, cases.Closed)
	q := cases.Listed.Query().With(cases.FilterState, cases.StateClosed)
	page, err := s.Page(t.Context(), officer, q)
	if err != nil || len(page.Items) != 1 || page.Items[0].Fact != cases.Replaced {
		t.Errorf("the closed case is %+v, %v", page.Items, err)
	}
}

func TestAnAcknowledgedCaseIsQuietUntilThen(t *testing.T) {
	each(t, anAcknowledgedCaseIsQuietUntilThen)
}

func anAcknowledgedCaseIsQuietUntilThen(t *testing.T, w *world) {
	told := map[string]bool{}
	s := w.service(w.db, w.clock, "mail")
	c := w.certificate(90 * day)
	w.activate(w.register("bank"), c, 1)
	w.until(s, start.Add(55*day))
	page, err := s.Page(t.Context(), officer, cases.Listed.Query())
	if err != nil || len(page.Items) != 1 {
		t.Fatal(page, err)
	}
	id := page.Items[0].ID
	if _, err := s.Acknowledge(t.Context(), officer, id, w.now.Add(30*day), "ordered"); err != nil {
		t.Fatal(err)
	}
	auditor := access.Caller{ID: "u2", Name: "Anne", Roles: []access.Role{access.Auditor}}
	if _, err := s.Acknowledge(t.Context(), auditor, id, w.now.Add(day), "x"); !errors.Is(err, fault.Denied) {
		t.Errorf("an auditor: %v", err)
	}
	w.until(s, start.Add(100*day))
	rows, err := w.raw.QueryContext(t.Context(), w.query("SELECT what FROM alert_notices WHERE case_id = ?"), id)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var what string
		if err := rows.Scan(&what); err != nil {
			t.Fatal(err)
		}
		told[strings.TrimRight(what, ".0123456789")] = true
	}
	want := map[string]bool{
		cases.Opened:    true,
		"reminded":      true,
		cases.OneDay:    true,
		cases.Ended:     true,
		cases.Escalated: true,
		cases.Halfway:   true,
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// broken is custody that fails until somebody mends it.
type broken struct{ err error }

func (b *broken) health(context.Context) error { return b.err }

func TestWhatHasBrokenIsToldAfterFiveMinutesAndClosedWhenItWorks(t *testing.T) {
	w := newWorld(t)
	part := &broken{fault.New(fault.Unavailable, "vault_timeout", "Vault does not answer.")}
	cfg := w.config(w.db, w.clock)
	cfg.Parts = []cases.Part{{Kind: cases.CustodyBroken, ID: "custody", Health: part.health}}
	s := cases.New(cfg)
	minute := func(n int) {
		for range n {
			w.evaluate(s)
			w.now = w.now.Add(time.Minute)
		}
	}
	minute(5)
	w.expect("custody")
	minute(3)
	w.expect("custody", cases.Opened)
	part.err = nil
	minute(2)
	w.expect("custody", cases.Opened, cases.Closed)
}

func TestServicesThatStayBehindAreACase(t *testing.T) { each(t, servicesThatStayBehindAreACase) }

func servicesThatStayBehindAreACase(t *testing.T, w *world) {
	s := w.service(w.db, w.clock)
	c, next := w.certificate(365*day), w.certificate(365*day)
	r := w.register("bank")
	w.activate(r, c, 1)
	w.now = w.now.Add(day)
	w.activate(r, next, 2)
	for range 8 {
		w.serviceUses("svc", r)
		w.evaluate(s)
		w.now = w.now.Add(15 * time.Minute)
	}
	w.expect(r, cases.Opened)
	w.now = w.now.Add(26 * time.Hour) // it has not used the former version since
	w.evaluate(s)
	w.expect(r, cases.Opened, cases.Closed)
}

func TestAForecastNamesWhatWillBeTold(t *testing.T) {
	w := newWorld(t)
	s := w.service(w.db, w.clock)
	c := w.certificate(120 * day)
	w.activate(w.register("bank"), c, 1)
	w.evaluate(s)
	ahead, more, err := s.Ahead(t.Context(), officer, 90*day)
	if err != nil || more {
		t.Fatal(more, err)
	}
	var got []string
	for _, a := range ahead {
		got = append(got, a.What)
		w.until(s, a.At.Add(6*time.Hour))
		if events := w.events(c); events[len(events)-1] != a.What && events[len(events)-1] != cases.Escalated {
			t.Errorf("%s was foreseen for %v, and %v happened", a.What, a.At, events)
		}
	}
	if diff := cmp.Diff([]string{cases.Opened, cases.Halfway}, got); diff != "" {
		t.Errorf("foreseen (-want +got):\n%s", diff)
	}
}

func TestWhatIsLookedAtInTimeTouchesNothingElse(t *testing.T) {
	each(t, whatIsLookedAtInTimeTouchesNothingElse)
}

// A registration with services is looked at every day, and so is a certificate in use, each by itself; the one has the
// other looked at only when something else is in use.
func whatIsLookedAtInTimeTouchesNothingElse(t *testing.T, w *world) {
	s := w.service(w.db, w.clock)
	c, r := w.certificate(365*day), w.register("bank")
	w.activate(r, c, 1)
	w.serviceUses("svc", r)
	changes := func(kind, id string) (n int) {
		t.Helper()
		err := w.raw.QueryRowContext(t.Context(), w.query(
			"SELECT changes FROM case_subjects WHERE kind = ? AND id = ?"), kind, id).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	w.evaluate(s)
	looked, touched := changes("registration", r), changes("certificate", c)
	w.now = w.now.Add(2 * day)
	w.evaluate(s)
	if changes("registration", r) == looked || changes("certificate", c) != touched+1 {
		t.Errorf("the registration was looked at %d, then %d times, the certificate was touched %d, then %d times",
			looked, changes("registration", r), touched, changes("certificate", c))
	}
	w.activate(r, w.certificate(365*day), 2)
	w.evaluate(s)
	if changes("certificate", c) == touched {
		t.Error("the certificate that is not in use any more was not looked at")
	}
}

func TestOneThatCannotBeWrittenHoldsUpNoOther(t *testing.T) {
	each(t, oneThatCannotBeWrittenHoldsUpNoOther)
}

func oneThatCannotBeWrittenHoldsUpNoOther(t *testing.T, w *world) {
	s := w.service(w.db, w.clock)
	bad, good := w.certificate(90*day), w.certificate(90*day)
	w.activate(w.register("bank"), bad, 1)
	w.activate(w.register("bank"), good, 1)
	w.exec(`INSERT INTO cases (id, kind, subject_kind, subject, name, todo, environment, places, place_count, args,
		begins_at, ends_at, lead, threshold, urgent, urgent_at, owner, deputies, ack_by, ack_by_name, ack_at, ack_until,
		ack_reason, escalated_at, opened_at, closed_at, fact, revision) VALUES ('other', 'certificate', 'system', ?, '',
		'', '', '[]', 0, '[]', 1, 1, 0, '', FALSE, 0, '', '[]', '', '', 0, 0, '', 0, 1, 0, '', 1)`, bad)
	w.now = w.now.Add(45 * day)
	w.evaluate(s)
	w.expect(good, cases.Opened)
}
