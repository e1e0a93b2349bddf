package approval_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

var (
	grace = access.Caller{ID: "u-grace", Name: "Grace", Roles: []access.Role{access.Engineer}}
	linus = access.Caller{ID: "u-linus", Name: "Linus", Roles: []access.Role{access.Engineer}}
	// the same user, more powerful since
	root  = access.Caller{ID: "u-grace", Name: "Grace", Roles: []access.Role{access.Admin}}
	bob   = access.Caller{ID: "u-bob", Name: "Bob", Roles: []access.Role{access.Auditor}}
	shell = access.Caller{ID: "system:command-line", Name: "command line", Roles: []access.Role{access.Admin}}
)

// switchboard is a handler whose object is a word; the change is its next value.
type switchboard struct {
	mu      sync.Mutex
	word    string
	applied int
	fails   error
	refuses error
	urgent  bool
	during  func() // while the change is applied
}

func (b *switchboard) Describe(_ context.Context, r approval.Request) ([]approval.Change, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change := approval.Change{
		Field:       "word",
		Before:      b.word,
		After:       r.Payload["word"],
		Consequence: "It says something else.",
		Code:        "word",
		Args:        []string{"x"},
	}
	return []approval.Change{change}, b.word + "->" + r.Payload["word"], b.refuses
}

func (b *switchboard) Apply(_ context.Context, _ access.Caller, r approval.Request) error {
	if b.during != nil {
		b.during()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.applied++
	if b.fails != nil {
		return b.fails
	}
	b.word = r.Payload["word"]
	return nil
}

func (b *switchboard) Applied(_ context.Context, r approval.Request) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.word == r.Payload["word"], nil
}

func (b *switchboard) Urgent(context.Context, approval.Request) (bool, error) { return b.urgent, nil }

type people map[string]access.Caller

func (p people) Person(_ context.Context, id string) (access.Caller, error) {
	if c, ok := p[id]; ok {
		return c, nil
	}
	return access.Caller{}, fault.New(fault.NotFound, "not_found", "There is no such user.")
}

func (p people) ChangedRights(_ context.Context, by, id string, _ time.Time) (bool, error) {
	return p[id].Way == access.Way("changed by "+by) || p[id].Way == access.Way("let in by "+by), nil
}

func (p people) GaveAlone(_ context.Context, by, id string, role access.Role, _ time.Time) (bool, error) {
	return p[id].Way != access.Way("let in by "+by), nil
}

type bench struct {
	*approval.Service
	*switchboard
	t      *testing.T
	now    time.Time
	log    *audit.Log
	people people
}

func newBench(t *testing.T, db *store.DB) *bench {
	b := &bench{
		t:           t,
		switchboard: &switchboard{word: "old"},
		now:         time.Date(2027, 1, 23, 10, 0, 0, 0, time.UTC),
		people:      people{grace.ID: grace, linus.ID: linus, bob.ID: bob},
	}
	now := func() time.Time { return b.now }
	b.log = audit.New(db, now)
	b.serve(approval.New(approval.Config{
		Store:  db,
		People: b.people,
		Audit:  b.log,
		Now:    now,
		Policy: approval.Policy{
			TwoPeople:    map[environment.Name]bool{environment.Live: true},
			ExpiresAfter: 72 * time.Hour,
		},
	}))
	return b
}

// serve has requests carried out by the bench's switchboard.
func (b *bench) serve(requests *approval.Requests) {
	b.Service = approval.NewService(requests, b.handling())
}

func (b *bench) handling() approval.Handling {
	return approval.Handling{Kind: access.BundleActivate, Handler: b.switchboard}
}

func (b *bench) proposal(word string) approval.NewRequest {
	return approval.NewRequest{
		Handling:    b.handling(),
		Object:      "r1",
		ObjectName:  "Bank",
		Environment: "live",
		Payload:     map[string]string{"word": word},
	}
}

