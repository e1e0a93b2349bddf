package registers_test

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/register"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/authority"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
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

	registration string // id
}

// newWorld has a source per path below the authority.
func newWorld(t *testing.T, db *store.DB, sources ...registers.Source) *world {
	w := &world{
		t: t,
		firm: authority.Firm{
			Authority: "FR_ACPR",
			Number:    "12 345",
			Services:  map[string][]string{"FR": {"PS_070", "PS_080", "PS_05A", "PS_03A"}, "DE": {"PS_080"}},
			Changes:   []string{"2019-01-01"},
		},
	}
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
	w.registration = w.ActivateWith(qwac, w.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC})).ID
	used, err := db.NotJudgedByRegisters(t.Context(), "", "", 2)
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

// importing has somebody import a file.
func (w *world) importing(caller access.Caller, id, content string) (registers.Standing, error) {
	return w.service.Import(w.t.Context(), caller, id, strings.NewReader(content))
}

// Without network, people import what they have downloaded. What is refused leaves what was read before.
func TestImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, registers.Source{ID: registers.EBA})
		w.work(t)
		w.want(t, registers.NotChecked)
		code := func(err error, want string) {
			t.Helper()
			if _, code, message := fault.Public(err); err == nil || code != want {
				t.Errorf("%q (%s), want %s", code, message, want)
			}
		}
		_, err := w.importing(stack.Engineer, registers.EBA, string(w.authority.Register()))
		code(err, "not_permitted")
		_, err = w.importing(stack.Officer, "none", "x")
		code(err, "register_not_found")
		for content, want := range map[string]string{
			"":                                   "register_truncated",
			"<html>":                             "register_web_page",
			`{"a":1}`:                            "register_malformed",
			`[[],[]]`:                            "register_empty",
			"PK\x03\x04" + "x":                   "register_truncated",
			string(w.authority.Register()[:200]): "register_truncated",
		} {
			_, err := w.importing(stack.Officer, registers.EBA, content)
			code(err, want)
		}
		w.want(t, registers.NotChecked)
		one, err := w.importing(stack.Officer, registers.EBA, string(w.authority.Register()))
		if check(t, err); !one.Imported || one.Count != 51 {
			t.Errorf("%+v", one)
		}
		w.work(t)
		w.restart()
		w.want(t, listed)
		w.authority.Have(authority.Yesterday)
		_, err = w.importing(stack.Officer, registers.EBA, string(w.authority.Register()))
		code(err, "register_older")
		w.authority.Have(authority.FromFuture)
		_, err = w.importing(stack.Officer, registers.EBA, string(w.authority.Register()))
		code(err, "register_future")
		w.want(t, listed)
		w.authority.Have(authority.Shrunken)
		_, err = w.importing(stack.Officer, registers.EBA, string(w.authority.Register()))
		check(t, err) // a person stands behind it
		if entries, err := db.RegisterEntries(t.Context(), []string{
			"FR-ACPR-12345",
			"FR-ACPR-900000001",
		}); err != nil ||
			len(entries) != 1 {
			t.Errorf("kept are %+v, %v", entries, err)
		}
		// A number that is new was not looked for.
		_, err = w.Registrations.AddOrganization(t.Context(), stack.Officer, registration.Organization{
			LegalName:              "Neu GmbH",
			Country:                "DE",
			OrganizationIdentifier: "PSDDE-BAFIN-1",
			ContactEmail:           "a@b.example",
		})
		check(t, err)
		all, err := w.Registrations.OrganizationPage(t.Context(), stack.Officer, registration.Organizations.Query())
		check(t, err)
		for _, o := range all.Items {
			want := listed
			if o.Country == "DE" {
				want = registers.NotRead
			}
			if v, err := w.service.OfOrganization(t.Context(), stack.Officer, o.ID); err != nil || v.State != want {
				t.Errorf("%s: %s, %v", o.LegalName, v.State, err)
			}
		}
	})
}

// A register is read at once where a number is new, and not again where nothing is.
func TestWhenARegisterIsAsked(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	for range 3 {
		w.work(t)
		w.Now = w.Now.Add(6 * time.Minute)
	}
	if asked := w.authority.Asked()[authority.MetadataPath]; asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	_, err := w.Registrations.AddOrganization(t.Context(), stack.Officer, registration.Organization{
		LegalName:              "Neu GmbH",
		Country:                "DE",
		OrganizationIdentifier: "PSDDE-BAFIN-1",
		ContactEmail:           "a@b.example",
	})
	check(t, err)
	w.work(t)
	if asked := w.authority.Asked()[authority.MetadataPath]; asked != 2 {
		t.Errorf("asked %d times for a new number", asked)
	}
}

