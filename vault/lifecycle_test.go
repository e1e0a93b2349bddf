package vault_test

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// imported puts a new certificate into custody.
func (b *bench) imported(r qtsp.Request) vault.Record {
	b.t.Helper()
	stored, err := b.Import(b.t.Context(), officer, files(issue(b.t, r)))
	if err != nil {
		b.t.Fatal(err)
	}
	return stored[0]
}

// sign opens a certificate and signs a digest with it.
func (b *bench) sign(id string, digest []byte) ([]byte, error) {
	open, err := b.Source(b.t.Context(), connector, id)
	if err != nil {
		return nil, err
	}
	signed, err := b.Sign(b.t.Context(), connector, open, [][]byte{digest}, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return signed[0].Signature, nil
}

func (b *bench) must(done bool, err error) {
	b.t.Helper()
	if err != nil || !done {
		b.t.Fatalf("done %v, %v", done, err)
	}
}

// name has a bundle version of a bank name the certificate.
func (b *bench) name(bank string, state registration.BundleState, qwacID string) {
	b.t.Helper()
	ctx := b.t.Context()
	_ = b.db.AddOrganization(ctx, registration.Organization{
		ID:                     "o",
		LegalName:              "Exemple",
		Country:                "FR",
		OrganizationIdentifier: "PSDFR-ACPR-1",
		CreatedAt:              b.now,
	})
	_ = b.db.AddApplication(ctx, registration.Application{ID: "a", OrganizationID: "o", Name: "App", CreatedAt: b.now})
	_ = b.db.AddRegistration(ctx, registration.Registration{
		ID:            bank,
		ApplicationID: "a",
		InstitutionID: bank,
		CreatedAt:     b.now,
	})
	versions, err := b.db.Bundles(ctx, bank)
	if err != nil {
		b.t.Fatal(err)
	}
	n := len(versions) + 1
	bundle := registration.Bundle{
		ID:             bank + "-" + string(rune('0'+n)),
		RegistrationID: bank,
		Version:        n,
		State:          registration.Draft,
		QWACID:         qwacID,
		CreatedAt:      b.now,
	}
	if err := b.db.SaveDraft(ctx, bundle); err != nil {
		b.t.Fatal(err)
	}
	if state != registration.Active {
		return
	}
	var from *registration.Bundle
	for _, v := range versions {
		if v.State == registration.Active {
			from = &v
		}
	}
	if err := b.db.SwitchBundle(ctx, from, &bundle); err != nil {
		b.t.Fatal(err)
	}
}

func TestRetiredCertificateIsOutOfUse(t *testing.T) {
	b := newBench(t)
	r := b.imported(qtsp.Request{Kind: certs.QSealC})
	open, err := b.Source(t.Context(), connector, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.must(b.Retire(t.Context(), officer, r.ID, "the QTSP reissued it"))

	_, err = open.Identity(t.Context())
	expect(t, err, fault.Conflict, "certificate_retired")
	_, err = b.Source(t.Context(), connector, r.ID)
	expect(t, err, fault.Conflict, "certificate_retired")
	digest := sha256.Sum256(nil)
	_, err = b.Sign(t.Context(), connector, open, [][]byte{digest[:]}, crypto.SHA256)
	expect(t, err, fault.Conflict, "certificate_retired")
	_, _, err = b.Certificate(t.Context(), engineer, r.ID)
	expect(t, err, fault.Conflict, "certificate_retired")
	if _, err := b.Published(t.Context(), r.Leaf.SHA256); err != nil {
		t.Errorf("a retired QSealC is not published any more: %v", err)
	}
	got, err := b.Get(t.Context(), auditor, r.ID)
	if err != nil || got.State != vault.Retired || got.Retired.Reason != "the QTSP reissued it" ||
		got.Retired.By != officer.ID {
		t.Errorf("got %+v, %v", got.Retired, err)
	}
	doc, _, err := b.custody.Get(t.Context(), r.ID)
	if err != nil || doc["state"] != "retired" || doc["retired_by"] != officer.ID {
		t.Errorf("custody's copy is %v, %v", doc, err)
	}
	all := vault.Certificates.Query()
	listed, _ := b.Page(t.Context(), auditor, all)
	ended, _ := b.Page(t.Context(), auditor, all.With(vault.FilterEnded, "true"))
	if len(listed.Items) != 0 || len(ended.Items) != 1 {
		t.Errorf("%d in use, %d ended", len(listed.Items), len(ended.Items))
	}
	if log := b.outcomes(); !containsAll(log, "cert.retire allowed", "cert.retire done") {
		t.Errorf("the log has %v", log)
	}
}

func containsAll(all []string, want ...string) bool {
	for _, w := range want {
		found := false
		for _, a := range all {
			found = found || a == w
		}
		if !found {
			return false
		}
	}
	return true
}

func TestRetireIsRefused(t *testing.T) {
	b := newBench(t)
	r := b.imported(qtsp.Request{})
	_, err := b.Retire(t.Context(), engineer, r.ID, "why not")
	expect(t, err, fault.Denied, "not_permitted")
	_, err = b.Retire(t.Context(), officer, r.ID, " ")
	expect(t, err, fault.Invalid, "reason_missing")
	_, err = b.Retire(t.Context(), officer, "none", "reason")
	expect(t, err, fault.NotFound, "not_found")
	b.name(stack.Institution, registration.Active, r.ID)
	_, err = b.Retire(t.Context(), officer, r.ID, "reason")
	expect(t, err, fault.Conflict, "certificate_in_use")
	b.name(stack.Institution, registration.Active, "another") // what was active is superseded
	b.must(b.Retire(t.Context(), officer, r.ID, "reason"))
	_, err = b.Retire(t.Context(), officer, r.ID, "again")
	expect(t, err, fault.Conflict, "certificate_retired")
}

func TestRetireOnLiveTakesTwoPeople(t *testing.T) {
	b := newBench(t)
	r := b.imported(qtsp.Request{})
	b.name(stack.LiveAtSim, registration.Active, r.ID)
	b.name(stack.LiveAtSim, registration.Active, "another")
	done, err := b.Retire(t.Context(), officer, r.ID, "old")
	if err != nil || done {
		t.Fatalf("done %v, %v", done, err)
	}
	b.decide(r, 1+1) // the state, and the version that nobody can go back to
	if got, _ := b.Get(t.Context(), auditor, r.ID); got.State != vault.Retired || got.Retired.By != second.ID {
		t.Errorf("got %s by %s", got.State, got.Retired.By)
	}
}

// decide has the second person approve the one open request for a certificate.
func (b *bench) decide(r vault.Record, changes int) {
	b.t.Helper()
	inbox, err := b.approvals.Inbox(b.t.Context(), second)
	if err != nil || len(inbox) != 1 || inbox[0].Object != r.ID || len(inbox[0].Changes) != changes {
		b.t.Fatalf("the inbox has %+v, %v", inbox, err)
	}
	if _, err := b.approvals.Approve(b.t.Context(), officer, inbox[0].ID, ""); !errors.Is(err, fault.Denied) {
		b.t.Errorf("whoever asked approved: %v", err)
	}
	if _, err := b.approvals.Approve(b.t.Context(), second, inbox[0].ID, ""); err != nil {
		b.t.Fatal(err)
	}
}

func TestDestroy(t *testing.T) {
	b := newBench(t)
	r := b.imported(qtsp.Request{Kind: certs.QSealC})
	_, err := b.Destroy(t.Context(), officer, r.ID, r.Confirmation())
	expect(t, err, fault.Conflict, "not_retired")
	b.must(b.Retire(t.Context(), officer, r.ID, "old"))
	_, err = b.Destroy(t.Context(), officer, r.ID, "yes")
	expect(t, err, fault.Invalid, "confirmation_wrong")
	_, err = b.Destroy(t.Context(), engineer, r.ID, r.Confirmation())
	expect(t, err, fault.Denied, "not_permitted")
	b.must(b.Destroy(t.Context(), officer, r.ID, " "+r.Confirmation()))
	b.expectNothing()

	got, err := b.Get(t.Context(), auditor, r.ID)
	if err != nil || got.State != vault.Destroyed || got.Destroyed.By != officer.ID || got.Retired.Reason != "old" ||
		got.Leaf.SHA256 != r.Leaf.SHA256 {
		t.Errorf("what is left is %+v, %v", got, err)
	}
	if _, err := b.Published(t.Context(), r.Leaf.SHA256); err != nil {
		t.Errorf("a destroyed QSealC is not published any more: %v", err)
	}
	_, err = b.Destroy(t.Context(), officer, r.ID, r.Confirmation())
	expect(t, err, fault.Conflict, "certificate_destroyed")
	if !containsAll(b.outcomes(), "cert.destroy allowed", "cert.destroy done", "cert.destroy failed") {
		t.Errorf("the log has %v", b.outcomes())
	}
}

func TestDestroyedCertificateIsNotTakenBack(t *testing.T) {
	b := newBench(t)
	issued := issue(t, qtsp.Request{})
	stored, err := b.Import(t.Context(), officer, files(issued))
	if err != nil {
		t.Fatal(err)
	}
	b.must(b.Retire(t.Context(), officer, stored[0].ID, "leaked"))
	b.must(b.Destroy(t.Context(), officer, stored[0].ID, stored[0].Confirmation()))
	_, err = b.Import(t.Context(), officer, files(issued))
	expect(t, err, fault.Conflict, "certificate_destroyed")
}

func TestDestroyIsRefusedWhileADraftNamesIt(t *testing.T) {
	b := newBench(t)
	r := b.imported(qtsp.Request{})
	b.name(stack.Institution, registration.Draft, r.ID)
	b.must(b.Retire(t.Context(), officer, r.ID, "old"))
	_, err := b.Destroy(t.Context(), officer, r.ID, r.Confirmation())
	expect(t, err, fault.Conflict, "certificate_in_use")
}

func TestDestroyOnLiveTakesTwoPeople(t *testing.T) {
	b := newBench(t)
	r := b.imported(qtsp.Request{})
	b.must(b.Retire(t.Context(), officer, r.ID, "old"))
	b.name(stack.LiveAtSim, registration.Draft, "another")
	b.nameSuperseded(r.ID)
	done, err := b.Destroy(t.Context(), officer, r.ID, r.Confirmation())
	if err != nil || done {
		t.Fatalf("done %v, %v", done, err)
	}
	b.decide(r, 3) // state, key, and the version that nobody can go back to
	b.expectNothing()
}

// elsewhere is a custody that calls itself another one.
type elsewhere struct {
	vault.Custody
	mode string
}

func (e elsewhere) Mode() string { return e.mode }

// Whoever approves a destruction is told where copies of the key remain.
func TestDestructionSaysWhatRemains(t *testing.T) {
	for mode, want := range map[string]string{
		"embedded": "deleted from the database for good. Backups made before hold it still, sealed",
		"vault":    "destroyed in Vault for good. Snapshots of Vault",
	} {
		t.Run(mode, func(t *testing.T) {
			b := newBenchOn(t, func(c vault.Custody) vault.Custody { return elsewhere{c, mode} })
			r := b.imported(qtsp.Request{})
			b.must(b.Retire(t.Context(), officer, r.ID, "old"))
			b.name(stack.LiveAtSim, registration.Draft, "another")
			b.nameSuperseded(r.ID)
			if done, err := b.Destroy(t.Context(), officer, r.ID, r.Confirmation()); err != nil || done {
				t.Fatalf("done %v, %v", done, err)
			}
			waiting, err := b.approvals.Waiting(t.Context(), r.ID)
			if err != nil || len(waiting) != 1 || !slices.ContainsFunc(waiting[0].Changes,
				func(c approval.Change) bool {
					return strings.Contains(c.Consequence, want)
				}) {
				t.Errorf("%+v, %v", waiting, err)
			}
		})
	}
}

// nameSuperseded has a former version at the live bank name the certificate.
func (b *bench) nameSuperseded(id string) {
	b.t.Helper()
	bundle := registration.Bundle{
		ID:             "former",
		RegistrationID: stack.LiveAtSim,
		Version:        9,
		State:          registration.Superseded,
		QWACID:         id,
		CreatedAt:      b.now,
	}
	if err := b.db.SaveDraft(b.t.Context(), bundle); err != nil {
		b.t.Fatal(err)
	}
}

func TestSharedKeyGoesWithTheLastCertificate(t *testing.T) {
	b := newBench(t)
	first := issue(t, qtsp.Request{})
	old, err := b.Import(t.Context(), officer, files(first))
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := b.Import(t.Context(), officer, files(issue(t, qtsp.Request{
		Key:      first.Key.Signer(),
		NotAfter: b.now.AddDate(3, 0, 0),
	})))
	if err != nil {
		t.Fatal(err)
	}
	b.must(b.Retire(t.Context(), officer, old[0].ID, "renewed"))
	b.must(b.Destroy(t.Context(), officer, old[0].ID, old[0].Confirmation()))
	if _, err := b.Source(t.Context(), connector, renewed[0].ID); err != nil {
		t.Errorf("the renewed certificate has lost its key: %v", err)
	}
	b.must(b.Retire(t.Context(), officer, renewed[0].ID, "the end"))
	b.must(b.Destroy(t.Context(), officer, renewed[0].ID, renewed[0].Confirmation()))
	b.expectNothing()
}

func TestDestructionIsFinishedAfterEveryCrash(t *testing.T) {
	for _, step := range []string{"get", "document", "destroy", "delete"} {
		for _, after := range []bool{false, true} {
			b := newBench(t)
			r := b.imported(qtsp.Request{})
			b.must(b.Retire(t.Context(), officer, r.ID, "old"))
			b.custody.step, b.custody.after = step, after
			b.must(b.Destroy(t.Context(), officer, r.ID, r.Confirmation()))
			if got, _ := b.Get(t.Context(), auditor, r.ID); got.State != vault.Destroying {
				t.Errorf("%s: it is %s", step, got.State)
			}
			_, err := b.Source(t.Context(), connector, r.ID)
			expect(t, err, fault.Conflict, "certificate_destroyed")
			b.custody.step = ""
			b.now = b.now.Add(2 * grace)
			if done, err := b.Reconcile(t.Context()); err != nil || done.Finished != 1 {
				t.Errorf("%s: %+v, %v", step, done, err)
			}
			b.expectNothing()
			if got, _ := b.Get(t.Context(), auditor, r.ID); got.State != vault.Destroyed ||
				got.Destroyed.By != officer.ID {
				t.Errorf("%s: it ends as %s", step, got.State)
			}
		}
	}
}

func TestNothingIsDestroyedWhileCustodyIsDown(t *testing.T) {
	b := newBench(t)
	r := b.imported(qtsp.Request{})
	b.must(b.Retire(t.Context(), officer, r.ID, "old"))
	b.custody.step = "health"
	_, err := b.Destroy(t.Context(), officer, r.ID, r.Confirmation())
	expect(t, err, fault.Unavailable, "custody_unavailable")
	if got, _ := b.Get(t.Context(), auditor, r.ID); got.State != vault.Retired {
		t.Errorf("it is %s", got.State)
	}
}

func TestCopyOfARetirementIsMadeGood(t *testing.T) {
	b := newBench(t)
	r := b.imported(qtsp.Request{})
	b.custody.step = "document"
	b.must(b.Retire(t.Context(), officer, r.ID, "old"))
	b.custody.step = ""
	if _, err := b.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	doc, version, err := b.custody.Get(t.Context(), r.ID)
	if err != nil || doc["state"] != "retired" {
		t.Errorf("got %v, %v", doc["state"], err)
	}
	if _, err := b.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, again, _ := b.custody.Get(t.Context(), r.ID); again != version {
		t.Error("a copy that is right was written again")
	}
}

func TestCertificatesFormLines(t *testing.T) {
	b := newBench(t)
	first := issue(t, qtsp.Request{})
	one, err := b.Import(t.Context(), officer, files(first))
	if err != nil {
		t.Fatal(err)
	}
	import1 := func(r qtsp.Request, replaces ...string) vault.Record {
		t.Helper()
		upload := files(issue(t, r))
		upload.Replaces = replaces
		stored, err := b.Import(t.Context(), officer, upload)
		if err != nil {
			t.Fatal(err)
		}
		b.now = b.now.Add(time.Second)
		return stored[0]
	}
	import1(qtsp.Request{Key: first.Key.Signer(), NotAfter: b.now.AddDate(3, 0, 0)})
	two := import1(qtsp.Request{NotAfter: b.now.AddDate(4, 0, 0)}, one[0].ID)
	import1(qtsp.Request{Organization: "Another Name SAS"}, two.ID)
	import1(qtsp.Request{}) // nobody said that it replaces one

	versions, err := b.Line(t.Context(), auditor, one[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []vault.LineChange
	for i, v := range versions {
		got = append(got, v.Line.Change)
		if v.Line.Version != i+1 || v.Line.ID != one[0].ID {
			t.Errorf("version %d is %+v", i+1, v.Line)
		}
	}
	if diff := cmp.Diff([]vault.LineChange{
		vault.First, vault.Renewal, vault.Rekey, vault.Replacement,
	}, got); diff != "" {
		t.Error(diff)
	}
	if versions[1].KeyID != versions[0].KeyID || versions[2].KeyID == versions[0].KeyID {
		t.Errorf("keys %s %s %s", versions[0].KeyID, versions[1].KeyID, versions[2].KeyID)
	}
}

func TestReplacesIsRefused(t *testing.T) {
	b := newBench(t)
	qsealc := b.imported(qtsp.Request{Kind: certs.QSealC})
	upload := files(issue(t, qtsp.Request{}))
	upload.Replaces = []string{qsealc.ID}
	_, err := b.Import(t.Context(), officer, upload)
	expect(t, err, fault.Invalid, "replaces_mismatch")
	upload.Replaces = []string{"none"}
	_, err = b.Import(t.Context(), officer, upload)
	expect(t, err, fault.NotFound, "not_found")
}

func TestStoredKeyIsHandedOut(t *testing.T) {
	b := newBench(t)
	issued := issue(t, qtsp.Request{Kind: certs.QSealC})
	upload := files(issued)
	upload.KeyMode = vault.KeyExportable
	_, err := b.Import(t.Context(), officer, upload)
	expect(t, err, fault.Invalid, "reason_missing")
	upload.ExportReason = "the HSM of the card processor wants the file"
	stored, err := b.Import(t.Context(), officer, upload)
	if err != nil {
		t.Fatal(err)
	}
	id := stored[0].ID
	got, err := b.Get(t.Context(), auditor, id)
	if err != nil || got.KeyMode != vault.KeyExportable || got.Export.Reason != upload.ExportReason ||
		got.Export.By != officer.ID {
		t.Fatalf("got %+v, %v", got.Export, err)
	}
	digest := sha256.Sum256([]byte("payload"))
	if _, err := b.sign(id, digest[:]); err != nil {
		t.Error(err)
	}
	for _, caller := range []access.Caller{officer, auditor} {
		_, err := b.ExportKey(t.Context(), caller, id, "pem")
		expect(t, err, fault.Denied, "not_permitted")
	}
	_, err = b.ExportKey(t.Context(), connector, id, "pem")
	expect(t, err, fault.Conflict, "export_not_approved")
	if _, err := b.AllowExport(t.Context(), officer, id); err != nil {
		t.Fatal(err)
	}
	_, err = b.ExportKey(t.Context(), connector, id, "pem")
	expect(t, err, fault.Conflict, "export_not_approved")
	b.decide(stored[0], 1)
	exported, err := b.ExportKey(t.Context(), connector, id, "pem")
	if err != nil || exported.KeyPEM.Reveal() != string(issued.KeyPEM()) || exported.ChainPEM != got.ChainPEM() {
		t.Errorf("the key that came out is not the one that went in: %v", err)
	}
	if !containsAll(b.outcomes(), "key.export allowed", "key.export done", "key.export denied") {
		t.Errorf("the log has %v", b.outcomes())
	}
	b.must(b.Retire(t.Context(), officer, id, "old"))
	_, err = b.ExportKey(t.Context(), connector, id, "pem")
	expect(t, err, fault.Conflict, "certificate_retired")
	b.must(b.Destroy(t.Context(), officer, id, got.Confirmation()))
	if rows, err := b.db.CustodyRows().List(t.Context(), "kept"); err != nil || len(rows) != 0 {
		t.Errorf("%d exportable keys are left, %v", len(rows), err)
	}
}

func TestHeldKeyNeverComesOut(t *testing.T) {
	b := newBench(t)
	first := issue(t, qtsp.Request{})
	stored, err := b.Import(t.Context(), officer, files(first))
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.ExportKey(t.Context(), engineer, stored[0].ID, "pem")
	expect(t, err, fault.Conflict, "key_held")
	renewal := files(issue(t, qtsp.Request{Key: first.Key.Signer(), NotAfter: b.now.AddDate(3, 0, 0)}))
	renewal.KeyMode, renewal.ExportReason = vault.KeyExportable, "to get at it"
	_, err = b.Import(t.Context(), officer, renewal)
	expect(t, err, fault.Conflict, "key_held")
	_, err = b.AllowExport(t.Context(), officer, stored[0].ID)
	expect(t, err, fault.Conflict, "key_held")
	both := vault.Files{
		Files: append(files(issue(t, qtsp.Request{})).Files,
			files(issue(t, qtsp.Request{Kind: certs.QSealC})).Files...),
		KeyMode:      vault.KeyExportable,
		ExportReason: "both",
	}
	_, err = b.Import(t.Context(), officer, both)
	expect(t, err, fault.Invalid, "export_one_certificate")
}

func TestStoredKeyOnLiveTakesTwoPeople(t *testing.T) {
	b := newBench(t)
	first := issue(t, qtsp.Request{})
	upload := files(first)
	upload.KeyMode, upload.ExportReason = vault.KeyExportable, "a workload needs the file"
	stored, err := b.Import(t.Context(), officer, upload)
	if err != nil {
		t.Fatal(err)
	}
	id := stored[0].ID
	onLive := func(id string) error {
		held, err := b.Held(t.Context(), engineer, []string{id})
		if err != nil {
			t.Fatal(err)
		}
		return held[id].NotLive
	}
	expect(t, onLive(id), fault.Conflict, "export_not_approved")
	if done, err := b.AllowExport(t.Context(), officer, id); err != nil || done {
		t.Fatalf("done %v, %v", done, err)
	}
	b.decide(stored[0], 1)
	if err := onLive(id); err != nil {
		t.Error(err)
	}
	_, err = b.AllowExport(t.Context(), officer, id)
	expect(t, err, fault.Conflict, "already_approved")

	renewal, err := b.Import(t.Context(), officer, files(issue(t, qtsp.Request{
		Key:      first.Key.Signer(),
		NotAfter: b.now.AddDate(3, 0, 0),
	})))
	if err != nil || renewal[0].KeyMode != vault.KeyExportable || onLive(renewal[0].ID) != nil {
		t.Errorf("the choice does not go with the key: %+v, %v", renewal, err)
	}
}

func TestSignSeveral(t *testing.T) {
	b := newBench(t)
	r := b.imported(qtsp.Request{Kind: certs.QSealC})
	good := sha256.Sum256([]byte("good"))
	open, err := b.Source(t.Context(), connector, r.ID)
	b.must(true, err)
	signed, err := b.Sign(t.Context(), connector, open, [][]byte{good[:], good[:5], good[:]}, crypto.SHA256)
	if err != nil || len(signed) != 3 || len(signed[0].Signature) == 0 || len(signed[2].Signature) == 0 {
		t.Fatalf("got %+v, %v", signed, err)
	}
	expect(t, signed[1].Err, fault.Invalid, "digest_length")
	entries, err := b.db.LatestAudit(t.Context(), 2)
	if err != nil || entries[0].Detail != "2 of 3 signed" || entries[1].Outcome != "allowed" {
		t.Errorf("the log ends with %+v, %v", entries, err)
	}
	for _, digests := range [][][]byte{nil, make([][]byte, vault.MaxBatch+1)} {
		_, err := b.Sign(t.Context(), connector, open, digests, crypto.SHA256)
		expect(t, err, fault.Invalid, "batch_size")
	}
}
