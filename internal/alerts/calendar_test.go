package alerts_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	ical "github.com/arran4/golang-ical"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// ends is a case of a certificate that ends on a day.
func ends(id string, at time.Time) cases.Case {
	return cases.Case{
		ID:       "case-" + id,
		Kind:     cases.CertificateEnds,
		Watched:  cases.Watched{Kind: cases.Certificate, ID: id},
		Name:     "Secret Bank & Cie",
		EndsAt:   at,
		Revision: 1,
		OpenedAt: noon,
	}
}

// known are cases that a test makes up.
type known struct {
	open, closed []cases.Case
	coming       []cases.Coming
	reads        int // of what comes
}

func (k *known) Page(_ context.Context, _ access.Caller, q listing.Query) (listing.Page[cases.Case], error) {
	if q.Filters[cases.FilterState] == cases.StateClosed {
		return listing.Page[cases.Case]{Items: k.closed}, nil
	}
	return listing.Page[cases.Case]{Items: k.open}, nil
}

func (k *known) Ahead(context.Context, access.Caller, time.Duration) ([]cases.Coming, bool, error) {
	k.reads++
	return k.coming, false, nil
}

func TestACalendarIsReadByAnotherImplementation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		k := &known{
			open:   []cases.Case{ends("a", noon.AddDate(0, 0, 10))},
			coming: []cases.Coming{{Case: ends("b", noon.AddDate(0, 3, 0))}, {Case: ends("b", noon.AddDate(0, 3, 0))}},
		}
		now := noon
		clock := func() time.Time { return now }
		log := audit.New(db, clock)
		s := alerts.NewCalendars(alerts.CalendarConfig{
			Store: db,
			Cases: k,
			Owner: func(context.Context, string) (access.Caller, error) { return access.Caller{}, nil },
			Host:  "sealkeeper.example",
			Audit: log,
			Now:   clock,
		})
		claire := access.Caller{ID: "u1", Name: "Claire", Roles: []access.Role{access.Compliance}}
		if err := db.AddUser(t.Context(), identity.User{
			ID:        "u1",
			Name:      "Claire",
			Roles:     claire.Roles,
			CreatedAt: noon,
		}); err != nil {
			t.Fatal(err)
		}
		f, token, err := s.Make(t.Context(), claire)
		if err != nil {
			t.Fatal(err)
		}
		read := func() map[string]*ical.VEvent {
			t.Helper()
			text, err := s.Read(t.Context(), token.Reveal(), alerts.French)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "Secret Bank") {
				t.Error("the calendar says more than kinds and dates")
			}
			parsed, err := ical.ParseCalendar(bytes.NewReader(text))
			if err != nil {
				t.Fatalf("%v:\n%s", err, text)
			}
			byID := map[string]*ical.VEvent{}
			for _, e := range parsed.Events() {
				byID[e.Id()] = e
			}
			return byID
		}
		first := read()
		if len(first) != 2 {
			t.Fatalf("%d events", len(first))
		}
		closed := k.open[0]
		closed.ClosedAt, closed.Revision = noon, 2
		k.open, k.closed = nil, []cases.Case{closed}
		if soon := read(); len(soon) != 2 || k.reads != 1 {
			t.Errorf("asked twice within a minute, and the cases were read %d times", k.reads)
		}
		now = now.Add(time.Minute)
		second := read()
		gone := 0
		for id, e := range second {
			if first[id] == nil {
				t.Errorf("the id of %s has changed", id)
			}
			if p := e.GetProperty(ical.ComponentPropertyStatus); p != nil && p.Value == "CANCELLED" {
				gone++
				if e.GetProperty(ical.ComponentPropertySequence).Value != "2" {
					t.Error("what is cancelled is no newer than before")
				}
			}
		}
		if len(second) != 2 || gone != 1 {
			t.Errorf("%d events, %d cancelled", len(second), gone)
		}
		if _, err := s.Read(t.Context(), f.TokenHash, alerts.French); !errors.Is(err, fault.NotFound) {
			t.Errorf("the hash opens the calendar: %v", err)
		}
		if err := db.Disable(t.Context(), "u1", noon); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(t.Context(), token.Reveal(), alerts.French); !errors.Is(err, fault.NotFound) {
			t.Errorf("of somebody who may not sign in: %v", err)
		}
		if err := db.Enable(t.Context(), "u1"); err != nil {
			t.Fatal(err)
		}
		if err := s.Revoke(t.Context(), claire, f.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(t.Context(), token.Reveal(), alerts.French); !errors.Is(err, fault.NotFound) {
			t.Errorf("after it was revoked: %v", err)
		}
	})
}
