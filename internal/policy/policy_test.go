package policy_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

var (
	admin    = access.Caller{ID: "u-admin", Name: "Joan", Roles: []access.Role{access.Admin}}
	operator = access.Operator()
	weak     = policy.Values{policy.Live: "false"}
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || fault.Code(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// begun is a stack with the policy of a first start, two people on live, and an administrator.
func begun(t *testing.T) *stack.Stack {
	t.Helper()
	s := stack.New(t)
	check(t, s.DB.AddUser(t.Context(), identity.User{
		ID:        admin.ID,
		Name:      admin.Name,
		Roles:     admin.Roles,
		CreatedAt: s.Now,
	}))
	check(t, s.Policy.Begin(t.Context(), access.OnHost("service"), policy.Values{
		policy.Live:         "true",
		policy.Sandbox:      "false",
		policy.ExpiresAfter: "72h0m0s",
	}))
	return s
}

// other is another process on the same database and custody, whose configuration states values.
func other(t *testing.T, s *stack.Stack, values policy.Values) *app.Services {
	t.Helper()
	p, err := app.New(app.Config{
		DB:        s.DB,
		Custody:   s.Custody,
		Catalogue: s.Catalogue,
		PublicURL: "http://127.0.0.1:1",
		Stated:    values,
		Logger:    slog.New(slog.DiscardHandler),
		Now:       func() time.Time { return s.Now },
		Grace:     time.Minute,
	})
	check(t, err)
	check(t, p.Policy.Watch(t.Context(), access.OnHost("service")))
	return p
}

func activeOnLive(t *testing.T, s *stack.Stack) registration.Registration {
	t.Helper()
	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(r.ID)
	agree(t, s, r.ID, 1)
	return r
}

func agree(t *testing.T, s *stack.Stack, id string, version int) {
	t.Helper()
	asked, _, err := s.Registrations.RequestChange(t.Context(), stack.Engineer, id,
		registration.ChangeRequest{Version: version})
	check(t, err)
	_, err = s.Approvals.Approve(t.Context(), stack.Officer, asked.ID, "")
	check(t, err)
}

// last returns the newest entry of an action.
func last(t *testing.T, s *stack.Stack, action access.Action) audit.Entry {
	t.Helper()
	all, err := s.Audit.Latest(t.Context(), stack.Auditor, 500)
	check(t, err)
	i := slices.IndexFunc(all, func(e audit.Entry) bool { return e.Action == action })
	if i < 0 {
		t.Fatalf("no entry of %s", action)
	}
	return all[i]
}

// The policy of the database decides, in whatever process: one that is told to do without
// the second person serves on, says that it was told so, and administers nothing.
func TestAnotherProcessCannotDoWithoutTheSecondPerson(t *testing.T) {
	s := begun(t)
	r := activeOnLive(t, s)
	retired := s.Import(qtsp.Request{})
	_, err := s.Vault.Retire(t.Context(), stack.Officer, retired, "a sample")
	check(t, err)
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), "")
	s.TestConnection(r.ID)

	shadow := other(t, s, weak)
	ctx := t.Context()
	_, err = shadow.Registrations.Activate(ctx, stack.Engineer, r.ID, 2)
	wantCode(t, err, "policy_differs")
	record, err := s.Vault.Get(ctx, stack.Officer, retired)
	check(t, err)
	_, err = shadow.Vault.Destroy(ctx, stack.Officer, retired, record.Confirmation())
	wantCode(t, err, "policy_differs")
	_, err = shadow.Vault.Retire(ctx, stack.Officer, s.Import(qtsp.Request{}), "because")
	wantCode(t, err, "policy_differs")
	_, err = shadow.Identity.AddUser(ctx, "Mallory", []access.Role{access.Admin})
	wantCode(t, err, "policy_differs")

	v, err := s.Registrations.Registration(ctx, stack.Engineer, r.ID)
	check(t, err)
	if v.Active() == nil || v.Active().Version != 1 {
		t.Errorf("in use is %+v", v.Active())
	}
	if _, err := shadow.Issuer.Client(ctx, stack.Connector, r.ID); err != nil {
		t.Errorf("it does not serve: %v", err)
	}
	if !shadow.Approvals.Required(ctx, "live") {
		t.Error("it believes its own configuration")
	}
	e := last(t, s, access.PolicyDiffers)
	if e.Object != policy.Live || e.Code != "configuration_differs" || e.Args[0] != "four_eyes.live true (false)" ||
		!strings.HasPrefix(e.CallerName, "service (") || !strings.Contains(e.CallerName, "@") {
		t.Errorf("the audit log has %+v", e)
	}
	if readiness(t, shadow).Policy.Warning == "" {
		t.Error("readiness does not say so")
	}
	if got := readiness(t, s.Services).Policy; !got.OK || got.Warning != "" {
		t.Errorf("the other process is %+v", got)
	}
	// What states nothing, and what states the same, agrees.
	for _, values := range []policy.Values{nil, {policy.Live: "true"}} {
		_, err := other(t, s, values).Identity.AddUser(ctx, "user"+values[policy.Live], []access.Role{access.Auditor})
		check(t, err)
	}
}

