package identity_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/secret"
)

// onEach runs f with an administrator at the console, on every database.
func onEach(t *testing.T, f func(t *testing.T, b *bench, root access.Caller)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := &bench{db: db, now: time.Now().Truncate(time.Microsecond)}
		clock := func() time.Time { return b.now }
		b.Service = identity.New(db, audit.New(db, clock), clock)
		u, err := b.AddUser(t.Context(), "Root", []access.Role{access.Admin})
		if err != nil {
			t.Fatal(err)
		}
		f(t, b, b.atConsole(u))
	})
}

// atConsole is a user who has just signed in.
func (b *bench) atConsole(u identity.User) access.Caller {
	c := u.Caller(time.Now())
	c.Way, c.ConfirmedAt = access.BySession, b.now
	return c
}

func refusal(err error) string {
	if err == nil {
		return ""
	}
	code := fault.Code(err)
	return code
}

func wants(t *testing.T, what string, err error, code string) {
	t.Helper()
	if got := refusal(err); got != code {
		t.Errorf("%s: %q, want %q (%v)", what, got, code, err)
	}
}

func TestInvitations(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench, root access.Caller) {
		ctx := t.Context()
		invited, err := b.Invite(ctx, root, "  Camille   Durand ", []access.Role{access.Compliance})
		wants(t, "inviting", err, "")
		_, link, code, err := b.MakeInvitationLink(ctx, root, invited.ID)
		wants(t, "making the link", err, "")
		for range 2 { // a mail filter opens it ahead
			i, held, err := b.OpenInvitation(ctx, link)
			if err != nil || i.Name != "Camille Durand" || held.Reveal() != link.Reveal() {
				t.Fatalf("got %+v, %v", i, err)
			}
		}
		_, err = b.Accept(ctx, link, "00000000", "")
		wants(t, "a wrong code", err, "code_wrong")
		_, another, _, err := b.MakeInvitationLink(ctx, root, invited.ID)
		wants(t, "another link", err, "")
		_, err = b.Accept(ctx, link, code.Reveal(), "")
		wants(t, "the former link", err, "invitation_over")
		_, err = b.Accept(ctx, another, code.Reveal(), "")
		wants(t, "the former code", err, "code_wrong")
		_, link, code, err = b.MakeInvitationLink(ctx, root, invited.ID)
		wants(t, "the last link", err, "")
		var mu sync.Mutex
		joined := 0
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if u, err := b.Accept(ctx, link, " "+code.Reveal()[:4]+" "+code.Reveal()[4:], "Mallory"); err == nil {
					mu.Lock()
					defer mu.Unlock()
					if joined++; u.Name != "Camille Durand" {
						t.Errorf("joined as %q", u.Name)
					}
				}
			})
		}
		all.Wait()
		if joined != 1 {
			t.Errorf("joined %d times", joined)
		}
		_, err = b.Invite(ctx, root, "camille durand", []access.Role{access.Auditor})
		wants(t, "a name that differs by case", err, "person_name_taken")
	})
}

// Codes are guessed a few times, also by many at once.
func TestCodesAreNotGuessed(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench, root access.Caller) {
		ctx := t.Context()
		invited, err := b.Invite(ctx, root, "Camille", []access.Role{access.Auditor})
		wants(t, "inviting", err, "")
		_, link, code, err := b.MakeInvitationLink(ctx, root, invited.ID)
		wants(t, "making the link", err, "")
		codes := make(chan string, 20)
		for range cap(codes) {
			go func() {
				_, err := b.Accept(context.WithoutCancel(ctx), link, "x", "")
				codes <- refusal(err)
			}()
		}
		tried := 0
		for range cap(codes) {
			if <-codes == "code_wrong" {
				tried++
			}
		}
		if tried != 5 {
			t.Errorf("%d codes were tried", tried)
		}
		_, err = b.Accept(ctx, link, code.Reveal(), "")
		wants(t, "the right code after that", err, "invitation_over")
		b.now = b.now.Add(identity.InvitationLifetime)
		if left, err := b.Invited(ctx, root); err != nil || len(left) != 0 {
			t.Errorf("after its time: %v, %v", left, err)
		}
	})
}

// The first administrator comes by a link that is opened once, and nobody after.
func TestFirstAdministrator(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		b := &bench{db: db, now: time.Now()}
		clock := func() time.Time { return b.now }
		b.Service = identity.New(db, audit.New(db, clock), clock)
		former, err := b.FirstLink(ctx)
		wants(t, "the first link", err, "")
		link, err := b.FirstLink(ctx)
		wants(t, "after a restart", err, "")
		_, _, err = b.OpenInvitation(ctx, former)
		wants(t, "the link of the former start", err, "invitation_over")
		_, held, err := b.OpenInvitation(ctx, link)
		wants(t, "opening", err, "")
		_, _, err = b.OpenInvitation(ctx, link)
		wants(t, "opening again", err, "invitation_over")
		_, err = b.Accept(ctx, held, "", "")
		wants(t, "without a name", err, "user_incomplete")
		u, err := b.Accept(ctx, held, "", "Ada Lovelace")
		if err != nil || !u.Caller(time.Now()).May(access.UserManage) {
			t.Fatalf("got %+v, %v", u, err)
		}
		if link, err := b.FirstLink(ctx); err != nil || !link.Empty() {
			t.Errorf("there is an administrator, and another first link: %v", err)
		}
	})
}

