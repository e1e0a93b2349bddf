package store_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/review"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// noAccounts ends service accounts that there are not.
type noAccounts struct{}

func (noAccounts) End(context.Context, access.Caller, string) (service.Account, error) {
	return service.Account{}, service.Ended()
}

// reviewed is a database with an administrator, two auditors and an engineer, and what reviews them.
type reviewed struct {
	*review.Service
	db       *store.DB
	log      *audit.Log
	identity *identity.Service
	key      string
	now      time.Time
}

func newReviewed(t *testing.T, db *store.DB) *reviewed {
	t.Helper()
	r := &reviewed{db: db, now: at}
	clock := func() time.Time { return r.now }
	r.log = audit.New(db, clock)
	r.identity = identity.New(db, r.log, clock)
	for id, role := range map[string]access.Role{
		"u-admin": access.Admin, "u-ann": access.Auditor, "u-bob": access.Auditor, "u-eve": access.Engineer,
	} {
		must(t, db.AddUser(t.Context(), identity.User{ID: id, Name: id, Roles: []access.Role{role}, CreatedAt: at}))
	}
	holder := newKeyholder(t)
	r.key = holder.public
	r.Service = review.New(review.Config{
		Store:    db,
		Lines:    db,
		Holders:  db,
		Uses:     db,
		People:   r.identity,
		Accounts: noAccounts{},
		Signer:   holder,
		Audit:    r.log,
		Months:   6,
		Now:      clock,
	})
	return r
}

// person is one of them, who has just confirmed that it is them.
func (r *reviewed) person(id string, role access.Role) access.Caller {
	return access.Caller{ID: id, Name: id, Roles: []access.Role{role}, Way: access.BySession, ConfirmedAt: r.now}
}

// line is the one about a role of somebody's.
func (r *reviewed) line(t *testing.T, id, holder string) review.Line {
	t.Helper()
	page, err := r.LinePage(t.Context(), r.person("u-ann", access.Auditor), id,
		review.ListedLines.Query().With(review.FilterHolder, holder).With(review.FilterKind, "role"))
	must(t, err)
	if len(page.Items) != 1 {
		t.Fatalf("%s has %d lines", holder, len(page.Items))
	}
	return page.Items[0]
}

// shown is that line as somebody sees it now.
func (r *reviewed) shown(t *testing.T, id, holder string) []review.Shown {
	t.Helper()
	l := r.line(t, id, holder)
	return []review.Shown{{Number: l.Number, ProposedAt: l.Proposed.At}}
}

// again is somebody who has just confirmed once more that it is them.
func (r *reviewed) again(c access.Caller) access.Caller { return r.person(c.ID, c.Roles[0]) }

// TestReviewsAreNotClosedWhileSomethingIsRemoved: a review does not say "undecided" of what a confirmation under way
// has removed, and what a crash has left half done can be confirmed again.
func TestReviewsAreNotClosedWhileSomethingIsRemoved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, r := t.Context(), newReviewed(t, db)
		ann, admin := r.person("u-ann", access.Auditor), r.person("u-admin", access.Admin)
		started, err := r.Start(ctx, ann)
		must(t, err)
		must(t, r.Propose(ctx, ann, started.ID, r.shown(t, started.ID, "u-eve"), true, "Has left."))
		before := r.line(t, started.ID, "u-eve")
		begun := before
		begun.Decided = review.Hand{By: "u-bob", Name: "u-bob", At: r.now}
		must(t, db.ChangeLine(ctx, before, begun)) // and then the process died
		remove := r.shown(t, started.ID, "u-eve")
		reviewCode(t, "closed meanwhile", r.Close(ctx, ann, started.ID, "x"), "review_line_busy")
		reviewCode(t, "confirmed meanwhile", r.Confirm(ctx, admin, started.ID, remove), "review_line_busy")
		reviewCode(t, "proposed meanwhile", r.Propose(ctx, ann, started.ID, remove, false, ""), "review_line_busy")
		r.now = r.now.Add(time.Minute)
		must(t, r.Confirm(ctx, r.again(admin), started.ID, remove))
		if l := r.line(t, started.ID, "u-eve"); l.State != review.Removed || l.Decided.By != "u-admin" {
			t.Errorf("%+v", l)
		}
	})
}

func reviewCode(t *testing.T, what string, err error, want string) {
	t.Helper()
	if fault.Code(err) != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// TestReviewOfAccess reviews everybody by two people, from the start to evidence that verifies.
func TestReviewOfAccess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, r := t.Context(), newReviewed(t, db)
		admin, ann, bob := r.person("u-admin", access.Admin), r.person("u-ann", access.Auditor),
			r.person("u-bob", access.Auditor)
		must(t, r.log.Record(ctx, access.Caller{ID: "u-eve"}, access.BundleWrite, "r1", audit.Done, note.Note{}))
		_, err := r.Start(ctx, r.person("u-eve", access.Engineer))
		reviewCode(t, "an engineer starts", err, "not_permitted")
		_, err = r.Start(ctx, access.SystemCaller("x"))
		reviewCode(t, "a program starts", err, "review_by_person")
		started, err := r.Start(ctx, ann)
		must(t, err)
		_, err = r.Start(ctx, bob)
		reviewCode(t, "a second one", err, "review_running")
		eve := r.line(t, started.ID, "u-eve")
		if len(eve.Uses) != 1 || eve.Uses[0].Action != access.BundleWrite || !eve.LastUsedAt.Equal(at) {
			t.Errorf("last uses %+v, %s", eve.Uses, eve.LastUsedAt)
		}
		if used := r.line(t, started.ID, "u-bob").LastUsedAt; !used.IsZero() {
			t.Errorf("Bob has used something at %s", used)
		}
		r.decides(t, started.ID, admin, ann, bob)
		u, err := db.UserByID(ctx, "u-eve")
		must(t, err)
		if len(u.Roles) != 1 || u.Roles[0] != access.Limited {
			t.Errorf("Eve has the roles %v", u.Roles)
		}
		r.closes(t, started.ID, ann)
	})
}

