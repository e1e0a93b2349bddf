package ui_test

import (
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/review"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/vault"
)

// busyFirm is a firm in the middle of things: a registration that is ready,
// one that is blocked, one on live that waits for a second person, an
// expired certificate and one that ends soon.
type busyFirm struct {
	*console
	ready, blocked, live string // registrations
	certificate          string
	request              string
	approval             string
	alert                string // the case of the request that waits
	consent              string
	enrolment            string
	asking               string // a live registration that waits for the bank
	organization         string
	application          string
	service              string // an account
	renewal              string // a certificate that takes the place of one that is in use
	campaign             string // its change-over, planned
	review               string // of access, with a proposal
	liveUntil            string // the day on which the certificates of live end
}

func populate(t *testing.T) busyFirm {
	t.Helper()
	s := newConsole(t)
	p := busyFirm{console: s, ready: s.Activate().ID}
	ctx := t.Context()
	view, err := s.Registrations.Registration(ctx, stack.Engineer, p.ready)
	check(t, err)
	register := func(institution string) string {
		r, err := s.Registrations.Register(ctx, stack.Engineer, view.Application.ID, institution)
		check(t, err)
		return r.ID
	}
	p.blocked = register("soc-gen-business-sandbox")
	check(t, s.Registrations.SetStep(ctx, stack.Engineer, p.blocked, "portal_account", checklist.Done, ""))
	check(t,
		s.Registrations.SetStep(ctx, stack.Engineer, p.blocked, "application", checklist.Waiting,
			"Written to the bank on Monday."))
	p.certificate = s.Import(qtsp.Request{NotBefore: s.Now.AddDate(-1, 0, 0), NotAfter: s.Now.AddDate(0, 0, -3)})
	_, err = s.Registrations.SaveBundle(ctx, stack.Engineer, p.blocked, registration.BundleInput{QWACID: p.certificate})
	check(t, err)

	p.live = register(stack.LiveAtSim)
	s.DoSteps(p.live)
	transport, _, err := s.Vault.Certificate(ctx, stack.Engineer, view.Active().QWACID)
	check(t, err)
	p.liveUntil = transport.NotAfter.UTC().Format("2 January 2006")
	s.Import(qtsp.Request{
		Kind:      certs.QSealC,
		KeyType:   qtsp.P256,
		NotBefore: s.Now.AddDate(0, -11, 0),
		NotAfter:  s.Now.AddDate(0, 0, 23),
	})
	b := s.SaveBundle(p.live, view.Active().QWACID, view.Active().QSealCID)
	s.TestConnection(p.live)
	if done, err := s.Registrations.Activate(ctx, stack.Engineer, p.live, b.Version); err != nil || done {
		t.Fatalf("activating on live with one person: %v, %v", done, err)
	}
	request, err := s.Vault.CreateCSR(ctx, stack.Engineer, vault.NewCSR{
		Template: certs.CSRTemplate{
			Kind:                   certs.QSealC,
			Organization:           "Exemple Paiement SAS",
			Country:                "FR",
			OrganizationIdentifier: stack.Organization,
			Roles:                  []string{"PSP_AI"},
			NCAID:                  "FR-ACPR",
		},
		Algorithm: "ecdsa-p256",
	})
	check(t, err)
	p.request = request.ID
	open, err := s.Approvals.Inbox(ctx, access.Caller{ID: "somebody", Roles: []access.Role{access.Admin}})
	check(t, err)
	p.approval = open[0].ID
	p.started(t, view)
	p.waits(t)
	account, _ := s.ServiceBound("reports", []service.Binding{{ApplicationID: p.application, Environment: "sandbox"}},
		access.Transport, access.Signing)
	p.service = account.ID
	p.renews(t, view.Active().QWACID)
	p.reviews(t)
	return p
}

// reviews begins a review of access, and proposes to remove something.
func (p *busyFirm) reviews(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	r, err := p.Reviews.Start(ctx, stack.Admin)
	check(t, err)
	p.review = r.ID
	lines, err := p.Reviews.LinePage(ctx, stack.Admin, r.ID, review.ListedLines.Query())
	check(t, err)
	for _, l := range lines.Items {
		if l.HolderID != stack.Admin.ID {
			seen := []review.Shown{{Number: l.Number}}
			check(t, p.Reviews.Propose(ctx, stack.Admin, r.ID, seen, true, "Works elsewhere."))
			return
		}
	}
}

// waits opens the case of a request that has waited for some time.
func (p *busyFirm) waits(t *testing.T) {
	t.Helper()
	now := p.Now
	p.Now = now.Add(20 * time.Hour)
	_, err := p.Cases.Evaluate(t.Context())
	check(t, err)
	p.Now = now
	q := cases.Listed.Query().With(cases.FilterKind, string(cases.ApprovalWaits))
	page, err := p.Cases.Page(t.Context(), stack.Engineer, q)
	check(t, err)
	p.alert = page.Items[0].ID
}

