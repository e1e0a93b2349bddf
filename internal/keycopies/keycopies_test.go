package keycopies_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || fault.Code(err) != code {
		t.Errorf("%v, wanted %s", err, code)
	}
}

// Exports to one holder in one format are one copy, however many come at once and after a restart.
func TestExportsAreFolded(t *testing.T) { storetest.Each(t, testFolded) }

func testFolded(t *testing.T, db *store.DB) {
	ctx, now := t.Context(), time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	log := app.NewRecords(db, clock, policy.Values{}).Audit
	grace := access.Caller{ID: "u1", Name: "Grace Hopper", Roles: []access.Role{access.Engineer}}
	agent := access.Caller{ID: "s1", Name: "proxy agent", Grant: &access.Grant{}}
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() { check(t, keycopies.New(db, log, clock).NoteExport(ctx, agent, "k1", "pem")) })
	}
	calls.Wait()
	now = now.Add(time.Hour)
	s := keycopies.New(db, log, clock)
	check(t, s.NoteExport(ctx, agent, "k1", "pem"))
	check(t, s.NoteExport(ctx, grace, "k1", "pkcs12"))
	check(t, s.NoteExport(ctx, grace, "k2", "pkcs12"))
	found := func(search string, filters ...string) []keycopies.Copy {
		t.Helper()
		q := keycopies.Listed.Query()
		q.Search = search
		for i := 0; i < len(filters); i += 2 {
			q = q.With(filters[i], filters[i+1])
		}
		page, err := s.Page(ctx, grace, q)
		check(t, err)
		return page.Items
	}
	one := found("prox")
	if len(one) != 1 || one[0].Times != 9 || one[0].Kind != keycopies.Account ||
		one[0].Last.Sub(one[0].First) != time.Hour {
		t.Fatalf("%+v", one)
	}
	if all := found("hopper"); len(all) != 2 || all[0].Kind != keycopies.Person {
		t.Errorf("%+v", all)
	}
	if none := found("nobody"); len(none) != 0 {
		t.Errorf("%+v", none)
	}

	_, err := s.End(ctx, grace, one[0].ID, "machine wiped", now.Add(-48*time.Hour))
	refused(t, err, "key_copy_day_early")
	_, err = s.End(ctx, grace, one[0].ID, "machine wiped", now.Add(48*time.Hour))
	refused(t, err, "key_copy_day_invalid")
	var ended sync.WaitGroup
	var done, late sync.Map
	for i := range 4 {
		ended.Go(func() {
			if _, err := s.End(ctx, grace, one[0].ID, "machine wiped", now); err == nil {
				done.Store(i, true)
			} else if errors.Is(err, fault.Conflict) {
				late.Store(i, true)
			}
		})
	}
	ended.Wait()
	if n := size(&done); n != 1 || size(&late) != 3 {
		t.Errorf("ended %d times", n)
	}
	check(t, s.NoteExport(ctx, agent, "k1", "pem")) // another copy
	if open := found("proxy", keycopies.FilterEnded, "false"); len(open) != 1 || open[0].Times != 1 {
		t.Errorf("%+v", open)
	}
	if was := found("proxy", keycopies.FilterEnded, "true"); len(was) != 1 || was[0].Ending.How != "machine wiped" ||
		was[0].Ending.By != grace.ID {
		t.Errorf("%+v", was)
	}
	_, err = s.Page(ctx, access.Caller{}, keycopies.Listed.Query())
	refused(t, err, "not_permitted")
}

