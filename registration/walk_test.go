package registration_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/secret"
)

// walker takes random steps on live, and looks after each whether what is in use
// changed, and if so, whether it was allowed to.
type walker struct {
	s       *stack.Stack
	start   time.Time
	good    []string // QWACs without fault
	poor    []string // one without a role, one that ends in some days
	seal    string
	id      string             // of the registration
	before  registration.View  // before the step
	shown   map[string]content // by request: what the second person was shown
	actor   access.Caller      // of the step
	gone    bool               // somebody has left
	happens map[string]int
}

// content is what an activation is about.
type content struct{ from, to string }

// move is one step. What it does depends on nothing but its numbers and the
// state, so a failing walk can be walked again with moves left out.
type move struct{ what, who, which int }

func (m move) String() string {
	return fmt.Sprintf("%s(by %s, %d)", moves[m.what].name, people[m.who].Name, m.which)
}

// people are two who may, one of them once more as an administrator, one who
// came later, the command line with every role, and one who only reads.
var people = []access.Caller{
	stack.Engineer, stack.Officer,
	{ID: stack.Engineer.ID, Name: "Grace as administrator", Roles: []access.Role{access.Admin}},
	{ID: "u-linus", Name: "Linus", Roles: []access.Role{access.Engineer}},
	{ID: "system:command-line", Name: "command line", Roles: []access.Role{access.Admin}},
	stack.Auditor,
}

var moves = []struct {
	name  string
	often int
	do    func(ctx context.Context, w *walker, m move)
}{
	{"save", 4, func(ctx context.Context, w *walker, m move) {
		w.save(ctx, w.good[m.which%len(w.good)], stack.ClientSecret)
	}},
	{"save a poor certificate", 2, func(ctx context.Context, w *walker, m move) {
		w.save(ctx, w.poor[m.which%len(w.poor)], stack.ClientSecret)
	}},
	{"save a wrong secret", 1, func(ctx context.Context, w *walker, _ move) { w.save(ctx, w.good[0], "wrong") }},
	{"save trust anchors", 1, func(ctx context.Context, w *walker, m move) {
		anchors := [][]string{{}, {rootPEM(w.s)}}[m.which%2]
		_, _ = w.s.Registrations.SaveBundle(ctx, w.actor, w.id, registration.BundleInput{TrustAnchors: anchors})
	}},
	{"finish the steps", 5, func(ctx context.Context, w *walker, m move) {
		for _, step := range w.before.Steps {
			if step.Check == catalogue.CheckBankAnswer && !step.Settled() {
				_, _ = w.s.Registrations.RecordSent(ctx, w.actor, w.id, step.ID,
					email.Dispatch{CertificateID: w.good[0]})
				_, _ = w.s.Registrations.AddEvidence(ctx, w.actor, w.id, step.ID, "answer.txt",
					[]byte(stack.BanksAnswer))
				_ = w.s.Registrations.RecordAnswer(ctx, w.actor, w.id, step.ID, email.Answer{
					From:      "support",
					Confirmed: m.which%4 != 3,
					Note:      "as they wrote",
				})
			}
			_ = w.s.Registrations.SetStep(ctx, w.actor, w.id, step.ID, checklist.Done, "")
		}
	}},
	{"change a step", 1, func(ctx context.Context, w *walker, m move) {
		states := []checklist.State{
			checklist.Todo, checklist.Waiting, checklist.NotNeeded, checklist.Done,
		}
		step := w.before.Steps[m.which%len(w.before.Steps)]
		_ = w.s.Registrations.SetStep(ctx, w.actor, w.id, step.ID, states[m.which%len(states)], "a reason")
	}},
	{"test", 12, func(ctx context.Context, w *walker, _ move) { _, _ = w.s.Issuer.Test(ctx, w.actor, w.id) }},
	{"activate", 20, func(ctx context.Context, w *walker, m move) {
		w.ask(ctx, registration.ChangeRequest{Version: w.version(m.which)})
	}},
	{"retire", 3, func(ctx context.Context, w *walker, m move) {
		w.ask(ctx, registration.ChangeRequest{Version: w.version(m.which), Retire: true})
	}},
	{"approve", 24, func(ctx context.Context, w *walker, m move) {
		w.decide(ctx, m.which, func(id string) { _, _ = w.s.Approvals.Approve(ctx, w.actor, id, "") })
	}},
	{"reject", 2, func(ctx context.Context, w *walker, m move) {
		w.decide(ctx, m.which, func(id string) { _, _ = w.s.Approvals.Reject(ctx, w.actor, id, "no") })
	}},
	{"withdraw", 2, func(ctx context.Context, w *walker, m move) {
		w.decide(ctx, m.which, func(id string) { _, _ = w.s.Approvals.Withdraw(ctx, w.actor, id, "") })
	}},
	{"wait", 3, func(_ context.Context, w *walker, m move) {
		w.s.Now = w.s.Now.Add([]time.Duration{time.Hour, 24 * time.Hour, 73 * time.Hour}[m.which%3])
	}},
	{"sweep", 2, func(ctx context.Context, w *walker, _ move) { _ = w.s.Approvals.Sweep(ctx) }},
	{"remove a user, or take back", 1, func(_ context.Context, w *walker, _ move) {
		if w.s.Leave(w.actor); w.gone {
			w.s.Rejoin()
		}
		w.gone = !w.gone
	}},
}

