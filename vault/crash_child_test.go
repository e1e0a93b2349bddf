package vault_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

// crashPlan is what a child process is to do, and before which of its steps it stops for good.
type crashPlan struct {
	Address, RoleID, SecretID string // of Vault, and the login there
	Database                  string
	Operation                 string
	Stop                      int // 0: never

	Certificate, Key string // files to import
	ID               string // of a certificate or registration
	Version          int    // of a bundle

	Later time.Duration
}

const crashPlanVariable = "SEALKEEPER_TEST_CRASH_PLAN"

// crashChild is the process that TestKilledAtEveryStep kills. A step is a write
// to the database or a request to Vault.
func crashChild(t *testing.T, planFile string) {
	text, err := os.ReadFile(planFile)
	if err != nil {
		t.Fatal(err)
	}
	var plan crashPlan
	if err := json.Unmarshal(text, &plan); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	n, counting := 0, false
	step := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		if !counting {
			return
		}
		if n++; n == plan.Stop {
			fmt.Printf("\nstopped before %s\n", what)
			select {} // holding the lock: nothing else goes on either
		}
	}
	plan.Address = behind(t, plan.Address, func(r *http.Request) { step(r.Method + " " + filepath.Base(r.URL.Path)) })
	in := openInstallation(t, plan, step)
	mu.Lock()
	counting = true
	mu.Unlock()
	if err := in.do(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	counting = false // the logout is no step
	mu.Unlock()
	fmt.Print("\ncompleted\n")
}

// installation is the services on a real Vault, as the program wires them.
type installation struct {
	*vault.Vault
	db            *store.DB
	custody       vault.Custody
	audit         *audit.Log
	approvals     *approval.Service
	registrations *registration.Service
}