func size(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

// A breached provider's copies name all certificates of the key, a renewal without a new key too, and who uses each.
func TestWhatABreachedHolderHas(t *testing.T) {
	s := stack.New(t)
	ctx := t.Context()
	issued := s.QTSP.MustIssue(t, qtsp.Request{})
	r := s.ActivateWith(issued, s.QTSP.MustIssue(t, qtsp.Request{Kind: "qsealc"}))
	v, err := s.Registrations.Registration(ctx, stack.Engineer, r.ID)
	check(t, err)
	old := v.Active().QWACID
	renewal := s.ImportIssued(s.QTSP.MustIssue(t, qtsp.Request{
		Key:      issued.Key.Signer(),
		NotAfter: issued.Certificate.NotAfter.AddDate(1, 0, 0),
	}))
	declare := keycopies.Declaration{
		Kind:   keycopies.Provider,
		Holder: "Hébergeur SARL",
		Reason: "It ran the proxy.",
		Since:  s.Now.AddDate(0, -2, 0),
	}
	_, err = s.KeyCopies.Declare(ctx, stack.Auditor, old, declare)
	refused(t, err, "not_permitted")
	made, err := s.KeyCopies.Declare(ctx, stack.Officer, renewal, declare)
	check(t, err)
	_, err = s.KeyCopies.Declare(ctx, stack.Engineer, old, declare)
	refused(t, err, "key_copy_known")
	for code, d := range map[string]keycopies.Declaration{
		"key_copy_kind_unknown":   {Kind: keycopies.Person, Holder: "x", Reason: "y", Since: s.Now},
		"key_copy_holder_missing": {Kind: keycopies.Backup, Holder: "  ", Reason: "y", Since: s.Now},
		"reason_missing":          {Kind: keycopies.Backup, Holder: "x", Since: s.Now},
		"key_copy_day_invalid":    {Kind: keycopies.Backup, Holder: "x", Reason: "y"},
	} {
		_, err := s.KeyCopies.Declare(ctx, stack.Officer, old, d)
		refused(t, err, code)
	}
	_, err = s.KeyCopies.Declare(ctx, stack.Officer, "none", declare)
	refused(t, err, "not_found")

	q := keycopies.Listed.Query()
	q.Search = "hebergeur"
	page, err := s.KeyCopies.Page(ctx, stack.Auditor, q)
	check(t, err)
	if len(page.Items) != 1 || page.Items[0].ID != made.ID || len(page.Items[0].Certificates) != 2 {
		t.Fatalf("%+v", page.Items)
	}
	for _, c := range page.Items[0].Certificates {
		if want := map[string]int{old: 1, renewal: 0}[c.ID]; c.InUse != want || len(c.Uses) != want {
			t.Errorf("%+v", c)
		}
	}
	key, err := s.KeyCopies.OfCertificate(ctx, stack.Auditor, old)
	check(t, err)
	if key.Origin.Kind != keycopies.Uploaded || key.Origin.By != stack.Officer.ID || len(key.Copies) != 1 ||
		key.Count != (listing.Count{N: 1}) || len(key.Certificates) != 2 {
		t.Errorf("%+v", key)
	}
}

// A key that the vault exports is in the ledger before it leaves, with its format, and one generated for a CSR says so.
func TestExportsAreNoted(t *testing.T) {
	s := stack.New(t)
	ctx := t.Context()
	id := s.ImportExportable(s.QTSP.MustIssue(t, qtsp.Request{}))
	for range 2 {
		key, err := s.Vault.ExportKey(ctx, stack.Engineer, id, "jks")
		check(t, err)
		key.KeyPEM.Wipe()
	}
	held := s.Import(qtsp.Request{Kind: "qsealc"})
	_, err := s.Vault.ExportKey(ctx, stack.Engineer, held, "pem")
	refused(t, err, "key_held")
	for certificate, want := range map[string]int{id: 1, held: 0} {
		key, err := s.KeyCopies.OfCertificate(ctx, stack.Auditor, certificate)
		check(t, err)
		if len(key.Copies) != want {
			t.Fatalf("%+v", key.Copies)
		}
		if want == 1 && (key.Copies[0].Times != 2 || key.Copies[0].Format != "jks" ||
			key.Copies[0].HolderID != stack.Engineer.ID) {
			t.Errorf("%+v", key.Copies[0])
		}
	}

	csr, err := s.Vault.CreateCSR(ctx, stack.Engineer, vault.NewCSR{
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
	issued, err := s.QTSP.Answer(csr.PEM, qtsp.Request{Kind: certs.QSealC})
	check(t, err)
	stored, err := s.Vault.Import(ctx, stack.Officer, vault.Files{Files: []certs.File{
		{Name: "seal.pem", Data: issued.CertificatePEM()},
	}})
	check(t, err)
	key, err := s.KeyCopies.OfCertificate(ctx, stack.Auditor, stored[0].ID)
	check(t, err)
	if key.Origin.Kind != keycopies.Generated || key.Origin.By != stack.Engineer.ID {
		t.Errorf("%+v", key.Origin)
	}
}
