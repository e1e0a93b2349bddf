package ui_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
)

// whole makes of a firm one with something on every page, and returns the texts by which it would be recognised.
func (s *console) whole(t *testing.T, o ofFirm, identifier string) (texts []string) {
	t.Helper()
	ctx, root := t.Context(), access.Caller{ID: "u-root", Name: "Root", Roles: []access.Role{access.Admin}}
	r, now := o["registrations"], s.Now.Truncate(time.Microsecond)
	_, err := s.Registrations.SaveBundle(ctx, root, r, registration.BundleInput{
		QWACID:       o["certificates"],
		ClientID:     "client-" + identifier,
		ClientSecret: secret.NewTextString("a secret"),
	})
	check(t, err)
	e, err := s.Registrations.AddEvidence(ctx, root, r, "portal_account", "proof-"+identifier+".txt", []byte("x"))
	check(t, err)
	frozen := s.Import(qtsp.Request{OrganizationIdentifier: identifier})
	i, err := s.Incidents.Declare(ctx, root, incident.Declaration{
		CertificateID: frozen,
		Reason:        incident.KeyCompromise,
		What:          "Stolen from " + identifier,
		HappenedAt:    now,
	})
	check(t, err)
	_, err = s.KeyCopies.Declare(ctx, root, o["certificates"], keycopies.Declaration{
		Kind:   keycopies.Provider,
		Holder: "Holder " + identifier,
		Reason: "x",
		Since:  now.AddDate(0, 0, -1),
	})
	check(t, err)
	csr, err := s.Vault.CreateCSR(ctx, root, vault.NewCSR{Template: certs.CSRTemplate{
		Kind:                   certs.QSealC,
		Organization:           "Ordered " + identifier,
		OrganizationIdentifier: identifier,
		Country:                "FR",
		Roles:                  []string{"PSP_AI"},
		NCAName:                "ACPR",
		NCAID:                  "FR-ACPR",
	}})
	check(t, err)
	o["consents"], o["payments"], o["approvals"] = "c-"+identifier, "p-"+identifier, "r-"+identifier
	o["evidence"], o["incidents"], o["csrs"] = e.ID, i.ID, csr.ID
	check(t, s.DB.AddConsent(ctx, consent.Consent{
		ID: o["consents"], RegistrationID: r, InstitutionID: o["institutions"], State: consent.Pending,
		StateHash: identifier, CreatedAt: now, CreatedBy: "somebody", AnswerBy: now.Add(time.Hour),
	}))
	check(t, s.DB.AddPayment(ctx, payment.Payment{
		ID: o["payments"], RegistrationID: r, State: payment.Creating, CallerID: "somebody", CreatedAt: now,
		Order: pis.Plan{Payment: pis.Payment{ID: o["payments"], Kind: pis.Single}}, RequestHash: identifier,
	}))
	check(t, s.DB.AddApproval(ctx, approval.Request{
		ID: o["approvals"], Kind: access.BundleActivate, Object: r, ObjectName: "Firm " + identifier,
		State: approval.Open, RequestedBy: "somebody", RequestedAt: now, ExpiresAt: now.Add(time.Hour),
	}))
	texts = []string{identifier, frozen}
	for family, id := range o {
		if family != "institutions" {
			texts = append(texts, id)
		}
	}
	return texts
}

// shares has a registration of each firm use the certificate of the first one, which is declared compromised, so that
// its page, its incident and its alert know of both. It returns the id of the other firm's registration.
func (s *console) shares(t *testing.T, own, other ofFirm) string {
	t.Helper()
	ctx, root := t.Context(), access.Caller{ID: "u-root", Name: "Root", Roles: []access.Role{access.Admin}}
	theirs := ""
	for _, o := range []ofFirm{own, other} {
		r, err := s.Registrations.Register(ctx, root, o["applications"], stack.Professional)
		check(t, err)
		s.Fill(r.ID, own["certificates"], "")
		theirs = r.ID
	}
	i, err := s.Incidents.Declare(ctx, root, incident.Declaration{
		CertificateID: own["certificates"],
		Reason:        "superseded",
		What:          "Used by two.",
		HappenedAt:    s.Now,
	})
	check(t, err)
	_, err = s.Cases.Evaluate(ctx)
	check(t, err)
	open, err := s.DB.CasePage(ctx, access.Whole(),
		cases.Listed.Query().With(cases.FilterKind, string(cases.Compromised)))
	check(t, err)
	for _, c := range open.Items {
		if c.Watched.ID == own["certificates"] && c.PlaceCount == 2 {
			own["alerts"] = c.ID
		}
	}
	if own["alerts"] == "" {
		t.Fatalf("no alert names both registrations: %+v", open.Items)
	}
	own["incidents"] = i.ID
	return theirs
}

// page is a route's address for a thing of the firm's.
func (o ofFirm) page(route string) string {
	family := strings.Split(route, "/")[1]
	if strings.HasPrefix(route, "/certificates/csrs/") {
		family = "csrs"
	}
	route = strings.Replace(route, ":id", cmp.Or(o[family], "x"), 1)
	route = strings.Replace(route, ":step", "portal_account", 1)
	route = strings.Replace(route, ":registration", o["registrations"], 1)
	return pathParameter.ReplaceAllString(route, "x")
}