type parts struct {
	Policy struct {
		OK      bool   `json:"ok"`
		Warning string `json:"warning"`
	} `json:"policy"`
}

// readiness is what /readyz says, which has to be 200.
func readiness(t *testing.T, s *app.Services) parts {
	t.Helper()
	handler, err := s.Handler()
	check(t, err)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	var got parts
	check(t, json.Unmarshal(answer.Body.Bytes(), &got))
	if answer.Code != http.StatusOK {
		t.Errorf("unready: %s", answer.Body)
	}
	return got
}

// Every act that can take two people says how many were demanded.
func TestEntriesSayHowManyPeople(t *testing.T) {
	s := begun(t)
	activeOnLive(t, s)
	if e := last(t, s, access.BundleActivate); e.Detail != "version 1; two people" {
		t.Errorf("on live: %q", e.Detail)
	}
	_, err := s.Vault.Retire(t.Context(), stack.Officer, s.Import(qtsp.Request{}), "of no use")
	check(t, err)
	if e := last(t, s, access.CertRetire); e.Detail != "of no use; one person" {
		t.Errorf("of what live never named: %q", e.Detail)
	}
}

func TestPolicyTakesTwoPeople(t *testing.T) {
	s := begun(t)
	ctx := t.Context()
	_, _, err := s.Policy.Change(ctx, stack.Engineer, policy.Live, "false", "alone")
	wantCode(t, err, "not_permitted")
	for value, want := range map[string]string{"perhaps": "policy_value", "true": "policy_unchanged"} {
		_, _, err = s.Policy.Change(ctx, stack.Officer, policy.Live, value, "alone")
		wantCode(t, err, want)
	}
	_, _, err = s.Policy.Change(ctx, stack.Officer, policy.Live, "false", " ")
	wantCode(t, err, "policy_reason")
	_, _, err = s.Policy.Change(ctx, stack.Officer, "four_eyes.life", "false", "alone")
	wantCode(t, err, "policy_unknown")

	asked, done, err := s.Policy.Change(ctx, stack.Officer, policy.Live, "false", "one of us is left")
	check(t, err)
	if done || !s.Approvals.Required(ctx, "live") {
		t.Fatal("one person changed the policy")
	}
	_, err = s.Approvals.Approve(ctx, stack.Officer, asked.ID, "")
	wantCode(t, err, "second_person_needed")
	_, err = s.Approvals.Approve(ctx, stack.Engineer, asked.ID, "")
	wantCode(t, err, "not_permitted")
	_, err = s.Approvals.Approve(ctx, admin, asked.ID, "")
	check(t, err)
	if s.Approvals.Required(ctx, "live") || s.Approvals.Required(ctx, approval.Everywhere) {
		t.Error("it is not in force")
	}
	if e := last(t, s, access.PolicyChange); e.Detail != "true to false; two people" || e.CallerID != admin.ID {
		t.Errorf("the audit log has %+v", e)
	}
	// Alone, one person decides; and whoever states what was, differs now.
	_, err = other(t, s, policy.Values{policy.Live: "true"}).Identity.AddUser(ctx, "Bo", []access.Role{access.Auditor})
	wantCode(t, err, "policy_differs")
	_, done, err = s.Policy.Change(ctx, stack.Officer, policy.Live, "true", "two of us again")
	if err != nil || !done || !s.Approvals.Required(ctx, "live") {
		t.Errorf("done %v, %v", done, err)
	}
}