func named(name string) int {
	for i, m := range moves {
		if m.name == name {
			return i
		}
	}
	panic(name)
}

func (w *walker) save(ctx context.Context, qwac, clientSecret string) {
	_, _ = w.s.Registrations.SaveBundle(ctx, w.actor, w.id, registration.BundleInput{
		QWACID:       qwac,
		QSealCID:     w.seal,
		ClientID:     stack.ClientID,
		ClientSecret: secret.NewTextString(clientSecret),
	})
}

// version is most often the newest, or one of the others, or none at all.
func (w *walker) version(which int) int {
	newest := 1
	if len(w.before.Bundles) > 0 {
		newest = w.before.Bundles[0].Version
	}
	return max(1, newest-which%4)
}

func (w *walker) ask(ctx context.Context, a registration.ChangeRequest) {
	r, done, err := w.s.Registrations.RequestChange(ctx, w.actor, w.id, a)
	if err == nil && !done {
		w.shown[r.ID] = w.contentFor(a.Version, a.Retire)
	}
}

func (w *walker) decide(ctx context.Context, which int, f func(id string)) {
	all, _ := w.s.Approvals.List(ctx, stack.Auditor, approval.Filter{Object: w.id})
	if len(all) > 0 {
		f(all[which%min(len(all), 2)].ID)
	}
}

func (w *walker) contentFor(version int, retire bool) content {
	var c content
	for _, b := range w.before.Bundles {
		said := strings.Join(append([]string{
			b.ID, b.QWACID, b.QSealCID, b.ClientID, b.CredentialsRef,
		}, b.TrustAnchors...), " ")
		if b.State == registration.Active {
			c.from = said
		}
		if b.Version == version && !retire {
			c.to = said
		}
	}
	return c
}

// walk walks on a registration of its own, and returns what went wrong.
func (w *walker) walk(t *testing.T, path []move) error {
	ctx := t.Context()
	w.s.Now, w.gone, w.shown = w.start, false, map[string]content{}
	w.s.Rejoin()
	w.id = w.register(t)
	for i, m := range path {
		w.before, w.actor = view(t, w.s, w.id), people[m.who]
		moves[m.what].do(ctx, w, m)
		if err := w.judge(ctx, view(t, w.s, w.id)); err != nil {
			return fmt.Errorf("after %d moves, %v: %w", i+1, m, err)
		}
	}
	return nil
}

