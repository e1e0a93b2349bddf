package ui_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

// Two people with an emergency grant replace what is compromised at once, although one has just given it to the other;
// it is open until a third has looked at it.
func TestEmergencyReplacement(t *testing.T) {
	s, f := newConsole(t), newFrench(t)
	ctx := t.Context()
	emil := s.user(t, "Emil", access.Admin, access.Emergency)
	nora := s.user(t, "Nora", access.Auditor)
	check(t, s.cfg.Identity.Grant(ctx, emil, nora.ID, access.RoleGrant{
		Role:   access.Emergency,
		Scope:  access.Everything,
		EndsAt: time.Now().Add(48 * time.Hour),
	}))
	nora, err := s.cfg.Identity.Person(ctx, nora.ID)
	check(t, err)

	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	qwac := s.Import(qtsp.Request{})
	s.SaveBundle(r.ID, qwac, s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(r.ID)
	ask := func(version int) string {
		t.Helper()
		asked, _, err := s.Registrations.RequestChange(ctx, nora, r.ID, registration.ChangeRequest{Version: version})
		check(t, err)
		return asked.ID
	}
	b := s.browser(t)
	b.signIn("Emil")
	first := ask(1)
	b.post("/approvals/"+first+"/approve", nil).want(t, http.StatusForbidden, "Less than an hour ago")
	_, err = s.Approvals.Withdraw(ctx, nora, first, "")
	check(t, err)
	_, _, err = s.Registrations.RequestChange(ctx, stack.Engineer, r.ID, registration.ChangeRequest{Version: 1})
	check(t, err)
	waiting, err := s.Approvals.Waiting(ctx, r.ID)
	check(t, err)
	_, err = s.Approvals.Approve(ctx, stack.Officer, waiting[0].ID, "")
	check(t, err)

	_, err = s.Incidents.Declare(ctx, nora, incident.Declaration{
		CertificateID: qwac,
		Reason:        incident.KeyCompromise,
		What:          "Volée.",
		HappenedAt:    s.Now,
	})
	check(t, err)
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(r.ID)
	id := ask(2)
	page := "/approvals/" + id
	f.want(t, "the request before it is approved", readFrench(b, page))
	b.get(page).want(t, http.StatusOK, "whoever requests this has the role Emergency")
	b.get("/approvals?emergency=true").want(t, http.StatusOK, "/approvals/"+id)
	b.post(page+"/approve", nil).want(t, http.StatusOK, "Emergency", "for compliance officers")
	b.post(page+"/review", url.Values{"note": {"All well."}}).want(t, http.StatusForbidden, "took part in it")
	open := func() []cases.Case {
		t.Helper()
		_, err := s.Cases.Evaluate(ctx)
		check(t, err)
		q := cases.Listed.Query().With(cases.FilterKind, string(cases.Unreviewed))
		all, err := s.Cases.Page(ctx, stack.Officer, q)
		check(t, err)
		return all.Items
	}
	if all := open(); len(all) != 1 || all[0].Args[1] != "Emil" || all[0].EndsAt.Sub(all[0].BeginsAt) != 72*time.Hour {
		t.Fatalf("the cases are %+v", all)
	}
	carol := s.signedIn(t, "Carol", access.Compliance)
	f.want(t, "the request", readFrench(carol, page))
	f.want(t, "the case", readFrench(carol, "/alerts/"+open()[0].ID))
	carol.post(page+"/review", url.Values{"note": {" "}}).want(t, http.StatusUnprocessableEntity, "Say what you found")
	carol.post(page+"/review", url.Values{"note": {"Rien à redire."}}).want(t, http.StatusOK, "The review was recorded",
		"Reviewed by", "Carol")
	carol.post(page+"/review", url.Values{"note": {"Encore."}}).want(t, http.StatusConflict, "reviewed it already")
	if all := open(); len(all) != 0 {
		t.Errorf("it was reviewed, and open are %+v", all)
	}
	f.want(t, "the reviewed request", readFrench(carol, page))
	f.want(t, "the audit log", readFrench(carol, "/audit"))
}

// At night, one person who is on call goes back to the version before by themselves; that is told, and reviewed.
func TestGoingBackAlone(t *testing.T) {
	s, f := newConsole(t), newFrench(t)
	ctx := t.Context()
	s.user(t, "Nora", access.Auditor, access.Emergency)
	r := s.Renewal()
	next := s.SaveBundle(r.Live, r.NewQWAC, r.NewQSealC)
	s.TestConnection(r.Live)
	page := "/registrations/" + r.Live
	back := url.Values{"version": {"1"}, "alone": {"yes"}, "reason": {"Refus depuis 2 h."}}
	b := s.browser(t)
	b.signIn("Nora")
	b.post(page+"/activate", back).want(t, http.StatusConflict) // version 1 is the one in use
	asked, _, err := s.Registrations.RequestChange(ctx, stack.Engineer, r.Live,
		registration.ChangeRequest{Version: next.Version})
	check(t, err)
	_, err = s.Approvals.Approve(ctx, stack.Officer, asked.ID, "")
	check(t, err)

	b.get(page).want(t, http.StatusOK, "Go back now, without a second person")
	f.want(t, "the registration", readFrench(b, page))
	eve := s.signedIn(t, "Eve", access.Engineer)
	eve.post(page+"/activate", back).want(t, http.StatusForbidden, "Only somebody with the role Emergency")
	b.post(page+"/activate", url.Values{"version": {"1"}, "alone": {"yes"}}).want(t, http.StatusUnprocessableEntity,
		"Say why it cannot wait")
	b.post(page+"/activate", back).want(t, http.StatusOK)
	versions, err := s.Registrations.Versions(ctx, stack.Officer, r.Live)
	check(t, err)
	if active := (registration.View{Bundles: versions}).Active(); active == nil || active.Version != 1 {
		t.Fatalf("in use is %+v", active)
	}
	_, err = s.Cases.Evaluate(ctx)
	check(t, err)
	all, err := s.Cases.Page(ctx, stack.Officer,
		cases.Listed.Query().With(cases.FilterKind, string(cases.Unreviewed)))
	check(t, err)
	if len(all.Items) != 1 || all.Items[0].EndsAt.Sub(all.Items[0].BeginsAt) != 24*time.Hour || !all.Items[0].Urgent {
		t.Fatalf("the cases are %+v", all.Items)
	}
	done, err := s.Approvals.List(ctx, stack.Officer, approval.Filter{Object: r.Live})
	check(t, err)
	carol := s.signedIn(t, "Carol", access.Compliance)
	review := "/approvals/" + done[0].ID
	carol.get(review).want(t, http.StatusOK, "One person who is on call went back")
	f.want(t, "the request", readFrench(carol, review))
	f.want(t, "the case", readFrench(carol, "/alerts/"+all.Items[0].ID))
	f.want(t, "the audit log", readFrench(carol, "/audit"))
	b.post(review+"/review", url.Values{"note": {"All well."}}).want(t, http.StatusForbidden)
	carol.post(review+"/review", url.Values{"note": {"Rien à redire."}}).
		want(t, http.StatusOK, "The review was recorded")

	// A day later it takes two again.
	_, _, err = s.Registrations.RequestChange(ctx, stack.Engineer, r.Live,
		registration.ChangeRequest{Version: next.Version})
	check(t, err)
	waiting, err := s.Approvals.Waiting(ctx, r.Live)
	check(t, err)
	_, err = s.Approvals.Approve(ctx, stack.Officer, waiting[0].ID, "")
	check(t, err)
	view, err := s.Registrations.Registration(ctx, stack.Officer, r.Live)
	check(t, err)
	if view.BackAlone(1, time.Now().Add(time.Hour)) != nil || view.BackAlone(1, time.Now().Add(25*time.Hour)) == nil ||
		view.BackAlone(2, time.Now()) == nil {
		t.Error("who goes back alone, and until when")
	}
}

// The register of information is for whoever sees everything, as CSV and as JSON lines.
func TestPageOfTheRegisterOfInformation(t *testing.T) {
	s, f := newConsole(t), newFrench(t)
	s.Import(qtsp.Request{})
	emma := s.signedIn(t, "Emma", access.Auditor)
	emma.get("/audit").want(t, http.StatusOK, "/dora")
	emma.get("/dora").want(t, http.StatusOK, "B_05.01", "ICT third-party service providers")
	emma.get("/dora/B_05.01").want(t, http.StatusOK, "c0010,c0020")
	emma.get("/dora/register.jsonl").want(t, http.StatusOK, `"template":"B_05.01"`)
	emma.get("/dora/B_99.01").want(t, http.StatusUnprocessableEntity, "There are rows for the templates")
	f.want(t, "the register", readFrench(emma, "/dora"))
}