// started begins a consent, and writes to the bank about live.
func (p *busyFirm) started(t *testing.T, view registration.View) {
	t.Helper()
	ctx := t.Context()
	begun, err := p.Consents.Start(ctx, stack.Engineer, consent.Request{RegistrationID: p.ready})
	check(t, err)
	p.consent, p.organization, p.application = begun.Consent.ID, view.Organization.ID, view.Application.ID
	waiting, err := p.Registrations.Register(ctx, stack.Engineer, view.Application.ID, "soc-gen-business")
	check(t, err)
	p.asking = waiting.ID
	live, err := p.Registrations.Registration(ctx, stack.Engineer, p.asking)
	check(t, err)
	p.enrolment = live.Enrolment.ID
	step, _ := live.Step("customer_organization")
	if step.State == checklist.Todo {
		_, err = p.Registrations.RecordSent(ctx, stack.Engineer, p.asking, "customer_organization", email.Dispatch{})
		check(t, err)
	}
}

// renews stores a renewal of a certificate and plans its change-over.
func (p *busyFirm) renews(t *testing.T, old string) {
	t.Helper()
	p.renewal = p.Import(qtsp.Request{NotAfter: p.Now.AddDate(2, 0, 0)})
	check(t, p.Vault.Link(t.Context(), stack.Officer, p.renewal, old))
	c, err := p.Campaigns.Create(t.Context(), stack.Engineer, campaign.Intent{
		Name:  "QWAC 2028",
		Pairs: []campaign.Pair{{Old: old, New: p.renewal}},
	})
	check(t, err)
	p.campaign = c.ID
}

func (p busyFirm) paths() []string {
	certificate, asking := "/certificates/"+p.certificate, "/registrations/"+p.asking
	return []string{
		"/",
		"/audit",
		"/approvals",
		"/policy",
		"/alerts",
		"/alerts?state=closed",
		"/alerts/" + p.alert,
		"/approvals/" + p.approval,
		"/certificates",
		"/certificates/upload",
		"/certificates/csr",
		"/certificates/csrs/" + p.request,
		certificate,
		certificate + "/compare",
		certificate + "/compare?with=" + p.certificate,
		"/certificates/" + p.renewal,
		"/campaigns",
		"/campaigns?state=done",
		"/campaigns/new?certificate=" + p.renewal,
		"/campaigns/" + p.campaign,
		"/campaigns/" + p.campaign + "?state=planned",
		"/campaigns/" + p.campaign + "/report",
		"/campaigns/" + p.campaign + "/registrations/" + p.ready,
		"/trusted-lists",
		"/registers",
		"/key-copies",
		"/access-reviews",
		"/access-reviews/" + p.review,
		"/catalogue-files",
		"/dora",
		"/installation",
		"/incidents",
		"/institutions",
		"/institutions/" + stack.Institution,
		"/institutions/soc-gen-corporate",
		"/enrolments/" + p.enrolment,
		"/firm",
		"/organizations/" + p.organization,
		"/applications/" + p.application,
		"/registrations",
		"/registrations/" + p.ready,
		"/registrations/" + p.ready + "/accounts",
		"/registrations/" + p.ready + "/payment",
		"/registrations/" + p.blocked,
		"/registrations/" + p.live,
		asking,
		asking + "/steps/customer_organization/email",
		"/try",
		"/help",
		"/help/change-over",
		"/consents", "/consents?customer=c-1&sort=expires_at", "/payments",
		"/consents/" + p.consent,
		"/services",
		"/services/new",
		"/services/" + p.service,
	}
}

// further are the pages that paths leaves out: those that look like others at every width, and of what somebody does
// first, such as an incident.
func (p busyFirm) further(t *testing.T, person string) []string {
	t.Helper()
	old := p.Import(qtsp.Request{})
	i, err := p.Incidents.Declare(t.Context(), stack.Officer, incident.Declaration{
		CertificateID: old,
		Reason:        incident.KeyCompromise,
		What:          "Intrusion at a provider.",
		HappenedAt:    p.Now,
	})
	check(t, err)
	check(t, p.DB.AddPayment(t.Context(), payment.Payment{
		ID:             "p-1",
		RegistrationID: p.ready,
		State:          payment.Unclear,
		CallerID:       "somebody",
		Order:          pis.Plan{Payment: pis.Payment{ID: "pay-1", Kind: pis.Single, CreditorName: "Loyer"}},
		CreatedAt:      p.Now,
		RequestHash:    "p-1",
	}))
	return []string{
		"/account",
		"/people",
		"/people/" + person,
		"/search?q=exemple",
		"/applications",
		"/certificates/csrs",
		"/campaigns/forecast",
		"/campaigns/secrets",
		"/audit/life?object=" + p.ready,
		"/access-reviews/" + p.review + "/print",
		"/imports",
		"/incidents/" + i.ID,
		"/incidents/" + i.ID + "/letters/qtsp",
		"/payments/p-1",
		"/callback?error=access_denied",
		"/account/terminal?challenge=x",
	}
}