// An installation that asks nobody any more says NOT CHECKED of what it had read by itself; what people import counts.
// A case that is open stays until something is known again.
func TestAskingNobody(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	limited := w.firm
	limited.Services = map[string][]string{"FR": {"PS_080", "PS_05A", "PS_03A"}}
	w.authority.List(limited)
	w.pass(t)
	w.want(t, roleMissing)
	w.open(t, cases.RoleUnlisted, cases.RoleUnlisted)
	w.replica = w.Silenced()
	w.service = w.replica.Registers
	w.pass(t)
	one, _ := w.want(t, registers.NotChecked).Deciding()
	if !one.Known() || one.Counts() {
		t.Errorf("%+v", one)
	}
	w.open(t, cases.RoleUnlisted, cases.RoleUnlisted)
	w.authority.List(w.firm)
	_, err := w.importing(stack.Officer, registers.EBA, string(w.authority.Register()))
	check(t, err)
	w.work(t)
	w.want(t, listed)
	w.open(t)
}

// A table is one source beside the EBA: what asks for more decides, and both are shown.
func TestTwoRegistersDisagree(t *testing.T) {
	table := register.Layouts()["plain"]
	table.Authority = "FR-ACPR"
	other := table
	other.Authority = "DE-BAFIN"
	w := newWorld(t, storetest.SQLite(t), registers.Source{ID: "acpr", URL: authority.TablePath, Layout: &table},
		registers.Source{ID: registers.EBA}, registers.Source{ID: "bafin", Layout: &other})
	w.pass(t)
	v := w.want(t, listed)
	if len(v.Readings) != 2 || v.Readings[0].ID != "acpr" || v.Readings[1].State != registers.NotChecked {
		t.Errorf("%+v", v.Readings)
	}
	asked := w.authority.Asked()[authority.TablePath]
	w.pass(t) // its ETag says that it is the same
	if w.authority.Asked()[authority.TablePath] != asked+1 {
		t.Error("the table was not asked for")
	}
	w.want(t, listed)
	limited := w.firm
	limited.Services = map[string][]string{"FR": {"PS_080", "PS_05A", "PS_03A"}}
	w.authority.List(limited)
	_, err := w.importing(stack.Officer, registers.EBA, string(w.authority.Register()))
	check(t, err)
	v = w.want(t, roleMissing)
	if v.Readings[0].ID != registers.EBA || v.Readings[1].State != listed {
		t.Errorf("%+v", v.Readings)
	}
}

// Two replicas and an import at once leave one register whole.
func TestTwoReplicasReadAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		content := string(w.authority.Register())
		var all errgroup.Group
		for range 2 {
			service := w.Replica().Registers
			all.Go(func() error { _, err := service.ReadDue(t.Context()); return err })
			all.Go(func() error {
				_, err := service.Import(t.Context(), stack.Officer, registers.EBA, strings.NewReader(content))
				if errors.Is(err, fault.Conflict) {
					return nil
				}
				return err
			})
		}
		check(t, all.Wait())
		w.want(t, listed)
		entries, err := db.RegisterEntries(t.Context(), []string{"FR-ACPR-12345"})
		if check(t, err); len(entries) != 1 {
			t.Errorf("%d entries", len(entries))
		}
	})
}

// What registers say against a version is shown to whoever approves it, and recorded; it stops nothing.
func TestAnActivationRecordsAnObjection(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	limited := w.firm
	limited.Services = map[string][]string{"FR": {"PS_080", "PS_05A", "PS_03A"}}
	w.authority.List(limited)
	w.pass(t)
	qwac, qsealc := w.Import(qtsp.Request{KeyType: qtsp.P256}), w.Import(qtsp.Request{Kind: certs.QSealC})
	b := w.SaveBundle(w.registration, qwac, qsealc)
	w.TestConnection(w.registration)
	_, err := w.Registrations.Activate(t.Context(), stack.Engineer, w.registration, b.Version)
	check(t, err)
	page, err := w.Audit.Page(t.Context(), stack.Officer, audit.Listed.Query())
	check(t, err)
	for _, e := range page.Items {
		if e.Action == access.BundleActivate && e.Outcome == audit.Done {
			if e.Code != "version_objection" || !strings.Contains(e.Detail, "role_missing PSP_PI (FR) (eba, ") {
				t.Errorf("the audit log says %q: %s", e.Code, e.Detail)
			}
			return
		}
	}
	t.Error("the audit log has no activation")
}

// A machine whose clock is a day ahead, or behind, reads the register, too.
func TestAClockThatIsOff(t *testing.T) {
	for _, off := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		w := newWorld(t, storetest.SQLite(t))
		exact := w.Now
		w.authority = authority.New(func() time.Time { return exact.Add(off) })
		w.authority.List(w.firm)
		w.server.Config.Handler = w.authority
		w.work(t)
		w.want(t, listed)
	}
}