func (b *bench) submit(word string) approval.Request {
	b.t.Helper()
	r, done, err := b.RequestChange(b.t.Context(), grace, b.proposal(word))
	if err != nil || done || r.State != approval.Open {
		b.t.Fatalf("submit: %+v, done %v, %v", r, done, err)
	}
	return r
}

func (b *bench) state(id string, want approval.State) approval.Request {
	b.t.Helper()
	r, err := b.Get(b.t.Context(), bob, id)
	if err != nil || r.State != want {
		b.t.Fatalf("the request is %s (%s), want %s; %v", r.State, r.Note.Text, want, err)
	}
	return r
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || fault.Code(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func each(t *testing.T, f func(t *testing.T, b *bench)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, newBench(t, db)) })
}

// known is a caller who came in some way.
func known(c access.Caller, way access.Way, confirmed time.Time) access.Caller {
	c.Way, c.ConfirmedAt = way, confirmed
	return c
}

func TestTwoPeople(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		asked := b.submit("new")
		stored, err := b.Get(ctx, linus, asked.ID)
		if diff := cmp.Diff(asked, stored); err != nil || diff != "" || len(stored.Changes) != 1 {
			t.Fatalf("%v\n%s", err, diff)
		}
		for name, test := range map[string]struct {
			who  access.Caller
			code string
		}{
			"whoever asked":                      {grace, "second_person_needed"},
			"whoever asked, as admin":            {root, "second_person_needed"},
			"another session of theirs":          {known(root, access.BySession, b.now), "second_person_needed"},
			"a token of theirs":                  {known(grace, access.ByToken, b.now), "second_person_needed"},
			"what holds a second person's token": {known(linus, access.ByToken, b.now), "session_needed"},
			"a second person's session, left open": {
				known(linus, access.BySession, b.now.Add(-access.ConfirmedFor)),
				"confirm_needed",
			},
			"the command line":        {shell, "person_needed"},
			"nobody":                  {access.Caller{Roles: []access.Role{access.Admin}}, "person_needed"},
			"somebody who only reads": {bob, "not_permitted"},
			"somebody without a right": {access.Caller{
				ID:    "u-x",
				Grant: &access.Grant{Purposes: access.Purposes},
			}, "not_permitted"},
		} {
			if _, err := b.Approve(ctx, test.who, asked.ID, ""); err == nil {
				t.Errorf("%s approved", name)
			} else if fault.Code(err) != test.code {
				t.Errorf("%s: %v, want %s", name, err, test.code)
			}
		}
		if b.applied != 0 {
			t.Fatal("it was applied without a second person")
		}
		done, err := b.Approve(ctx, known(linus, access.BySession, b.now), asked.ID, "looks right")
		if err != nil || done.State != approval.Approved || b.word != "new" {
			t.Fatalf("%+v, %v, %q", done, err, b.word)
		}
		if r := b.state(asked.ID, approval.Approved); r.DecidedBy != linus.ID || r.DecidedByName != "Linus" ||
			r.Note.Text != "looks right" || !r.DecidedAt.Equal(b.now) {
			t.Errorf("got %+v", r)
		}
		_, err = b.Approve(ctx, linus, asked.ID, "")
		refused(t, err, "approval_decided")
	})
}