// Records are not rebuilt where the configuration expects another policy; where
// custody knew of none, the strict one begins whatever the configuration says.
func TestReindexIsUnderThePolicy(t *testing.T) {
	s := begun(t)
	_, err := other(t, s, weak).Vault.Reindex(t.Context(), operator, s.DB, true)
	wantCode(t, err, "policy_differs")

	lost := stack.New(t)
	p := other(t, lost, weak)
	check(t, p.Policy.BeginStrictly(t.Context(), operator))
	if !p.Approvals.Required(t.Context(), "live") {
		t.Error("one person is enough")
	}
	_, _, err = s.Policy.Change(t.Context(), stack.Officer, policy.ExpiresAfter, "721h", "we are slow")
	wantCode(t, err, "policy_expiry")
}

// A request that was overtaken is not carried out.
func TestOvertakenChange(t *testing.T) {
	s := begun(t)
	ctx := t.Context()
	asked, _, err := s.Policy.Change(ctx, stack.Officer, policy.ExpiresAfter, "24h", "faster")
	check(t, err)
	check(t, s.Policy.BreakGlass(ctx, operator, policy.ExpiresAfter, "1h", "at once"))
	_, err = s.Approvals.Approve(ctx, admin, asked.ID, "")
	wantCode(t, err, "approval_outdated")
}

// The configuration decides once; of processes that begin together one does.
func TestFirstStart(t *testing.T) {
	s := stack.New(t)
	ctx := t.Context()
	first := policy.Values{policy.Live: "false", policy.Sandbox: "false", policy.ExpiresAfter: "1h0m0s"}
	check(t, s.Policy.Begin(ctx, access.OnHost("service"), first))
	check(t, s.Policy.Begin(ctx, access.OnHost("service"), policy.Values{policy.Live: "true"}))
	settings, err := s.Policy.Settings(ctx, stack.Auditor)
	check(t, err)
	for _, got := range settings {
		if _, stated := first[got.Name]; !stated && got.Version == 0 {
			continue // a default, which nobody has decided
		}
		if got.Value != first[got.Name] || got.Way != policy.FirstStart || got.Version != 1 {
			t.Errorf("got %+v", got)
		}
	}
	if e := last(t, s, access.PolicyBegin); !strings.Contains(e.Detail, "four_eyes.live false") ||
		!strings.HasPrefix(e.CallerName, "service (") {
		t.Errorf("the audit log has %+v", e)
	}
	check(t, s.DB.AddPolicySettings(ctx, []policy.Setting{{
		Name:    policy.Live,
		Version: 2,
		Value:   "true",
		Way:     policy.ByApproval,
	}}))
	err = s.DB.AddPolicySettings(ctx, []policy.Setting{{
		Name:    policy.Live,
		Version: 2,
		Value:   "false",
		Way:     policy.ByApproval,
	}})
	if !errors.Is(err, fault.Conflict) {
		t.Errorf("two wrote one version: %v", err)
	}
}