// notForParts are the pages that somebody who is limited to an organization does not see, by their first part.
var notForParts = []string{
	"access-reviews", "campaigns", "catalogue-files", "dora", "imports", "installation", "people", "policy",
	"registers", "services", "trusted-lists",
}

// answered are the pages that are answered otherwise than shown, about a thing of the reader's own.
var answered = map[string]int{
	"/campaigns/new":                        http.StatusOK, // an empty form, which says whose it is
	"/services/new":                         http.StatusOK,
	"/registers":                            http.StatusNotFound,
	"/registers/:id/file":                   http.StatusNotFound,
	"/trusted-lists":                        http.StatusNotFound,
	"/imports/:id":                          http.StatusNotFound,
	"/imports/:id/evidence":                 http.StatusNotFound,
	"/audit/export":                         http.StatusForbidden, // about nothing
	"/audit/life":                           http.StatusForbidden,
	"/account/add/:provider":                http.StatusNotFound,
	"/account/terminal":                     http.StatusUnprocessableEntity, // no terminal asks
	"/help/:name":                           http.StatusNotFound,
	"/calendars/:token":                     http.StatusNotFound,
	"/callback":                             http.StatusUnprocessableEntity,
	"/confirm/account/:provider":            http.StatusNotFound,
	"/consents/:id/accounts/:account":       http.StatusNotFound, // somebody else began it
	"/enrolments/:id/steps/:step/email.eml": http.StatusUnprocessableEntity,
	"/enrolments/:id/steps/:step/email/attachments/:n": http.StatusUnprocessableEntity,
	"/export":                             http.StatusNotFound,
	"/incidents/:id/letters/:to":          http.StatusNotFound,
	"/incidents/:id/letters/:to/file.eml": http.StatusNotFound,
	"/join":                               http.StatusUnauthorized,
	"/registrations/:id/steps/:step/email.eml":            http.StatusUnprocessableEntity,
	"/registrations/:id/steps/:step/email/attachments/:n": http.StatusUnprocessableEntity,
	"/sign-in/account/:provider":                          http.StatusNotFound,
	"/sign-in/account/:provider/callback":                 http.StatusUnauthorized,
}

// TestNobodySeesAnotherFirmsPages has somebody who is limited to one of two firms open every page: what they may see
// is shown, nothing of the other firm is on any, and what is the other's is answered as what is nowhere.
func TestNobodySeesAnotherFirmsPages(t *testing.T) {
	s := newConsole(t)
	own := s.ofFirm(t, stack.Organization, stack.Institution)
	other := s.ofFirm(t, "PSDFR-ACPR-99999", stack.LiveAtSim)
	s.whole(t, own, stack.Organization)
	texts := s.whole(t, other, "PSDFR-ACPR-99999")
	texts = append(texts, s.shares(t, own, other))
	nobody := ofFirm{}
	for family := range own {
		nobody[family] = "nobody"
	}
	claire := s.user(t, "Claire", access.Limited)
	root := access.Caller{ID: "u-root", Name: "Root", Roles: []access.Role{access.Admin}}
	for _, role := range []access.Role{access.Compliance, access.Engineer} {
		check(t, s.cfg.Identity.Grant(t.Context(), root, claire.ID, access.RoleGrant{
			Role:  role,
			Scope: access.Scope{Kind: access.ScopeOrganization, Value: own["organizations"]},
		}))
	}
	b := s.browser(t)
	b.signIn("Claire")
	b.post("/alerts/calendars", nil)
	for _, path := range []string{"/alerts", "/consents/" + own["consents"]} {
		if p := b.get(path); !strings.Contains(p.body, `/revoke"`) {
			t.Errorf("%s does not offer to revoke what is hers", path)
		}
	}
	for _, route := range serve(t, s.cfg).(*echo.Echo).Routes() { //nolint:forcetypeassert // made by serve
		if route.Method != http.MethodGet || strings.HasPrefix(route.Path, "/assets/") {
			continue
		}
		want, listed := answered[route.Path]
		family := strings.Split(route.Path, "/")[1]
		switch {
		case listed:
		case slices.Contains(notForParts, family):
			want = http.StatusForbidden
		default:
			want = http.StatusOK
		}
		p := b.get(own.page(route.Path))
		b.hides(route.Path, p, texts)
		if p.status != want {
			t.Errorf("%s answers %d, want %d: say what somebody limited to an organization sees\n%.600s", route.Path,
				p.status, want, main(p.body))
		}
		foreign, missing := b.get(other.page(route.Path)), b.get(nobody.page(route.Path))
		foreign.body = strings.ReplaceAll(foreign.body, other.page(route.Path), "") // it was asked for
		foreign.body = strings.ReplaceAll(foreign.body, `"`+foreign.path+`"`, "")   // or led to from there
		b.hides(route.Path, foreign, texts)
		if strings.Contains(route.Path, ":id") && family != "institutions" && foreign.status != missing.status {
			t.Errorf("%s: another firm's is told from what is nowhere: %d, %d", route.Path, foreign.status,
				missing.status)
		}
	}
}

// hides fails the test if a page shows one of the texts.
func (b *browser) hides(route string, p reply, texts []string) {
	b.t.Helper()
	for _, text := range texts {
		if i := strings.Index(p.body, text); i >= 0 {
			b.t.Errorf("%s shows %s of another firm: %s", route, text, p.body[max(0, i-200):min(len(p.body), i+200)])
		}
	}
}