func TestRights(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench, root access.Caller) {
		ctx := t.Context()
		ada, err := b.AddUser(ctx, "Ada", []access.Role{access.Admin})
		wants(t, "adding", err, "")
		wants(t, "own roles", b.SetRoles(ctx, root, root.ID, []access.Role{access.Auditor}), "own_rights")
		wants(t, "a program's role", b.SetRoles(ctx, root, ada.ID, []access.Role{access.System}), "role_unknown")
		wants(t, "other roles", b.SetRoles(ctx, root, ada.ID, []access.Role{access.Engineer}), "")
		other := b.atConsole(ada) // was read before: the caller of a request that is on its way
		wants(t, "the last administrator", b.Disable(ctx, other, root.ID), "administrator_last")
		token, err := b.NewToken(ctx, "Ada", time.Hour)
		wants(t, "token", err, "")
		session, err := b.BeginSession(ctx, ada.ID, identity.ByLink, "", "")
		wants(t, "session", err, "")
		wants(t, "disabling", b.Disable(ctx, root, ada.ID), "")
		_, err = b.Caller(ctx, token)
		wants(t, "token of somebody disabled", err, "token_invalid")
		_, _, err = b.SessionUser(ctx, session.ID)
		wants(t, "session of somebody disabled", err, "not_found")
		link, err := b.NewSignInLink(ctx, "Ada")
		wants(t, "link", err, "")
		_, err = b.SignIn(ctx, link)
		wants(t, "link of somebody disabled", err, "person_disabled")
		if p, err := b.Person(ctx, ada.ID); err != nil || p.May(access.BundleActivate) {
			t.Errorf("somebody disabled may still be one of two people: %+v, %v", p, err)
		}
		wants(t, "enabling", b.Enable(ctx, root, ada.ID), "")
		b.now = b.now.Add(access.ConfirmedFor)
		wants(t, "without confirming", b.Disable(ctx, root, ada.ID), "confirm_needed")
		program := root
		program.Way = access.ByToken
		wants(t, "with a token", b.Disable(ctx, program, ada.ID), "")
	})
}

func TestSessions(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench, root access.Caller) {
		ctx := t.Context()
		begin := func() identity.Session {
			t.Helper()
			s, err := b.BeginSession(ctx, root.ID, identity.ByLink, "", strings.Repeat("é", 400))
			wants(t, "beginning", err, "")
			return s
		}
		first := begin()
		b.now = b.now.Add(time.Second)
		for range identity.MaxSessions {
			begin()
		}
		_, _, err := b.SessionUser(ctx, first.ID)
		wants(t, "the oldest of too many", err, "not_found")
		if own, err := b.OwnSessions(ctx, root); err != nil || len(own) != identity.MaxSessions {
			t.Errorf("%d sessions, %v", len(own), err)
		}
		idle := begin()
		b.now = b.now.Add(identity.SessionIdle)
		_, _, err = b.SessionUser(ctx, idle.ID)
		wants(t, "an idle one", err, "session_not_found")
		busy := begin()
		for range 25 {
			b.now = b.now.Add(identity.SessionIdle - time.Minute)
			wants(t, "being there", b.SessionSeen(ctx, busy.ID), "")
		}
		_, _, err = b.SessionUser(ctx, busy.ID)
		wants(t, "one that goes on for too long", err, "session_not_found")
		mine := begin()
		bob, err := b.AddUser(ctx, "Bob", []access.Role{access.Auditor})
		wants(t, "adding", err, "")
		wants(t, "somebody else's", b.EndSession(ctx, b.atConsole(bob), mine.ID), "session_not_found")
		wants(t, "one's own", b.EndSession(ctx, root, mine.ID), "")
	})
}

// Every use of a link made on the server is shown until somebody else has looked, but for an evaluation's own.
func TestLinksAreAlerts(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench, root access.Caller) {
		ctx := t.Context()
		bob, err := b.AddUser(ctx, "Bob", []access.Role{access.Auditor})
		wants(t, "adding", err, "")
		quiet, err := b.NewEvaluationLink(ctx, "Root")
		wants(t, "link", err, "")
		loud, err := b.NewSignInLink(ctx, "Root")
		wants(t, "link", err, "")
		opened, err := b.OpenLink(ctx, loud)
		wants(t, "opening", err, "")
		for _, link := range []secret.Text{quiet, opened} {
			_, err := b.SignIn(ctx, link)
			wants(t, "signing in", err, "")
		}
		alerts, err := b.LinkAlerts(ctx, bob.Caller(time.Now()))
		if err != nil || len(alerts) != 1 || alerts[0].UserName != "Root" {
			t.Fatalf("got %+v, %v", alerts, err)
		}
		wants(t, "one's own", b.SeeLinkAlert(ctx, root, alerts[0].ID), "alert_own")
		wants(t, "somebody else", b.SeeLinkAlert(ctx, bob.Caller(time.Now()), alerts[0].ID), "")
		if left, err := b.LinkAlerts(ctx, root); err != nil || len(left) != 0 {
			t.Errorf("got %+v, %v", left, err)
		}
	})
}