func TestSubmitAgain(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		first := b.submit("new")
		_, _, err := b.RequestChange(ctx, grace, b.proposal("new"))
		refused(t, err, "second_person_needed")
		_, _, err = b.RequestChange(ctx, linus, b.proposal("new"))
		refused(t, err, "approval_open")
		second := b.submit("newer") // the same person wants something else
		b.state(first.ID, approval.Withdrawn)
		_, err = b.Approve(ctx, linus, first.ID, "")
		refused(t, err, "approval_decided")
		b.now = b.now.Add(72 * time.Hour)
		third, _, err := b.RequestChange(ctx, linus, b.proposal("newer")) // nobody answered: anyone may ask anew
		if err != nil {
			t.Fatal(err)
		}
		b.state(second.ID, approval.Expired)
		if _, err := b.Approve(ctx, grace, third.ID, ""); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWithoutPolicyItIsDoneAtOnce(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	p := b.proposal("new")
	p.Environment = "sandbox"
	r, done, err := b.RequestChange(t.Context(), grace, p)
	if err != nil || !done || b.word != "new" || r.State != approval.Approved || len(r.Changes) != 1 {
		t.Fatalf("%+v, %v, %v", r, done, err)
	}
	if _, _, err := b.RequestChange(t.Context(), bob, p); !errors.Is(err, fault.Denied) {
		t.Errorf("an auditor did it: %v", err)
	}
	b.refuses = fault.New(fault.Conflict, "not_ready", "No.")
	_, _, err = b.RequestChange(t.Context(), grace, p)
	refused(t, err, "not_ready")
	if b.applied != 1 {
		t.Error("what was refused was applied")
	}
	for env, want := range map[environment.Name]bool{"live": true, "sandbox": false, approval.Everywhere: true} {
		if b.Required(t.Context(), env) != want {
			t.Errorf("two people in %q: not %v", env, want)
		}
	}
}

// What is approved is what was shown.
func TestOutdatedRequestFails(t *testing.T) {
	for name, test := range map[string]struct {
		happens func(b *bench)
		code    string
	}{
		"the object changed": {func(b *bench) { b.word = "other" }, "approval_outdated"},
		"it cannot be done any more": {func(b *bench) {
			b.refuses = fault.New(fault.Conflict, "not_ready", "A blocker.")
		}, "not_ready"},
		"whoever asked was removed": {func(b *bench) { delete(b.people, grace.ID) }, "requester_gone"},
		"whoever asked lost the right": {func(b *bench) {
			b.people[grace.ID] = access.Caller{ID: grace.ID, Roles: []access.Role{access.Auditor}}
		}, "requester_gone"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, storetest.SQLite(t))
			asked := b.submit("new")
			test.happens(b)
			_, err := b.Approve(t.Context(), linus, asked.ID, "")
			refused(t, err, test.code)
			if r := b.state(asked.ID, approval.Failed); r.Note.Text == "" || b.applied != 0 {
				t.Errorf("note %q, applied %d times", r.Note.Text, b.applied)
			}
		})
	}
}

func TestARenamedRequesterIsTheSamePerson(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	asked := b.submit("new")
	renamed := grace
	renamed.Name = "Grace H."
	_, err := b.Approve(t.Context(), renamed, asked.ID, "")
	refused(t, err, "second_person_needed")
}

func TestRejectAndWithdraw(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		asked := b.submit("new")
		_, err := b.Reject(ctx, linus, asked.ID, " ")
		refused(t, err, "reason_missing")
		_, err = b.Reject(ctx, linus, asked.ID, strings.Repeat("é", note.MaxReason+1))
		refused(t, err, "reason_too_long")
		_, err = b.Reject(ctx, grace, asked.ID, "no")
		refused(t, err, "second_person_needed")
		_, err = b.Withdraw(ctx, linus, asked.ID, "")
		refused(t, err, "not_the_requester")
		if _, err := b.Reject(ctx, linus, asked.ID, "the bank has not answered"); err != nil {
			t.Fatal(err)
		}
		if r := b.state(asked.ID, approval.Rejected); r.Note.Text != "the bank has not answered" {
			t.Errorf("note %q", r.Note.Text)
		}
		again := b.submit("new")
		if _, err := b.Withdraw(ctx, root, again.ID, ""); err != nil {
			t.Fatal(err)
		}
		b.state(again.ID, approval.Withdrawn)
		_, err = b.Withdraw(ctx, grace, again.ID, "")
		refused(t, err, "approval_decided")
	})
}

