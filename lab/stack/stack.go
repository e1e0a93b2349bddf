// Package stack wires the services of Sealkeeper for tests: a real
// database, embedded custody, and a simulated bank that the sandbox institutions point at.
package stack

import (
	"context"
	"encoding/pem"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// Callers of every role.
var (
	Officer   = access.Caller{ID: "u-officer", Name: "Ada", Roles: []access.Role{access.Compliance}}
	Engineer  = access.Caller{ID: "u-engineer", Name: "Grace", Roles: []access.Role{access.Engineer}}
	Connector = access.Caller{ID: "u-connector", Name: "accounts service", Roles: []access.Role{access.Connector}}
	Auditor   = access.Caller{ID: "u-auditor", Name: "Bob", Roles: []access.Role{access.Auditor}}
)

// What the simulated bank knows.
const (
	ClientID     = "3f1c0de5a3b94d9f8e0c7a6b5d4e3f21"
	ClientSecret = "9a8b7c6d5e4f30211203f4e5d6c7b8a9"
	RedirectURI  = "https://app.exemple-paiement.example/callback"
	Organization = "PSDFR-ACPR-12345"
	Institution  = "soc-gen-personal-sandbox"
	LiveAtSim    = "soc-gen-personal" // the live institution, at the simulated bank too
	Professional = "soc-gen-business-sandbox"
	Enterprise   = "soc-gen-corporate-sandbox"
)

// Stack is the wired services.
type Stack struct {
	DB            *store.DB
	Audit         *audit.Log
	Custody       *embedded.Custody
	Vault         *vault.Vault
	Approvals     *approval.Service
	Registrations *registration.Service
	Issuer        *issuer.Issuer
	Catalogue     *registration.Catalogue
	Payments      *payment.Service
	Consents      *consent.Service
	Bank          *bank.Server
	QTSP          *qtsp.QTSP

	Now  time.Time // the services' clock; turn it before use by several goroutines
	Gone []string  // ids of users who were removed
	t    testing.TB

	bankAhead atomic.Int64
	payments  atomic.Pointer[Around] // what stands before the bank's payment interface

	options Options
}

// Person implements approval.People: every user exists who has not gone, and may do everything.
func (s *Stack) Person(_ context.Context, id string) (access.Caller, error) {
	if slices.Contains(s.Gone, id) {
		return access.Caller{}, fault.New(fault.NotFound, "not_found", "There is no such user.")
	}
	return access.Caller{ID: id, Roles: []access.Role{access.Admin}}, nil
}

// Options change what a stack is made of.
type Options struct {
	DB    *store.DB                           // nil: SQLite
	Front func(sim http.Handler) http.Handler // stands before the bank's mTLS listener; nil: nothing does
	// the bank does what it has announced of refresh tokens, and the profile knows
	Announced bool
}

// New wires a stack on an empty database.
func New(t testing.TB) *Stack { return NewWith(t, Options{}) }

// NewWith is New with options.
func NewWith(t testing.TB, o Options) *Stack {
	t.Helper()
	if o.DB == nil {
		o.DB = storetest.SQLite(t)
	}
	s := &Stack{t: t, DB: o.DB, QTSP: qtsp.Must(t), Now: time.Now(), options: o}
	now := func() time.Time { return s.Now }
	s.Audit = audit.New(s.DB, now)
	s.Custody = Embedded(t, s.DB)
	s.startBank()
	s.Catalogue = s.catalogue()
	s.Approvals = approval.New(approval.Config{
		Store:  s.DB,
		People: s,
		Audit:  s.Audit,
		Now:    now,
		Policy: approval.Policy{
			TwoPeople:    map[string]bool{registration.Live: true},
			ExpiresAfter: approval.DefaultExpiry,
		},
	})
	s.Vault = vault.New(vault.Config{
		Custody:           s.Custody,
		Records:           s.DB,
		Intents:           s.DB,
		Requests:          s.DB,
		Lines:             s.DB,
		Lifecycle:         s.DB,
		CertificateCopies: s.DB,
		Uses:              s.DB,
		Copies:            s.DB,
		Approvals:         s.Approvals,
		Live:              s.Catalogue.Live,
		Audit:             s.Audit,
		Logger:            slog.New(slog.DiscardHandler),
		Now:               now,
		Grace:             time.Minute,
	})
	s.Vault.Handlers(s.Approvals)
	published := httptest.NewServer(http.HandlerFunc(s.publish))
	t.Cleanup(published.Close)
	s.Registrations = registration.New(registration.Config{
		Catalogue:     s.Catalogue,
		Parties:       s.DB,
		Changes:       s.DB,
		Registrations: s.DB,
		Lookup:        s.DB,
		Checklist:     s.DB,
		Evidence:      s.DB,
		Letters:       s.DB,
		Holdings:      s.DB,
		Sealer:        s.Vault,
		Consents:      s.DB,
		Bundles:       issuer.DurableBundles(s.DB, s.Vault),
		Certificates:  s.Vault,
		Credentials:   s.Vault,
		Approvals:     s.Approvals,
		Audit:         s.Audit,
		Now:           now,
	})
	s.Approvals.Handle(approval.BundleActivate, access.BundleActivate, s.Registrations.Activation())
	s.Approvals.Handle(approval.BundleRollback, access.BundleActivate, s.Registrations.Activation())
	s.Approvals.Handle(approval.BundleRetire, access.BundleRetire, s.Registrations.Retirement())
	s.Issuer = issuer.New(issuer.Config{
		Registrations: s.Registrations,
		Vault:         s.Vault,
		Active:        s.DB,
		Audit:         s.Audit,
		PublishURL:    published.URL,
		Now:           now,
	})
	s.Payments = payment.New(payment.Config{Store: s.DB, Banks: s.Issuer, Audit: s.Audit, Now: now})
	s.Consents = s.Another()
	return s
}

// Another returns consents as another replica has them, on the same database and custody.
func (s *Stack) Another() *consent.Service {
	return consent.New(consent.Config{
		Records:       s.DB,
		Leases:        s.DB,
		Clients:       s.Issuer,
		Registrations: s.Registrations,
		Custody:       s.Vault,
		Audit:         s.Audit,
		Logger:        slog.New(slog.DiscardHandler),
		Now:           func() time.Time { return s.Now },
	})
}

// Embedded opens embedded custody on db with a new master key.
func Embedded(t testing.TB, db *store.DB) *embedded.Custody {
	t.Helper()
	path := filepath.Join(t.TempDir(), "master.key")
	if err := embedded.NewMasterKeyFile(path); err != nil {
		t.Fatal(err)
	}
	master, err := embedded.MasterKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	custody, err := embedded.Open(t.Context(), db.CustodyRows(), master)
	if err != nil {
		t.Fatal(err)
	}
	return custody
}

// publish serves signing certificates to the bank, as package web does.
func (s *Stack) publish(w http.ResponseWriter, r *http.Request) {
	_, fingerprint, _ := strings.Cut(r.URL.Path, "_")
	text, err := s.Vault.Published(r.Context(), fingerprint)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text)) //nolint:gosec // PEM out of our own store, as text/plain
}