func openInstallation(t *testing.T, plan crashPlan, step func(string)) *installation {
	t.Helper()
	opened, err := store.Open(t.Context(), secret.NewTextString("sqlite://"+plan.Database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	custody, err := hcvault.Open(t.Context(), hcvault.Config{
		Address: plan.Address,
		Log:     slog.New(slog.DiscardHandler),
		Auth: hcvault.Auth{
			RoleID:   hcvault.Fixed(secret.NewTextString(plan.RoleID)),
			SecretID: hcvault.Fixed(secret.NewTextString(plan.SecretID)),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = custody.Close() })
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	db := stepped{opened, step}
	in := &installation{db: opened, custody: custody, audit: audit.New(db, time.Now)}
	// What a crash left half way is looked at later, so the clock of approvals is fast.
	later := func() time.Time { return time.Now().Add(plan.Later) }
	approvals := approval.New(approval.Config{
		Store:  db,
		People: in,
		Audit:  in.audit,
		Now:    later,
		Policy: approval.Policy{ExpiresAfter: approval.DefaultExpiry},
	})
	in.Vault = vault.New(vault.Config{
		Custody:           custody,
		Records:           db,
		Intents:           db,
		Requests:          db,
		CSRLists:          db,
		Lines:             db,
		Lifecycle:         db,
		CertificateMirror: db,
		Uses:              db,
		Issuers:           nobody{},
		Namings:           db,
		Checks:            db,
		Mirror:            db,
		Approvals:         approvals,
		Live:              func(string) bool { return false },
		Audit:             in.audit,
		Logger:            slog.New(slog.DiscardHandler),
		Now:               time.Now,
		Grace:             time.Nanosecond,
	})
	in.registrations = registration.New(registration.Config{
		Catalogue:     banks,
		Parties:       db,
		PartyLookup:   db,
		Changes:       db,
		Archive:       db,
		Registrations: db,
		Enrolled:      db,
		Lookup:        db,
		Selected:      db,
		Looks:         db,
		Found:         db,
		Uses:          db,
		Checklist:     db,
		Evidence:      db,
		Emails:        db,
		Holdings:      db,
		Sealer:        in.Vault,
		Bundles:       issuer.DurableBundles(db, in.Vault),
		Certificates:  in.Vault,
		Revocations:   unrevoked{},
		Credentials:   in.Vault,
		Approvals:     approvals,
		Audit:         in.audit,
		Now:           time.Now,
	})
	in.approvals = approval.NewService(approvals, append(in.Handlings(), in.registrations.Handlings()...)...)
	return in
}

// nobody is asked for issuing certificates.
type nobody struct{}

// Issuer implements vault.Issuers.
func (nobody) Issuer(context.Context, string) ([]byte, error) {
	return nil, errors.New("nobody is asked")
}

// unrevoked is an issuer that revokes nothing.
type unrevoked struct{}

func (unrevoked) RevokedCertificates(context.Context) (map[string]registration.Revocation, error) {
	return nil, nil
}
func (unrevoked) Renew(context.Context, ...string) error                   { return nil }
func (unrevoked) StopsUse(context.Context, environment.Name) (bool, error) { return false, nil }

// Person implements approval.People.
func (*installation) ChangedRights(context.Context, string, string, time.Time) (bool, error) {
	return false, nil
}

func (*installation) GaveAlone(context.Context, string, string, access.Role, time.Time) (bool, error) {
	return true, nil
}

func (*installation) Person(_ context.Context, id string) (access.Caller, error) {
	return access.Caller{ID: id, Roles: []access.Role{access.Admin}}, nil
}

var admin = access.Caller{ID: "u-admin", Name: "Eve", Roles: []access.Role{access.Admin}}

func (in *installation) do(ctx context.Context, plan crashPlan) error {
	var files vault.Files
	for _, path := range []string{plan.Certificate, plan.Key} {
		if path == "" {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files.Files = append(files.Files, certs.File{Name: filepath.Base(path), Data: data})
	}
	var err error
	done := true
	switch plan.Operation {
	case "keep":
		files.KeyMode, files.ExportReason = vault.KeyExportable, "a proxy needs the file"
		_, err = in.Import(ctx, admin, files)
	case "import", "answer":
		_, err = in.Import(ctx, admin, files)
	case "order":
		_, err = in.CreateCSR(ctx, admin, vault.NewCSR{Template: crashOrder, Algorithm: "ecdsa-p256"})
	case "activate":
		done, err = in.registrations.Activate(ctx, admin, plan.ID, plan.Version)
	case "chain":
		done, err = in.SetChain(ctx, admin, plan.ID, files)
	case "retire":
		done, err = in.Retire(ctx, admin, plan.ID, "no longer needed")
	case "destroy":
		r, getErr := in.Get(ctx, admin, plan.ID)
		if getErr != nil {
			return getErr
		}
		done, err = in.Destroy(ctx, admin, plan.ID, r.Confirmation())
	}
	if err == nil && !done {
		err = fmt.Errorf("%s waits for a second person", plan.Operation)
	}
	return err
}

var crashOrder = certs.CSRTemplate{
	Kind:                   certs.QWAC,
	Organization:           "Exemple Paiement SAS",
	OrganizationIdentifier: stack.Organization,
	Country:                "FR",
	DNSNames:               []string{"psd2.example"},
	Roles:                  []string{"PSP_AI"},
	NCAName:                "ACPR",
	NCAID:                  "FR-ACPR",
}

// stepped is a database whose writes are steps.
type stepped struct {
	*store.DB
	step func(string)
}

func (s stepped) AppendAudit(ctx context.Context, next func(newest audit.Entry) []audit.Entry) error {
	s.step("audit entry")
	return s.DB.AppendAudit(ctx, next)
}

func (s stepped) AddApproval(ctx context.Context, r approval.Request) error {
	s.step("approval " + string(r.State))
	return s.DB.AddApproval(ctx, r)
}

func (s stepped) MoveApproval(ctx context.Context, r approval.Request, from approval.State) error {
	s.step("approval " + string(r.State))
	return s.DB.MoveApproval(ctx, r, from)
}

func (s stepped) BeginImport(ctx context.Context, r vault.Record) error {
	s.step("import intent")
	return s.DB.BeginImport(ctx, r)
}

func (s stepped) FinishImport(ctx context.Context, id string) error {
	s.step("import stored")
	return s.DB.FinishImport(ctx, id)
}

func (s stepped) BeginCSR(ctx context.Context, r vault.CSR) error {
	s.step("request intent")
	return s.DB.BeginCSR(ctx, r)
}

func (s stepped) OpenCSR(ctx context.Context, r vault.CSR) error {
	s.step("request open")
	return s.DB.OpenCSR(ctx, r)
}

func (s stepped) SwitchBundle(ctx context.Context, from, to *registration.Bundle) error {
	s.step("bundle active")
	return s.DB.SwitchBundle(ctx, from, to)
}

func (s stepped) Copied(ctx context.Context, marks []int64) error {
	s.step("record copied")
	return s.DB.Copied(ctx, marks)
}

func (s stepped) CopiedCertificate(ctx context.Context, r vault.Record) error {
	s.step("certificate copied")
	return s.DB.CopiedCertificate(ctx, r)
}

func (s stepped) ChangeChain(ctx context.Context, r vault.Record) error {
	s.step("chain changed")
	return s.DB.ChangeChain(ctx, r)
}

func (s stepped) RetireCertificate(ctx context.Context, r vault.Record) error {
	s.step("certificate retired")
	return s.DB.RetireCertificate(ctx, r)
}

func (s stepped) BeginDestroy(ctx context.Context, r vault.Record) error {
	s.step("destruction intent")
	return s.DB.BeginDestroy(ctx, r)
}

func (s stepped) FinishDestroy(ctx context.Context, id string) error {
	s.step("certificate destroyed")
	return s.DB.FinishDestroy(ctx, id)
}