// decides proposes and confirms the removal of Eve's role, after everything that is refused.
func (r *reviewed) decides(t *testing.T, id string, admin, ann, bob access.Caller) {
	t.Helper()
	ctx, eve, own := t.Context(), r.line(t, id, "u-eve").Number, r.line(t, id, "u-ann").Number
	unseen := []review.Shown{{Number: eve}}
	reviewCode(t, "no reason", r.Propose(ctx, ann, id, unseen, true, " "), "review_reason")
	reviewCode(t, "no lines", r.Propose(ctx, ann, id, nil, false, ""), "review_lines")
	reviewCode(t, "own line", r.Propose(ctx, ann, id, []review.Shown{{Number: own}}, false, ""), "review_own")
	reviewCode(t, "unproposed", r.Confirm(ctx, admin, id, unseen), "review_line_changed")
	must(t, r.Propose(ctx, bob, id, unseen, false, ""))
	reviewCode(t, "Bob has proposed meanwhile", r.Propose(ctx, ann, id, unseen, true, "Has left."),
		"review_line_changed")
	r.now = r.now.Add(time.Second)
	ann, bob, admin = r.again(ann), r.again(bob), r.again(admin)
	kept := r.shown(t, id, "u-eve")
	must(t, r.Propose(ctx, ann, id, kept, true, "Has left."))
	remove := r.shown(t, id, "u-eve")
	reviewCode(t, "the proposer confirms", r.Confirm(ctx, ann, id, remove), "review_second")
	reviewCode(t, "something else was shown", r.Confirm(ctx, bob, id, kept), "review_line_changed")
	reviewCode(t, "an auditor removes", r.Confirm(ctx, bob, id, remove), "not_permitted")
	program := admin
	program.Way = access.ByToken
	reviewCode(t, "a token confirms", r.Confirm(ctx, program, id, remove), "session_needed")
	stale := admin
	stale.ConfirmedAt = r.now.Add(-time.Hour)
	reviewCode(t, "an old session confirms", r.Confirm(ctx, stale, id, remove), "confirm_needed")
	if l := r.line(t, id, "u-eve"); l.State != review.Proposed || l.Decided.By != "" {
		t.Fatalf("the line is %s, decided by %q", l.State, l.Decided.By)
	}
	must(t, r.Confirm(ctx, admin, id, remove))
	reviewCode(t, "again", r.Confirm(ctx, admin, id, remove), "review_decided")
	must(t, r.Propose(ctx, bob, id, []review.Shown{{Number: own}}, false, ""))
	must(t, r.Confirm(ctx, admin, id, r.shown(t, id, "u-ann")))
}

// closes closes the review and verifies its evidence; what was altered does not verify.
func (r *reviewed) closes(t *testing.T, id string, ann access.Caller) {
	t.Helper()
	ctx := t.Context()
	_, err := r.Evidence(ctx, ann, id)
	reviewCode(t, "evidence of an open one", err, "review_open")
	reviewCode(t, "undecided", r.Close(ctx, ann, id, ""), "review_undecided")
	r.now = r.now.Add(time.Hour)
	must(t, r.Close(ctx, ann, id, "Only two of us are here."))
	reviewCode(t, "closed twice", r.Close(ctx, ann, id, "x"), "review_closed")
	reviewCode(t, "too late", r.Propose(ctx, ann, id, r.shown(t, id, "u-bob"), false, ""), "review_closed")
	due, err := r.Due(ctx)
	if must(t, err); !due.Equal(at.AddDate(0, 6, 0)) {
		t.Errorf("the next one is due on %s", due)
	}
	e, err := r.Evidence(ctx, ann, id)
	must(t, err)
	var file bytes.Buffer
	must(t, e.Write(ctx, &file))
	found, err := review.VerifyEvidence(strings.NewReader(file.String()), r.key)
	if must(t, err); found.ID != id || found.Lines != 4 {
		t.Errorf("%+v", found)
	}
	lines := strings.SplitAfter(file.String(), "\n")
	for what, text := range map[string]string{
		"a changed line": strings.Replace(file.String(), "Has left.", "Has left!", 1),
		"a missing line": strings.Join(append([]string{lines[0]}, lines[2:]...), ""),
		"cut off":        strings.Join(lines[:3], ""),
		"something more": file.String() + "{}\n",
		"another review": strings.Replace(file.String(), id, "x", 1),
	} {
		if _, err := review.VerifyEvidence(strings.NewReader(text), r.key); err == nil {
			t.Errorf("%s verifies", what)
		}
	}
	if _, err := review.VerifyEvidence(strings.NewReader(file.String()), newKeyholder(t).public); err == nil {
		t.Error("another key verifies it")
	}
	inserts(t, r.db, "UPDATE access_review_lines SET reason = 'Nobody said so.' WHERE reason <> ''")
	_, err = r.Evidence(ctx, ann, id)
	reviewCode(t, "the database was altered", err, "review_altered")
}
