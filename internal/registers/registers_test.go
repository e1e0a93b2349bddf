package registers_test

import (
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/register"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/authority"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const (
	listed      = registers.State(register.Listed)
	ended       = registers.State(register.Ended)
	roleMissing = registers.State(register.RoleMissing)
	notFound    = registers.State(register.NotFound)
)

// world is a firm whose certificates are in use, and an authority that lists it.
type world struct {
	*stack.Stack
	t         *testing.T
	authority *authority.Authority
	server    *httptest.Server
	service   *registers.Service // as after the last restart
	replica   *app.Services
	qwac      string // id of one of them
	firm      authority.Firm
}

// newWorld has a source per path below the authority.
func newWorld(t *testing.T, db *store.DB, sources ...registers.Source) *world {
	w := &world{t: t, firm: authority.Firm{
		Authority: "FR_ACPR",
		Number:    "12 345",
		Services:  map[string][]string{"FR": {"PS_070", "PS_080", "PS_05A", "PS_03A"}, "DE": {"PS_080"}},
		Changes:   []string{"2019-01-01"},
	}}
	w.authority = authority.New(func() time.Time {
		if w.Stack == nil {
			return time.Now()
		}
		return w.Now
	})
	w.server = httptest.NewServer(w.authority)
	t.Cleanup(w.server.Close)
	if len(sources) == 0 {
		sources = []registers.Source{{ID: registers.EBA, URL: authority.MetadataPath}}
	}
	for i := range sources {
		if sources[i].URL != "" {
			sources[i].URL = w.server.URL + sources[i].URL
		}
	}
	w.authority.List(w.firm)
	w.Stack, _ = stack.Asking(t, stack.Options{DB: db, Registers: app.Registers{Sources: sources}})
	qwac := w.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	w.ActivateWith(qwac, w.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	used, err := db.NotJudgedByRegisters(t.Context(), "", 2)
	check(t, err)
	w.qwac = used[0].ID
	w.restart()
	return w
}

func (w *world) restart() {
	w.replica = w.Replica()
	w.service = w.replica.Registers
}

// pass is a day and a bit.
func (w *world) pass(t *testing.T) {
	t.Helper()
	w.Now = w.Now.Add(25 * time.Hour)
	w.work(t)
}

func (w *world) work(t *testing.T) {
	t.Helper()
	_, err := w.service.ReadDue(t.Context())
	check(t, err)
	_, err = w.service.JudgeUsed(t.Context())
	check(t, err)
	_, err = w.replica.Cases.Evaluate(t.Context())
	check(t, err)
}

func (w *world) want(t *testing.T, state registers.State) registers.Verdict {
	t.Helper()
	v, err := w.service.OfCertificate(t.Context(), stack.Engineer, w.qwac)
	if check(t, err); v.State != state {
		t.Fatalf("%s, want %s: %+v", v.State, state, v.Readings)
	}
	return v
}

// open are the cases that registers have opened.
func (w *world) open(t *testing.T, kinds ...cases.Kind) {
	t.Helper()
	var open []cases.Kind
	page, err := w.replica.Cases.Page(t.Context(), stack.Engineer, cases.Listed.Query())
	check(t, err)
	for _, c := range page.Items {
		if c.Kind == cases.Unauthorised || c.Kind == cases.RoleUnlisted {
			open = append(open, c.Kind)
			if !c.Urgent || c.PlaceCount != 1 || c.Args[0] == "" || c.EndsAt.After(w.Now) {
				t.Errorf("%+v", c)
			}
		}
	}
	if !slices.Equal(open, kinds) {
		t.Errorf("open are %v, want %v", open, kinds)
	}
}

// While a connector is in use, its firm goes from authorised to a role withdrawn to restored, to ended and restored, to
// struck and restored. What was read last counts through an outage of 30 days and restarts.
func TestFromAuthorisedToWithdrawnToRestored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.want(t, registers.NotRead)
		w.pass(t)
		v := w.want(t, listed)
		one, _ := v.Deciding()
		if one.Count != 51 || one.Date().IsZero() || len(one.SHA256) != 64 || one.Stale(w.Now) {
			t.Errorf("%+v", one.Register)
		}
		w.open(t)

		limited := w.firm
		limited.Services = map[string][]string{"FR": {"PS_080", "PS_05A", "PS_03A"}}
		w.authority.List(limited)
		w.pass(t)
		if one, _ := w.want(t, roleMissing).Deciding(); one.Missing() != "PSP_PI (FR)" {
			t.Errorf("missing is %q", one.Missing())
		}
		w.open(t, cases.RoleUnlisted, cases.RoleUnlisted) // the QWAC and the QSealC
		w.authority.List(w.firm)
		w.authority.Have(authority.Silent)
		for range 30 {
			w.pass(t)
			w.restart()
		}
		one, _ = w.want(t, roleMissing).Deciding()
		if !one.Stale(w.Now) || one.Cause != registers.Unreachable {
			t.Errorf("after 30 days: %+v", one.Register)
		}
		w.open(t, cases.RoleUnlisted, cases.RoleUnlisted)
		w.authority.Have(authority.None)
		w.pass(t)
		w.want(t, listed)
		w.open(t)

		over := w.firm
		over.Changes = append(slices.Clone(over.Changes), w.Now.Format(time.DateOnly))
		w.authority.List(over)
		w.pass(t)
		if one, _ := w.want(t, ended).Deciding(); one.Answer.Since.Format(time.DateOnly) != over.Changes[1] {
			t.Errorf("ended %s", one.Answer.Since)
		}
		w.open(t, cases.Unauthorised, cases.Unauthorised)
		w.authority.List(w.firm)
		w.pass(t)
		w.open(t)
		w.authority.Strike(w.firm)
		w.pass(t)
		w.want(t, notFound)
		w.open(t, cases.Unauthorised, cases.Unauthorised)
		w.authority.List(w.firm)
		w.pass(t)
		w.want(t, listed)
		w.open(t)
	})
}

// Whatever goes wrong at the authority, there is a word for it, and what was read stays.
func TestMishapsOfAnAuthority(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.pass(t)
	before, _ := w.want(t, listed).Deciding()
	w.authority.Strike(w.firm)
	want := map[authority.Mishap]registers.Cause{
		authority.Silent:      registers.Unreachable,
		authority.WebPage:     registers.Cause(register.WebPage),
		authority.BrokenOff:   registers.Cause(register.Truncated),
		authority.Shrunken:    registers.Shrunken,
		authority.Replaced:    registers.Cause(register.Checksum),
		authority.Yesterday:   registers.Older,
		authority.FromFuture:  registers.Future,
		authority.ToMetadata:  registers.Unreachable,
		authority.Elsewhere:   registers.Cause(register.Malformed),
		authority.Bomb:        registers.Cause(register.Oversized),
		authority.Flood:       registers.Cause(register.Oversized),
		authority.EmptyRecord: registers.Cause(register.Empty),
	}
	for _, m := range authority.Mishaps {
		w.authority.Have(m)
		w.pass(t)
		after, _ := w.want(t, listed).Deciding()
		if after.Cause != want[m] || after.SHA256 != before.SHA256 || !after.ReadAt.Equal(before.ReadAt) {
			t.Errorf("%s: %s, want %s: %+v", m, after.Cause, want[m], after.Register)
		}
	}
	w.open(t)
	w.authority.Have(authority.None)
	w.pass(t)
	w.want(t, notFound)
}