func (s *Stack) startBank() {
	s.t.Helper()
	certificate, err := s.QTSP.ServerCertificate("127.0.0.1")
	if err != nil {
		s.t.Fatal(err)
	}
	segments := bank.Segments()
	if s.options.Announced {
		segments = bank.WithAnnouncedRefresh(segments)
	}
	sim, err := bank.New(bank.Config{
		ServerCertificate: certificate,
		QTSPRoots:         s.QTSP.Pool(),
		Segments:          segments,
		Now:               func() time.Time { return time.Now().Add(time.Duration(s.bankAhead.Load())) },
		Clients: []bank.Client{{
			ID:                     ClientID,
			Secret:                 secret.NewTextString(ClientSecret),
			OrganizationIdentifier: Organization,
			RedirectURIs:           []string{RedirectURI},
		}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if s.Bank, err = sim.Start("127.0.0.1:0", "127.0.0.1:0"); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.Bank.Close)
	if s.options.Front != nil {
		front := httptest.NewUnstartedServer(s.options.Front(sim.API()))
		front.TLS = sim.TLSConfig()
		front.Config.ErrorLog = log.New(io.Discard, "", 0)
		front.StartTLS()
		s.t.Cleanup(front.Close)
		s.Bank.APIURL = front.URL
	}
}

func (s *Stack) catalogue() *registration.Catalogue {
	s.t.Helper()
	catalogue, err := registration.EmbeddedCatalogue()
	if err != nil {
		s.t.Fatal(err)
	}
	root := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.QTSP.Root().Raw}))
	front := s.paymentFront()
	for id, segment := range map[string]string{
		Institution:  "pri",
		LiveAtSim:    "pri",
		Professional: "pro",
		Enterprise:   "ent",
	} {
		endpoints, _ := s.Bank.Endpoints(segment)
		err := catalogue.Override(id, map[string]any{
			"authorize_url": endpoints.AuthorizeURL,
			"token_url":     endpoints.TokenURL,
			"ais_base_url":  endpoints.AISBaseURL,
			"pis_base_url":  strings.Replace(endpoints.PISBaseURL, s.Bank.APIURL, front, 1),
			"oauth":         map[string]any{"announced_tokens": s.options.Announced},
			"connection":    map[string]any{"trust_anchors": []any{root}, "retry_backoff": "1ms"},
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return catalogue
}

// SetBankClock has the bank's clock show a time, from which it goes on.
func (s *Stack) SetBankClock(now time.Time) { s.bankAhead.Store(int64(time.Until(now))) }

// Import puts a new certificate of the test QTSP into custody and returns its id.
func (s *Stack) Import(r qtsp.Request) string {
	s.t.Helper()
	return s.ImportIssued(s.QTSP.MustIssue(s.t, r))
}

// ImportIssued puts a certificate into custody and returns its id.
func (s *Stack) ImportIssued(issued *qtsp.Issued) string {
	s.t.Helper()
	stored, err := s.Vault.Import(s.t.Context(), Officer, vault.Files{Files: []certs.File{
		{Name: "cert.pem", Data: issued.CertificatePEM()}, {Name: "cert.key", Data: issued.KeyPEM()}}})
	if err != nil {
		s.t.Fatal(err)
	}
	return stored[0].ID
}

// Register records organization and application, and registers it at the institution.
func (s *Stack) Register(institution string) registration.Registration {
	s.t.Helper()
	ctx := s.t.Context()
	o, err := s.Registrations.AddOrganization(ctx, Engineer, registration.Organization{
		LegalName:              "Exemple Paiement SAS",
		Country:                "FR",
		OrganizationIdentifier: Organization,
		ContactEmail:           "psd2@exemple-paiement.example",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := s.Registrations.AddApplication(ctx, Engineer, registration.Application{
		OrganizationID: o.ID,
		Name:           "Exemple Budget",
		RedirectURIs:   []string{RedirectURI},
		ClientURI:      "https://exemple-paiement.example",
		TermsURI:       "https://exemple-paiement.example/terms",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := s.Registrations.Register(ctx, Engineer, a.ID, institution)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// DoSteps does every step of the checklist that is not checked by itself; what the
// bank has to answer is asked and confirmed.
func (s *Stack) DoSteps(registrationID string) {
	s.t.Helper()
	ctx := s.t.Context()
	v, err := s.Registrations.Registration(ctx, Engineer, registrationID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, step := range v.Steps {
		switch {
		case step.Check == registration.CheckBankAnswer:
			s.Confirm(registrationID, step.ID)
		case !step.Checked():
			err = s.Registrations.SetStep(ctx, Engineer, registrationID, step.ID, registration.StepDone, "")
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// Confirm has the bank written to and its confirmation recorded, with
// certificates of their own, so that those of the test stay what they are.
func (s *Stack) Confirm(registrationID, step string) {
	s.t.Helper()
	ctx := s.t.Context()
	qwac := s.Import(qtsp.Request{})
	s.Import(qtsp.Request{Kind: certs.QSealC})
	if _, err := s.Registrations.RecordSent(ctx, Engineer, registrationID, step,
		registration.Sent{CertificateID: qwac}); err != nil {
		s.t.Fatal(err)
	}
	if err := s.Registrations.RecordAnswer(ctx, Engineer, registrationID, step, registration.Answer{
		From:      "support",
		Confirmed: true,
	}); err != nil {
		s.t.Fatal(err)
	}
}

// SaveBundle saves a draft with the certificates and the bank's client credentials.
func (s *Stack) SaveBundle(registrationID, qwacID, qsealcID string) registration.Bundle {
	s.t.Helper()
	b, err := s.Registrations.SaveBundle(s.t.Context(), Engineer, registrationID, registration.BundleInput{
		QWACID:       qwacID,
		QSealCID:     qsealcID,
		ClientID:     ClientID,
		ClientSecret: secret.NewTextString(ClientSecret),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// TestConnection tests the draft and fails the test if the bank refuses it.
func (s *Stack) TestConnection(registrationID string) {
	s.t.Helper()
	report, err := s.Issuer.Test(s.t.Context(), Engineer, registrationID)
	if err != nil || !report.Passed {
		s.t.Fatalf("connection test: %+v, %v", report, err)
	}
}

// Activate does everything up to an active, ready registration with new certificates.
func (s *Stack) Activate() registration.Registration {
	s.t.Helper()
	return s.ActivateWith(s.QTSP.MustIssue(s.t, qtsp.Request{}),
		s.QTSP.MustIssue(s.t, qtsp.Request{Kind: certs.QSealC}))
}

// ActivateWith is Activate with the given certificates.
func (s *Stack) ActivateWith(qwac, qsealc *qtsp.Issued) registration.Registration {
	s.t.Helper()
	return s.activate(Institution, qwac, qsealc)
}

// ActivateAt is Activate at another institution.
func (s *Stack) ActivateAt(institution string) registration.Registration {
	s.t.Helper()
	return s.activate(institution, s.QTSP.MustIssue(s.t, qtsp.Request{}),
		s.QTSP.MustIssue(s.t, qtsp.Request{Kind: certs.QSealC}))
}

func (s *Stack) activate(institution string, qwac, qsealc *qtsp.Issued) registration.Registration {
	s.t.Helper()
	r := s.Register(institution)
	s.DoSteps(r.ID)
	b := s.SaveBundle(r.ID, s.ImportIssued(qwac), s.ImportIssued(qsealc))
	s.TestConnection(r.ID)
	if done, err := s.Registrations.Activate(s.t.Context(), Engineer, r.ID, b.Version); err != nil || !done {
		s.t.Fatalf("activated %v, %v", done, err)
	}
	return r
}