func TestBreakGlass(t *testing.T) {
	s := begun(t)
	ctx := t.Context()
	wantCode(t, s.Policy.BreakGlass(ctx, admin, policy.Live, "no", "fire"), "policy_value")
	wantCode(t, s.Policy.BreakGlass(ctx, stack.Officer, policy.Live, "false", "fire"), "not_permitted")
	wantCode(t, s.Policy.BreakGlass(ctx, operator, policy.Live, "false", ""), "policy_reason")
	// The server's configuration may say anything: that is what the command is for.
	check(t, other(t, s, weak).Policy.BreakGlass(ctx, operator, policy.Live, "false", "Ada is on leave"))
	if s.Approvals.Required(ctx, "live") {
		t.Error("it is not in force")
	}
	e := last(t, s, access.PolicyBreakGlass)
	if e.Outcome != audit.Done || e.Detail != "true to false; without a second person: Ada is on leave" ||
		!strings.HasPrefix(e.CallerName, "command line (") {
		t.Errorf("the audit log has %+v", e)
	}
	check(t, s.Policy.Watch(ctx, operator))
	if got := readiness(t, s.Services).Policy; !strings.Contains(got.Warning,
		"without a second person (four_eyes.live)") {
		t.Errorf("readiness is %+v", got)
	}
	// What one person changes meanwhile is no decision of two.
	_, done, err := s.Policy.Change(ctx, admin, policy.Live, "true", "two of us again")
	check(t, err)
	check(t, s.Policy.Watch(ctx, operator))
	if got := readiness(t, s.Services).Policy; !done || !strings.Contains(got.Warning, "four_eyes.live") {
		t.Errorf("done %v, readiness is %+v", done, got)
	}
	// Once two people have decided it again, it is quiet.
	asked, done, err := s.Policy.Change(ctx, stack.Officer, policy.Live, "true", "two of us again")
	check(t, err)
	_, err = s.Approvals.Approve(ctx, admin, asked.ID, "")
	check(t, err)
	check(t, s.Policy.Watch(ctx, operator))
	if got := readiness(t, s.Services).Policy; done || got.Warning != "" {
		t.Errorf("done %v, readiness is %+v", done, got)
	}
}

// A correction of the catalogue is in force where it was not configured, and goes to open clients too.
func TestCorrectionsAreFollowed(t *testing.T) {
	s := begun(t)
	ctx := t.Context()
	r := s.Activate()
	before, err := s.Issuer.Client(ctx, stack.Connector, r.ID)
	check(t, err)
	name := "institutions." + stack.Institution
	_, _, err = s.Policy.Change(ctx, stack.Officer, name, "token_url: elsewhere", "they moved")
	wantCode(t, err, "policy_profile")
	if said := err.Error(); strings.Contains(said, "..") {
		t.Errorf("two full stops: %s", said)
	}
	_, _, err = s.Policy.Change(ctx, stack.Officer, "institutions.nobody", "history_days: 7", "they moved")
	wantCode(t, err, "policy_profile")

	asked, _, err := s.Policy.Change(ctx, stack.Officer, name, "history_days: 7", "they keep less")
	check(t, err)
	if change := asked.Changes[0]; change.After != `{"history_days":7}` || change.Code != "change.policy.correction" {
		t.Errorf("the second person sees %+v", change)
	}
	_, err = s.Approvals.Approve(ctx, admin, asked.ID, "")
	check(t, err)
	check(t, s.Policy.Watch(ctx, operator))
	in, err := s.Registrations.Institution(ctx, stack.Engineer, stack.Institution)
	check(t, err)
	if in.Profile["history_days"] != 7 {
		t.Errorf("history_days is %v", in.Profile["history_days"])
	}
	after, err := s.Issuer.Client(ctx, stack.Connector, r.ID)
	check(t, err)
	if before == after {
		t.Error("an open client stayed with the former profile")
	}
	// As a configuration says it, with another order or form of the same value, it agrees.
	_, value, err := policy.Correction(stack.Institution, map[string]any{"history_days": 7})
	check(t, err)
	for stated, want := range map[string]int{value: 0, `{"history_days":8}`: 1, "": 1} {
		found, err := policy.NewInForce(s.DB, policy.Values{name: stated}).Differences(ctx)
		if err != nil || len(found) != want {
			t.Errorf("%q: %v, %v", stated, found, err)
		}
	}
}
