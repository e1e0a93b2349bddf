package registration_test

import (
	"crypto/x509"
	"slices"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

// A QWAC without clientAuth is used with a reason, which the second person sees, the version keeps and the audit log
// has; and without one not at all.
func TestAQWACWithoutClientAuthTakesAReason(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	qwac := s.Import(qtsp.Request{Change: func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}})
	b := s.SaveBundle(r.ID, qwac, s.Import(qtsp.Request{Kind: certs.QSealC}))
	report, err := s.Issuer.Test(t.Context(), stack.Engineer, r.ID)
	must(t, err)
	if report.Passed || !strings.Contains(report.Says.Text, "clientAuth") {
		t.Errorf("the test does not name the cause: %+v", report.Says)
	}
	// A bank that does not look at the usage takes it; this one does.
	must(t, s.Registrations.RecordTest(t.Context(), stack.Engineer, b, registration.TestResult{
		At:     s.Now,
		Passed: true,
	}))
	if v := viewOf(t, s, r.ID); len(v.Blockers) != 1 || v.Blockers[0].Code != "no_client_auth" ||
		!v.Blockers[0].Reason {
		t.Fatalf("%+v", v.Blockers)
	}
	for _, reason := range []string{"", " \n"} {
		_, _, err = s.Registrations.RequestChange(t.Context(), stack.Engineer, r.ID, registration.ChangeRequest{
			Version: 1,
			Reason:  reason,
		})
		if fault.Code(err) != "not_ready" {
			t.Fatalf("without a reason: %v", err)
		}
	}
	const why = "the bank confirmed on 27 November that it looks at the key alone"
	request := ask(t, s, r.ID, registration.ChangeRequest{Version: 1, Reason: why})
	if !slices.ContainsFunc(request.Changes, func(c approval.Change) bool {
		return c.Field == "client_auth" && c.After == why
	}) {
		t.Errorf("the second person does not see it: %+v", request.Changes)
	}
	approve(t, s, request)
	if v := viewOf(t, s, r.ID); !v.Ready() || v.Active().NoClientAuth != why {
		t.Errorf("in use: %+v, %+v", v.Active(), v.InUse)
	}
	entries, err := s.Audit.Latest(t.Context(), stack.Auditor, 100)
	must(t, err)
	if !slices.ContainsFunc(entries, func(e audit.Entry) bool {
		return e.Outcome == audit.Done && strings.Contains(e.Detail, why)
	}) {
		t.Error("the audit log does not have the reason")
	}
	// The reason is of that version: the next one with the same certificate takes one again, the same one does not.
	s.SaveBundle(r.ID, "", "")
	if v := viewOf(t, s, r.ID); !slices.ContainsFunc(v.Blockers, func(b registration.Blocker) bool {
		return b.Reason
	}) {
		t.Errorf("the next draft: %+v", v.Blockers)
	}
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: 1, Retire: true, Reason: "pause"}))
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: 1}))
}