func TestNames(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"ADA", "Al\u0456ce", "a\x1b[31m", "a\u202eb", "a\u200bb", strings.Repeat("a", 101)} {
		if _, err := b.AddUser(t.Context(), name, []access.Role{access.Auditor}); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
	for _, name := range []string{"Søren Kierkegaard", "Ἀριστοτέλης", "Лев Толстой", "李 小龍", "O'Neil-2"} {
		if _, err := b.AddUser(t.Context(), name, []access.Role{access.Auditor}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := b.AddUser(t.Context(), "x", nil); !errors.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// Who has given somebody a right, or changed one, is known for as long as it matters; ending a session is neither.
func TestChangedRights(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench, root access.Caller) {
		ctx := t.Context()
		grace, err := b.AddUser(ctx, "Grace", []access.Role{access.Engineer})
		if err != nil {
			t.Fatal(err)
		}
		start := b.now
		changed := func(by string, since time.Duration) bool {
			t.Helper()
			found, err := b.ChangedRights(ctx, by, grace.ID, b.now.Add(-since))
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		if changed(root.ID, time.Hour) {
			t.Error("nothing was changed")
		}
		if err := b.SetRoles(ctx, root, grace.ID, []access.Role{access.Compliance}); err != nil {
			t.Fatal(err)
		}
		if !changed(root.ID, time.Hour) || changed("somebody else", time.Hour) {
			t.Error("a change of roles is its author's")
		}
		// The change is not hidden behind what is done to the same person afterwards.
		log, ended := audit.New(b.db, func() time.Time { return b.now }), note.New("session_ended", "ended")
		var wait sync.WaitGroup
		for range listing.MaxLimit {
			wait.Go(func() {
				if err := log.Record(ctx, root, access.UserManage, grace.ID, audit.Done, ended); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if !changed(root.ID, time.Hour) {
			t.Error("a change of roles is hidden behind others")
		}
		b.now = start.Add(61 * time.Minute)
		if changed(root.ID, time.Hour) {
			t.Error("it counts after an hour")
		}
		if found, err := b.ChangedRights(ctx, root.ID, "nobody", start); err != nil || found {
			t.Errorf("of nobody: %v, %v", found, err)
		}
	})
}

// TestRolesAreTakenFromWhatSomebodyHas: of two who change the same person's roles at once, the later is told.
func TestRolesAreTakenFromWhatSomebodyHas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		u := identity.User{ID: "u1", Name: "Ada", Roles: []access.Role{access.Compliance, access.Engineer}}
		if err := db.AddUser(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		left := []access.Role{access.Engineer}
		if err := db.ReplaceRoles(t.Context(), u.ID, u.Roles, left); err != nil {
			t.Fatal(err)
		}
		err := db.ReplaceRoles(t.Context(), u.ID, u.Roles, []access.Role{access.Compliance})
		if !errors.Is(err, fault.Conflict) {
			t.Errorf("what somebody else changed: %v", err)
		}
		if now, err := db.UserByID(t.Context(), u.ID); err != nil || !slices.Equal(now.Roles, left) {
			t.Errorf("they have %v, %v", now.Roles, err)
		}
	})
}

// TestTwoAdministratorsLeaveOne has two administrators take what the other may do at the same moment, in each way that
// there is: one of them stays.
func TestTwoAdministratorsLeaveOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		admin, none := []access.Role{access.Admin}, []access.Role{access.Limited}
		take := map[string]func(id string) error{
			"roles":   func(id string) error { return db.ReplaceRoles(t.Context(), id, admin, none) },
			"sign-in": func(id string) error { return db.Disable(t.Context(), id, time.Unix(1, 0)) },
			"removal": func(id string) error { return db.RemoveUser(t.Context(), id) },
		}
		left := ""
		for what, f := range take {
			ids := []string{what + "-1", what + "-2"}
			for _, id := range ids {
				if err := db.AddUser(t.Context(), identity.User{ID: id, Name: id, Roles: admin}); err != nil {
					t.Fatal(err)
				}
			}
			if left != "" { // who gives way to the next two
				if err := db.RemoveUser(t.Context(), left); err != nil {
					t.Fatal(err)
				}
			}
			var both sync.WaitGroup
			answers := make([]error, len(ids))
			for i, id := range ids {
				both.Go(func() { answers[i] = f(id) })
			}
			both.Wait()
			refused := errors.Is(answers[0], fault.Conflict) != errors.Is(answers[1], fault.Conflict)
			if !refused || answers[0] != nil && answers[1] != nil {
				t.Errorf("%s: %v", what, answers)
			}
			if left = ids[0]; answers[0] == nil {
				left = ids[1]
			}
		}
	})
}