func (w *walker) register(t *testing.T) string {
	organizations, err := w.s.Registrations.OrganizationPage(t.Context(), stack.Engineer,
		registration.Organizations.Query())
	if err != nil {
		t.Fatal(err)
	}
	if len(organizations.Items) == 0 {
		return w.s.Register(stack.LiveAtSim).ID
	}
	a, err := w.s.Registrations.AddApplication(t.Context(), stack.Engineer, registration.Application{
		OrganizationID: organizations.Items[0].ID,
		Name:           fmt.Sprintf("Application %d", w.happens["walks"]),
		RedirectURIs:   []string{stack.RedirectURI},
		ClientURI:      "https://exemple-paiement.example",
		TermsURI:       "https://exemple-paiement.example/terms",
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.s.Registrations.Register(t.Context(), stack.Engineer, a.ID, stack.LiveAtSim)
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// judge looks at what the move changed.
func (w *walker) judge(ctx context.Context, after registration.View) error {
	was, is := 0, 0
	if b := w.before.Active(); b != nil {
		was = b.Version
	}
	if b := after.Active(); b != nil {
		is = b.Version
	}
	if was == is {
		return nil
	}
	changed := is
	if is == 0 {
		changed = was
	} else if err := w.judgeActive(ctx, after); err != nil {
		return err
	}
	return w.judgePeople(ctx, changed, is == 0)
}

// judgeActive demands of a version that has just become active what every blocker is about.
func (w *walker) judgeActive(ctx context.Context, after registration.View) error {
	if _, _, err := w.s.Registrations.ActiveBundle(ctx, w.id); err != nil {
		return fmt.Errorf("what became active is blocked: %w", err)
	}
	aboutTheDraft := []string{
		catalogue.CheckCertificatesUploaded, catalogue.CheckCertificatesSelected,
		catalogue.CheckCredentialsRecorded,
		catalogue.CheckBundleSaved, catalogue.CheckConnectionTested,
	} // a rollback leaves the draft as it is
	for _, step := range after.Steps {
		if !step.Settled() && !step.Optional && !slices.Contains(aboutTheDraft, step.Check) {
			return fmt.Errorf("it became active with the step %s open", step.ID)
		}
	}
	active := *after.Active()
	usedBefore := slices.ContainsFunc(w.before.Bundles, func(b registration.Bundle) bool {
		return b.ID == active.ID && !b.ActivatedAt.IsZero()
	})
	if !active.Test.Passed && !usedBefore {
		return fmt.Errorf("version %d became active untested", active.Version)
	}
	return nil
}

// judgePeople demands the request of another person, in time, for exactly this.
func (w *walker) judgePeople(ctx context.Context, version int, retired bool) error {
	all, err := w.s.Approvals.List(ctx, stack.Auditor, approval.Filter{
		Object: w.id,
		States: []approval.State{approval.Approved},
	})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(r approval.Request) bool {
		_, known := w.shown[r.ID]
		return known && r.Payload["version"] == fmt.Sprint(version) && (r.Kind == access.BundleRetire) == retired
	})
	if i < 0 {
		return fmt.Errorf("version %d changed its state without an approved request", version)
	}
	r := all[i]
	w.happens[string(r.Kind)]++
	switch {
	case r.RequestedBy == r.DecidedBy || r.DecidedBy != w.actor.ID:
		return fmt.Errorf("%s asked, %s decided, %s did it", r.RequestedBy, r.DecidedBy, w.actor.ID)
	case !w.actor.IsPerson() || !w.actor.May(access.BundleActivate):
		return fmt.Errorf("%s may not", w.actor.Name)
	case w.s.Gone(r.RequestedBy):
		return fmt.Errorf("%s was removed before it was approved", r.RequestedBy)
	case !w.s.Now.Before(r.ExpiresAt):
		return fmt.Errorf("it was approved after its end")
	case w.shown[r.ID] != w.contentFor(version, retired):
		return fmt.Errorf("the second person was shown %+v and approved %+v", w.shown[r.ID],
			w.contentFor(version, retired))
	}
	delete(w.shown, r.ID)
	return nil
}

// shrink leaves out moves as long as the walk still fails.
func (w *walker) shrink(t *testing.T, path []move) []move {
	for size := len(path) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(path); {
			shorter := slices.Delete(slices.Clone(path), at, at+size)
			w.happens["walks"]++
			if w.walk(t, shorter) != nil {
				path = shorter
			} else {
				at += size
			}
		}
	}
	return path
}

// Whatever is called by whomever in whatever order: nothing becomes active with
// a blocker left, and on live nothing that is in use changes by one person alone.
func TestNoWalkReachesABlockedOrLonelyActivation(t *testing.T) {
	s := stack.New(t)
	w := &walker{
		s:       s,
		start:   s.Now,
		seal:    s.Import(qtsp.Request{Kind: certs.QSealC}),
		happens: map[string]int{},
		good:    []string{s.Import(qtsp.Request{}), s.Import(qtsp.Request{})},
		poor: []string{
			s.Import(qtsp.Request{Roles: []string{"PSP_AI"}}),
			s.Import(qtsp.Request{NotAfter: s.Now.Add(100 * time.Hour)}),
		},
	}
	var deck []int
	for i, m := range moves {
		deck = append(deck, slices.Repeat([]int{i}, m.often)...)
	}
	walks, length := 8, 70
	if testing.Short() {
		walks = 3
	}
	// Ids are random, so a seed does not decide alone how far a walk comes: go on
	// until each kind has happened.
	for seed := 0; seed < walks || (!testing.Short() && seed < 10*walks && !w.sawEverything()); seed++ {
		random := rand.New(rand.NewPCG(uint64(seed), 2024))
		path := make([]move, length)
		for i := range path {
			// The first two people act most of the time, or little would happen.
			who := random.IntN(2)
			if random.IntN(4) == 0 {
				who = random.IntN(len(people))
			}
			path[i] = move{what: deck[random.IntN(len(deck))], who: who, which: random.IntN(12)}
		}
		// Something that could be activated, to begin with.
		copy(path, []move{
			{what: named("finish the steps")},
			{what: named("save")},
			{what: named("test")},
			{what: named("activate")},
		})
		w.happens["walks"]++
		if err := w.walk(t, path); err != nil {
			t.Fatalf("seed %d: %v\nshortest: %v", seed, err, w.shrink(t, path))
		}
	}
	t.Log(w.happens)
	if !w.sawEverything() && !testing.Short() {
		t.Errorf("not every kind of change happened, so nothing was shown about it: %v", w.happens)
	}
}

func (w *walker) sawEverything() bool {
	return !slices.ContainsFunc([]access.Action{
		access.BundleActivate,
		access.BundleRollback,
		access.BundleRetire,
	},
		func(kind access.Action) bool { return w.happens[string(kind)] == 0 })
}