func TestExpiry(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		asked := b.submit("new")
		b.now = b.now.Add(72*time.Hour - time.Microsecond)
		if inbox, err := b.Inbox(ctx, linus); err != nil || len(inbox) != 1 {
			t.Fatalf("%d in the inbox, %v", len(inbox), err)
		}
		if inbox, err := b.Inbox(ctx, grace); err != nil || len(inbox) != 0 {
			t.Fatalf("whoever asked has %d in the inbox, %v", len(inbox), err)
		}
		b.now = b.now.Add(time.Microsecond)
		if inbox, err := b.Inbox(ctx, linus); err != nil || len(inbox) != 0 {
			t.Fatalf("%d in the inbox after the end, %v", len(inbox), err)
		}
		b.state(asked.ID, approval.Expired) // shown so before anyone swept
		_, err := b.Approve(ctx, linus, asked.ID, "")
		refused(t, err, "approval_expired")
		next := b.submit("new")
		b.now = b.now.Add(73 * time.Hour)
		if err := b.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if all, err := b.List(ctx, bob, approval.Filter{
			Object: "r1",
			States: []approval.State{approval.Expired},
		}); err != nil || len(all) != 2 || all[0].ID != next.ID {
			t.Errorf("got %+v, %v", all, err)
		}
	})
}

// Two services on one database, as two replicas are: one of them wins.
func TestTwoDecideAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		other := newBench(t, db)
		other.switchboard = b.switchboard
		other.serve(other.Requests)
		asked := b.submit("new")
		ada := access.Caller{ID: "u-ada", Name: "Ada", Roles: []access.Role{access.Compliance}}
		var running sync.WaitGroup
		results := make([]error, 8)
		for i := range results {
			running.Go(func() {
				service, who := b.Service, linus
				if i%2 == 1 {
					service, who = other.Service, ada
				}
				_, results[i] = service.Approve(t.Context(), who, asked.ID, "")
			})
		}
		running.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
			} else if !errors.Is(err, fault.Conflict) {
				t.Error(err)
			}
		}
		if won != 1 || b.applied != 1 {
			t.Errorf("%d of 8 won, applied %d times", won, b.applied)
		}
	})
}

func TestTwoAskAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		var running sync.WaitGroup
		var mu sync.Mutex
		open := 0
		for i := range 6 {
			running.Go(func() {
				_, _, err := b.RequestChange(t.Context(), []access.Caller{grace, linus}[i%2], b.proposal("new"))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					open++
				}
			})
		}
		running.Wait()
		if open != 1 {
			t.Errorf("%d requests are open", open)
		}
	})
}

func TestWhatCannotBeAppliedFails(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	asked := b.submit("new")
	b.fails = fault.New(fault.Unavailable, "vault_sealed", "Vault is sealed.")
	_, err := b.Approve(t.Context(), linus, asked.ID, "")
	refused(t, err, "vault_sealed")
	if r := b.state(asked.ID, approval.Open); r.DecidedBy != "" {
		t.Errorf("what is down decided it: %+v", r)
	}
	b.fails = fault.New(fault.Conflict, "in_use", "A bundle uses it.")
	_, err = b.Approve(t.Context(), linus, asked.ID, "")
	refused(t, err, "in_use")
	if r := b.state(asked.ID, approval.Failed); r.Note.Text != "A bundle uses it." {
		t.Errorf("note %q", r.Note.Text)
	}
}

// Whoever hangs up does not leave a change half done.
func TestHangingUpDoesNotStopIt(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	asked := b.submit("new")
	ctx, hangUp := context.WithCancel(t.Context())
	b.during = hangUp
	if _, err := b.Approve(ctx, linus, asked.ID, ""); err != nil {
		t.Fatal(err)
	}
	b.state(asked.ID, approval.Approved)
}

