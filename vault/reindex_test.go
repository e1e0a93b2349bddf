package vault_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

var operator = access.SystemCaller("command line")

// over is a vault on an empty database and the custody of s: what is left after a loss.
func over(t *testing.T, s *stack.Stack, db *store.DB) *vault.Vault {
	return overCustody(t, s.Custody, db)
}

func overCustody(t *testing.T, custody vault.Custody, db *store.DB) *vault.Vault {
	return stack.Wire(t, db, custody, nil).Vault
}

// firm is a stack with something of every kind: an active bundle, a superseded
// one and a draft, an open request, an answered one, and a renewal.
func firm(t *testing.T) (s *stack.Stack, registrationID string) {
	t.Helper()
	s = stack.New(t)
	r := s.Activate()
	again := s.SaveBundle(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(r.ID)
	if done, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, again.Version); err != nil || !done {
		t.Fatal(done, err)
	}
	s.SaveBundle(r.ID, "", "")
	order := certs.CSRTemplate{
		Kind:                   certs.QWAC,
		Organization:           "Exemple Paiement SAS",
		OrganizationIdentifier: stack.Organization,
		Country:                "FR",
		DNSNames:               []string{"psd2.example"},
		Roles:                  []string{"PSP_AI"},
		NCAName:                "ACPR",
		NCAID:                  "FR-ACPR",
	}
	if _, err := s.Vault.CreateCSR(t.Context(), stack.Officer, vault.NewCSR{
		Template:  order,
		Algorithm: "ecdsa-p256",
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Vault.UpdateMirror(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, r.ID
}

func TestReindex(t *testing.T) {
	s, registrationID := firm(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		v := over(t, s, db)
		dry, err := v.Reindex(t.Context(), operator, db, true)
		if err != nil {
			t.Fatal(err)
		}
		if left, _ := db.Certificates(t.Context(), vault.Stored, vault.Pending); len(left) != 0 {
			t.Errorf("the dry run wrote %d certificates", len(left))
		}
		want := vault.Reindexed{
			Restored: map[string]int{
				"certificate":  4,
				"request":      1,
				"organization": 1,
				"application":  1,
				"registration": 1,
			},
			There:   map[string]int{},
			Secrets: map[string]int{"credentials": 3},
		}
		if diff := cmp.Diff(want, dry); diff != "" {
			t.Errorf("dry run (-want +got):\n%s", diff)
		}
		found, err := v.Reindex(t.Context(), operator, db, false)
		if diff := cmp.Diff(want, found); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		sameRecords(t, s.DB, db, registrationID)
		want.Restored, want.There = want.There, want.Restored
		again, err := v.Reindex(t.Context(), operator, db, false)
		if diff := cmp.Diff(want, again); err != nil || diff != "" {
			t.Errorf("again: %v (-want +got):\n%s", err, diff)
		}
	})
}

// Two people who were needed before a loss are needed after it: by a reindex, and by a
// service that begins on an empty database. Only what is in force is kept.
func TestPolicySurvivesTheDatabase(t *testing.T) {
	s := stack.New(t)
	ctx := t.Context()
	version := func(n int, value string) policy.Setting {
		return policy.Setting{
			Name:      policy.Live,
			Version:   n,
			Value:     value,
			Way:       policy.ByApproval,
			ChangedBy: "u1",
			ChangedAt: s.Now.UTC().Truncate(time.Microsecond),
		}
	}
	for n, value := range []string{"false", "true"} {
		if err := s.DB.AddPolicySettings(ctx, []policy.Setting{version(n+1, value)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Vault.UpdateMirror(ctx); err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		found, err := over(t, s, db).Reindex(ctx, operator, db, false)
		if err != nil || found.Restored[vault.PolicyDocument] != 1 || len(found.Problems) > 0 {
			t.Fatalf("found %+v, %v", found, err)
		}
		got, err := db.PolicySettings(ctx)
		if diff := cmp.Diff([]policy.Setting{version(2, "true")}, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		// What is there is left alone.
		if err := db.AddPolicySettings(ctx, []policy.Setting{version(3, "false")}); err != nil {
			t.Fatal(err)
		}
		there, err := over(t, s, db).RestorePolicy(ctx, db)
		if got, _ := db.PolicySettings(ctx); err != nil || !there || got[0].Version != 3 {
			t.Errorf("%v, %v, left is %+v", there, err, got)
		}
	})
}

// sameRecords compares what was lost with what was rebuilt, across databases.
func sameRecords(t *testing.T, lost, rebuilt *store.DB, registrationID string) {
	t.Helper()
	for _, read := range []func(db *store.DB) (any, error){
		func(db *store.DB) (any, error) {
			return db.Certificates(t.Context(), vault.Pending, vault.Stored, vault.Retired)
		},
		func(db *store.DB) (any, error) {
			return db.CSRPage(t.Context(), access.Whole(), vault.CSRsListed.Query())
		},
		func(db *store.DB) (any, error) {
			return db.OrganizationPage(t.Context(), access.Whole(), registration.Organizations.Query())
		},
		func(db *store.DB) (any, error) {
			return db.ApplicationPage(t.Context(), access.Whole(), registration.Applications.Query())
		},
		func(db *store.DB) (any, error) { return db.RecordRows(t.Context(), "registration", registrationID) },
	} {
		want, err := read(lost)
		if err != nil {
			t.Fatal(err)
		}
		got, err := read(rebuilt)
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b *certs.Certificate) bool {
			return a.SHA256 == b.SHA256
		})); err != nil || diff != "" {
			t.Errorf("%v (-lost +rebuilt):\n%s", err, diff)
		}
	}
}

func TestReindexSaysWhatItCannotRestore(t *testing.T) {
	s, _ := firm(t)
	stored, err := s.DB.Certificates(t.Context(), vault.Stored)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Custody.DestroyKey(t.Context(), stored[0].KeyID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Custody.Put(t.Context(), "damaged", map[string]string{
		"type":      "certificate",
		"chain_pem": "?",
	}, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Custody.Put(t.Context(), "newer", map[string]string{
		"type": "organization",
		"rows": `{"organizations":[{"id":"newer","shoe_size":43}]}`,
	}, 0); err != nil {
		t.Fatal(err)
	}
	db := storetest.SQLite(t)
	found, err := over(t, s, db).Reindex(t.Context(), operator, db, false)
	if err != nil || found.Restored["certificate"] != len(stored)-1 || found.Restored["registration"] != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	problems := strings.Join(found.Problems, "\n")
	for _, want := range []string{
		"certificate " + stored[0].ID,
		"certificate damaged",
		"organization newer was not restored: The table organizations has no column \"shoe_size\"",
	} {
		if !strings.Contains(problems, want) {
			t.Errorf("no problem %q in\n%s", want, problems)
		}
	}
}

// An engineer who can write records must not be able to have them rebuilt.
func TestReindexIsForTheOperator(t *testing.T) {
	s := stack.New(t)
	if _, err := s.Vault.Reindex(t.Context(), stack.Engineer, s.DB, true); !errors.Is(err, fault.Denied) {
		t.Errorf("%v", err)
	}
}

// A change that the process did not live to copy is copied by the next one.
func TestCopiesFollow(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	if changes, err := s.DB.Changed(t.Context(), 0, 1); err != nil || len(changes) == 0 {
		t.Errorf("nothing is behind: %v", err)
	}
	if err := s.Vault.UpdateMirror(t.Context()); err != nil {
		t.Fatal(err)
	}
	doc, version, err := s.Custody.Get(t.Context(), r.ID)
	if err != nil || doc["type"] != "registration" || version != 1 {
		t.Fatal(doc, version, err)
	}
	if changes, err := s.DB.Changed(t.Context(), 0, 1); err != nil || len(changes) > 0 {
		t.Errorf("behind are %v, %v", changes, err)
	}
	s.DoSteps(r.ID)
	if err := s.Vault.UpdateMirror(t.Context()); err != nil {
		t.Fatal(err)
	}
	// However many steps changed, it is one new version; a mark without a change makes none.
	if _, version, err = s.Custody.Get(t.Context(), r.ID); err != nil || version != 2 {
		t.Fatal(version, err)
	}
}

// The database marks every change in the transaction that makes it.
func TestActivationIsInCustodyWhenItIsConfirmed(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	doc, _, err := s.Custody.Get(t.Context(), r.ID)
	if err != nil || !strings.Contains(doc["rows"], `"state":"active"`) {
		t.Errorf("custody's copy: %v, %v", doc, err)
	}
}

// The documents of exportable keys were once written in other words.
func TestReindexReadsFormerWords(t *testing.T) {
	s := stack.New(t)
	issued := s.QTSP.MustIssue(t, qtsp.Request{})
	records, err := s.Vault.Import(t.Context(), stack.Officer, vault.Files{
		Files: []certs.File{
			{Name: "cert.pem", Data: issued.CertificatePEM()},
			{Name: "cert.key", Data: issued.KeyPEM()},
		},
		KeyMode:      vault.KeyExportable,
		ExportReason: "a proxy needs the file",
	})
	if err != nil {
		t.Fatal(err)
	}
	doc, version, err := s.Custody.Get(t.Context(), records[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	former := map[string]string{}
	for name, value := range doc {
		former[strings.Replace(name, "export_", "kept_", 1)] = value
	}
	former["key_mode"] = "stored"
	if _, err := s.Custody.Put(t.Context(), records[0].ID, former, version); err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if _, err := over(t, s, db).Reindex(t.Context(), operator, db, false); err != nil {
			t.Fatal(err)
		}
		got, err := db.CertificateByID(t.Context(), records[0].ID)
		if err != nil || got.KeyMode != vault.KeyExportable || got.Export != records[0].Export {
			t.Errorf("read %q, %+v, %v", got.KeyMode, got.Export, err)
		}
	})
}

// After custody was away, others' changes wait to be copied. An activation has its own records copied and leaves those.
func TestActivationWaitsForNoOtherCopies(t *testing.T) {
	ctx, s := t.Context(), stack.New(t)
	r := s.Activate()
	application, err := s.DB.ApplicationByID(ctx, r.ApplicationID)
	if err != nil {
		t.Fatal(err)
	}
	application.Name = "Another"
	other, err := s.Registrations.AddApplication(ctx, stack.Engineer, application)
	if err != nil {
		t.Fatal(err)
	}
	s.TakeIntoUse(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	for kind, id := range map[string]string{
		"organization": application.OrganizationID, "application": r.ApplicationID, vault.RegistrationDocument: r.ID,
	} {
		rows, err := s.DB.RecordRows(ctx, kind, id)
		if doc, _, _ := s.Custody.Get(ctx, id); err != nil || doc["rows"] != rows {
			t.Errorf("the copy of the %s is %s, not %s, %v", kind, doc["rows"], rows, err)
		}
	}
	if _, _, err := s.Custody.Get(ctx, other.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("the activation copied another application, %v", err)
	}
	left, err := s.DB.Changed(ctx, 0, 10)
	if err != nil || len(left) != 1 || left[0].ID != other.ID {
		t.Errorf("still to be copied are %v, %v", left, err)
	}
}
