package ui_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
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
	b.post(page+"/approve", nil).want(t, http.StatusOK, "Emergency", "for compliance officers")
	b.post(page+"/review", url.Values{"note": {"All well."}}).want(t, http.StatusForbidden, "one of the two people")
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