// A crash is a request that stays in state applying.
func TestSweepAfterACrash(t *testing.T) {
	for name, test := range map[string]struct {
		found string // the word after the crash
		want  approval.State
	}{
		"before the change took effect": {"old", approval.Open},
		"after it":                      {"new", approval.Approved},
		"and somebody else came":        {"other", approval.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				b := newBench(t, db)
				asked := b.submit("new")
				asked.State, asked.DecidedBy, asked.DecidedAt = approval.Applying, linus.ID, b.now
				if err := db.MoveApproval(t.Context(), asked, approval.Open); err != nil {
					t.Fatal(err)
				}
				_, _, err := b.RequestChange(t.Context(), grace, b.proposal("newer"))
				refused(t, err, "approval_in_progress")
				b.word = test.found
				if err := b.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
				b.state(asked.ID, approval.Applying) // it may still be at work
				b.now = b.now.Add(6 * time.Minute)
				if err := b.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
				r := b.state(asked.ID, test.want)
				if test.want == approval.Open && (r.DecidedBy != "" || !r.DecidedAt.IsZero()) ||
					test.want == approval.Failed && r.Note.Text == "" || b.applied != 0 {
					t.Errorf("got %+v", r)
				}
			})
		})
	}
}

func TestEveryStepIsAudited(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	ctx := t.Context()
	first := b.submit("new")
	why := note.New("outdated_by_draft", "The draft was changed.")
	if err := b.Outdate(ctx, grace, access.BundleActivate, "r1", why); err != nil {
		t.Fatal(err)
	}
	b.state(first.ID, approval.Failed)
	second := b.submit("new")
	_, _ = b.Approve(ctx, grace, second.ID, "")
	_, _ = b.Approve(ctx, bob, second.ID, "")
	if _, err := b.Approve(ctx, linus, second.ID, ""); err != nil {
		t.Fatal(err)
	}
	entries, err := b.log.Latest(ctx, bob, 100)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, e := range entries {
		seen[string(e.Action)+" "+string(e.Outcome)+" "+e.CallerName+" "+e.Code]++
	}
	for _, want := range []string{
		"approval.request allowed Grace ", "approval.request done Grace request_opened",
		"approval.decide done Grace request_failed",
		"approval.decide failed Grace second_person_needed", "approval.decide denied Bob not_permitted",
		"approval.decide done Linus request_approved",
	} {
		if seen[want] == 0 {
			t.Errorf("the log has no %q: %v", want, seen)
		}
	}
}

// Who has just changed what somebody may do approves nothing that they ask for; another person does.
func TestNobodyApprovesTheRightsTheyGave(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		given := grace
		given.Way = access.Way("changed by " + linus.ID)
		b.people[grace.ID] = given
		r, _, err := b.RequestChange(t.Context(), grace, b.proposal("new"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Approve(t.Context(), linus, r.ID, "")
		if fault.Code(err) != "approval_rights_changed" {
			t.Fatalf("approved: %v", err)
		}
		b.people[grace.ID] = grace
		if _, err := b.Approve(t.Context(), linus, r.ID, ""); err != nil {
			t.Error(err)
		}
	})
}

// An emergency is what two people with an emergency grant do about something compromised, and nothing else.
func TestEmergencies(t *testing.T) {
	onCall := func(c access.Caller) access.Caller {
		c.Parts = []access.RoleGrant{{Role: access.Emergency, Scope: access.Everything}}
		return c
	}
	officer := access.Caller{ID: "u-carol", Name: "Carol", Roles: []access.Role{access.Compliance}}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		for name, test := range map[string]struct {
			requester, approver access.Caller
			urgent              bool
			way                 string // in which the approver has changed what the requester may do
			want                bool
		}{
			"two people with the grant":             {onCall(grace), onCall(linus), true, "changed by ", true},
			"nothing is compromised":                {onCall(grace), onCall(linus), false, "changed by ", false},
			"the requester has no grant":            {grace, onCall(linus), true, "changed by ", false},
			"the approver has none":                 {onCall(grace), linus, true, "changed by ", false},
			"the approver has let the requester in": {onCall(grace), onCall(linus), true, "let in by ", false},
		} {
			b.urgent = test.urgent
			given := test.requester
			given.Way = access.Way(test.way + linus.ID)
			b.people[grace.ID] = given
			r, _, err := b.RequestChange(t.Context(), test.requester, b.proposal(name))
			if err != nil {
				t.Fatal(err)
			}
			_, err = b.Approve(t.Context(), test.approver, r.ID, "")
			if (err == nil) != test.want {
				t.Fatalf("%s: approved: %v", name, err)
			}
			got, err := b.Get(t.Context(), grace, r.ID)
			said := test.urgent && len(test.requester.Parts) > 0 // before it is approved
			if err != nil || r.Emergency != said || got.State == approval.Approved && !got.Emergency {
				t.Errorf("%s: it is %+v, %v", name, got, err)
			}
			if _, err = b.Review(t.Context(), officer, r.ID, "in order"); (err == nil) != test.want {
				t.Errorf("%s: reviewed: %v", name, err)
			}
			if !test.want {
				_, err = b.Withdraw(t.Context(), grace, r.ID, "")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestActAlone: somebody who is on call and has just shown who they are goes ahead alone; it is reviewed by another.
func TestActAlone(t *testing.T) {
	onCall := func(c access.Caller) access.Caller {
		c.Parts = []access.RoleGrant{{Role: access.Emergency, Scope: access.Everything}}
		return c
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		now := func(way access.Way, confirmed time.Time) access.Caller {
			c := onCall(linus)
			c.Way, c.ConfirmedAt = way, confirmed
			return c
		}
		for name, test := range map[string]struct {
			caller access.Caller
			reason string
			code   string
		}{
			"not on call":   {linus, "it fails", "alone_not_on_call"},
			"with a token":  {now(access.ByToken, b.now), "it fails", "session_needed"},
			"unconfirmed":   {now(access.BySession, b.now.Add(-time.Hour)), "it fails", "confirm_needed"},
			"no reason":     {now(access.BySession, b.now), " ", "alone_reason_missing"},
			"the shell":     {onCall(shell), "it fails", "alone_not_on_call"},
			"an auditor":    {bob, "it fails", "not_permitted"},
			"it is refused": {now(access.BySession, b.now), "it fails", "no"},
		} {
			b.refuses = nil
			if test.code == "no" {
				b.refuses = fault.New(fault.Conflict, "no", "No.")
			}
			p := b.proposal("back")
			p.Reason = test.reason
			_, err := b.ActAlone(t.Context(), test.caller, p)
			if fault.Code(err) != test.code || b.applied != 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
		b.refuses = nil
		theirs := b.submit("elsewhere") // nobody is there to approve, reject or withdraw it
		p := b.proposal("back")
		p.Reason = "it fails since the release"
		b.refuses = fault.New(fault.Conflict, "no", "No.")
		if _, err := b.ActAlone(t.Context(), now(access.BySession, b.now), p); err == nil {
			t.Error("what cannot be done was done")
		}
		b.state(theirs.ID, approval.Open)
		b.refuses = nil
		r, err := b.ActAlone(t.Context(), now(access.BySession, b.now), p)
		if err != nil || b.word != "back" || r.State != approval.Approved || !r.Alone() {
			t.Fatalf("%+v, %v", r, err)
		}
		if ended := b.state(theirs.ID, approval.Failed); ended.Note.Code != "overtaken_alone" {
			t.Errorf("the request that was in the way says %+v", ended.Note)
		}
		q := approval.Listed.Query().With(approval.FilterEmergency, "true")
		if page, err := b.Page(t.Context(), grace, q); err != nil || len(page.Items) != 1 || page.Items[0].ID != r.ID {
			t.Errorf("the list of emergencies is %+v, %v", page.Items, err)
		}
		officer := access.Caller{ID: "u-carol", Name: "Carol", Roles: []access.Role{access.Compliance}}
		self := onCall(linus)
		self.Roles = officer.Roles
		if _, err := b.Review(t.Context(), self, r.ID, "fine"); !errors.Is(err, fault.Denied) {
			t.Errorf("reviewed by themselves: %v", err)
		}
		if _, err := b.Review(t.Context(), officer, r.ID, "in order"); err != nil {
			t.Errorf("reviewed: %v", err)
		}
	})
}
