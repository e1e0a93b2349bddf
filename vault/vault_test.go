package vault_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

var (
	officer   = access.Caller{ID: "u1", Name: "Ada", Roles: []access.Role{access.Compliance}}
	second    = access.Caller{ID: "u5", Name: "Zoe", Roles: []access.Role{access.Compliance}}
	engineer  = access.Caller{ID: "u2", Name: "Grace", Roles: []access.Role{access.Engineer}}
	connector = access.Caller{ID: "u3", Name: "svc", Grant: &access.Grant{Purposes: access.Purposes}}
	auditor   = access.Caller{ID: "u4", Name: "Bob", Roles: []access.Role{access.Auditor}}
)

const grace = time.Minute // as stack.Wire has it

// bench is a vault on a real database and embedded custody, with a clock to turn.
type bench struct {
	*vault.Vault
	db      *store.DB
	custody *breakable
	audit   *audit.Log
	now     time.Time
	t       *testing.T

	approvals *approval.Service
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return newBenchOn(t, func(c vault.Custody) vault.Custody { return c })
}

// newBenchOn is newBench with something around its custody.
func newBenchOn(t *testing.T, around func(vault.Custody) vault.Custody) *bench {
	t.Helper()
	b := &bench{t: t, db: storetest.SQLite(t), now: time.Now()}
	path := filepath.Join(t.TempDir(), "master.key")
	if err := embedded.NewMasterKeyFile(path); err != nil {
		t.Fatal(err)
	}
	master, err := embedded.MasterKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	custody, err := embedded.Open(t.Context(), b.db.CustodyRows(), master)
	if err != nil {
		t.Fatal(err)
	}
	b.custody = &breakable{Custody: custody}
	services := stack.Wire(t, b.db, around(b.custody), func() time.Time { return b.now })
	b.Vault, b.audit, b.approvals = services.Vault, services.Audit, services.Approvals
	for _, c := range []access.Caller{officer, second, engineer, connector, auditor} {
		u := identity.User{ID: c.ID, Name: c.Name, Roles: c.Roles, CreatedAt: b.now}
		if err := b.db.AddUser(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *bench) outcomes() []string {
	b.t.Helper()
	entries, err := b.db.AuditEntries(b.t.Context(), 0, 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSpace(string(e.Action)+" "+string(e.Outcome)))
	}
	return out
}

func issue(t *testing.T, r qtsp.Request) *qtsp.Issued {
	t.Helper()
	return qtsp.Must(t).MustIssue(t, r)
}

func TestRepeatingAnUploadStoresWhatIsMissing(t *testing.T) {
	b := newBench(t)
	qwac, qsealc := issue(t, qtsp.Request{}), issue(t, qtsp.Request{Kind: certs.QSealC})
	if _, err := b.Import(t.Context(), officer, files(qwac)); err != nil {
		t.Fatal(err)
	}
	both := vault.Files{Files: append(files(qwac).Files, files(qsealc).Files...)}
	stored, err := b.Import(t.Context(), officer, both)
	if err != nil || len(stored) != 1 || stored[0].Leaf.Kind != certs.QSealC {
		t.Errorf("got %+v, %v", stored, err)
	}
	_, err = b.Import(t.Context(), officer, both)
	expect(t, err, fault.Conflict, "certificate_exists")
}

func files(issued *qtsp.Issued) vault.Files {
	return vault.Files{Files: []certs.File{{Name: "cert.pem", Data: issued.CertificatePEM()}, {
		Name: "cert.key",
		Data: issued.KeyPEM(),
	}}}
}

func TestImportStoresAndAudits(t *testing.T) {
	b := newBench(t)
	issued := issue(t, qtsp.Request{})
	stored, err := b.Import(t.Context(), officer, files(issued))
	if err != nil {
		t.Fatal(err)
	}
	if len(stored) != 1 || stored[0].State != vault.Stored || stored[0].Leaf.Kind != certs.QWAC ||
		len(stored[0].Chain) != 1 {
		t.Fatalf("got %+v", stored)
	}
	if diff := cmp.Diff([]string{"cert.import allowed", "cert.import done"}, b.outcomes()); diff != "" {
		t.Error(diff)
	}
	_, err = b.Import(t.Context(), officer, files(issued))
	expect(t, err, fault.Conflict, "certificate_exists")

	got, err := b.Get(t.Context(), auditor, stored[0].ID)
	if err != nil || got.ChainPEM() != stored[0].ChainPEM() {
		t.Errorf("got %v, %v", got.Name, err)
	}
}

func expect(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	gotKind, gotCode, _ := fault.Public(err)
	if err == nil || gotKind != kind || gotCode != code {
		t.Errorf("got %v (%s), want %s (%s)", err, gotCode, kind, code)
	}
}

func TestImportOfTwoAtOnce(t *testing.T) {
	b := newBench(t)
	qwac, qsealc := issue(t, qtsp.Request{}), issue(t, qtsp.Request{Kind: certs.QSealC})
	all := append(files(qwac).Files, files(qsealc).Files...)
	stored, err := b.Import(t.Context(), officer, vault.Files{Files: all})
	if err != nil || len(stored) != 2 {
		t.Fatalf("%d stored, %v", len(stored), err)
	}
}

// The files of an upload share what opening them may cost: one that takes nearly all of it opens no more after another.
func TestFilesOfAnUploadShareABudget(t *testing.T) {
	issued := issue(t, qtsp.Request{KeyType: qtsp.P256})
	small, err := issued.PKCS12("x")
	if err != nil {
		t.Fatal(err)
	}
	upload := vault.Files{Passphrase: secret.NewTextString("x"), Files: []certs.File{
		{Name: "small.p12", Data: small},
		{Name: "costly.key", Data: costlyKey(t, 11_999_000)},
	}}
	_, err = newBench(t).Inspect(t.Context(), officer, upload)
	var refused *fault.Error
	if !errors.As(err, &refused) || refused.Code != certs.CodeTooCostly || refused.Case != "files" {
		t.Errorf("%v", err)
	}
}

// costlyKey is the outside of an encrypted PKCS#8 key (RFC 8018 appendix A.4) that is derived in so many iterations.
func costlyKey(t *testing.T, iterations int) []byte {
	t.Helper()
	type algorithm struct {
		ID         asn1.ObjectIdentifier
		Parameters any
	}
	data, err := asn1.Marshal(struct {
		Algorithm algorithm
		Data      []byte
	}{
		Algorithm: algorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, []algorithm{
			{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}, struct {
				Salt       []byte
				Iterations int
				PRF        algorithm
			}{[]byte("saltsalt"), iterations, algorithm{
				asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}, asn1.NullRawValue,
			}}},
			{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, make([]byte, 16)},
		}},
		Data: make([]byte, 64),
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Evidence is looked through in the place of an upload: who leaves while others are read is not read.
func TestEvidenceTakesItsTurn(t *testing.T) {
	v := newBench(t)
	held, err := v.HoldsKey(t.Context(), issue(t, qtsp.Request{KeyType: qtsp.P256}).KeyPEM())
	if !held || err != nil {
		t.Errorf("%v, %v", held, err)
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	if held, err := v.HoldsKey(left, bytes.Repeat([]byte("MIIE\n"), 1000)); held || err == nil {
		t.Errorf("%v, %v", held, err)
	}
}

func TestRefusedImportsLeaveNothing(t *testing.T) {
	mine, other := issue(t, qtsp.Request{}), issue(t, qtsp.Request{})
	p12, err := mine.PKCS12("right")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		files vault.Files
		code  string
	}{
		"no file": {vault.Files{}, "no_file"},
		"wrong passphrase": {vault.Files{
			Files:      []certs.File{{Name: "a.p12", Data: p12}},
			Passphrase: secret.NewTextString("wrong"),
		}, certs.CodePassphraseWrong},
		"no passphrase": {vault.Files{Files: []certs.File{{Name: "a.p12", Data: p12}}}, certs.CodePassphraseNeeded},
		"key of another": {vault.Files{Files: []certs.File{{
			Name: "a.pem",
			Data: mine.CertificatePEM(),
		}, {Name: "b.key", Data: other.KeyPEM()}}},
			certs.CodeKeyMismatch},
		"no key": {vault.Files{Files: []certs.File{{
			Name: "a.pem",
			Data: mine.CertificatePEM(),
		}}}, "key_missing"},
		"no certificate": {vault.Files{Files: []certs.File{{
			Name: "a.txt",
			Data: []byte("Dear customer"),
		}}}, certs.CodeNotACertificate},
		"zeros": {vault.Files{Files: []certs.File{{
			Name: "zeros",
			Data: make([]byte, certs.MaxFileSize+1),
		}}}, certs.CodeTooLarge},
		"one good, one without its key": {vault.Files{Files: append(files(mine).Files, certs.File{
			Name: "b.pem",
			Data: other.CertificatePEM(),
		})},
			"key_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			_, err := b.Import(t.Context(), officer, test.files)
			code := fault.Code(err)
			if err == nil || code != test.code {
				t.Errorf("got %v (%s), want %s", err, code, test.code)
			}
			b.expectNothing()
			if diff := cmp.Diff([]string{"cert.import allowed", "cert.import failed"}, b.outcomes()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// expectNothing checks that neither database nor custody holds anything.
func (b *bench) expectNothing() {
	b.t.Helper()
	ctx := b.t.Context()
	records, err := b.db.Certificates(ctx, vault.Pending, vault.Stored)
	documents, err2 := b.custody.List(ctx)
	keys, err3 := b.db.CustodyRows().List(ctx, "key")
	kept, err4 := b.db.CustodyRows().List(ctx, "kept")
	keys, err3 = append(keys, kept...), errors.Join(err3, err4)
	if err != nil || err2 != nil || err3 != nil || len(records)+len(documents)+len(keys) != 0 {
		b.t.Errorf("there are %d records, %d documents, %d keys (%v %v %v)", len(records), len(documents), len(keys),
			err, err2, err3)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	b := newBench(t)
	issued := issue(t, qtsp.Request{})
	if _, err := b.Import(t.Context(), engineer, files(issued)); !errors.Is(err, fault.Denied) {
		t.Errorf("an engineer imported: %v", err)
	}
	stored, err := b.Import(t.Context(), officer, files(issued))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Source(t.Context(), officer, stored[0].ID); !errors.Is(err, fault.Denied) {
		t.Errorf("a compliance officer used a key: %v", err)
	}
	if _, err := b.Page(t.Context(), connector, vault.Certificates.Query()); !errors.Is(err, fault.Denied) {
		t.Errorf("a connector listed certificates: %v", err)
	}
	if got := b.outcomes()[len(b.outcomes())-1]; got != "cert.list denied" {
		t.Errorf("the refusal was recorded as %q", got)
	}
}

func TestExpiredCertificateIsKeptAndNotUsed(t *testing.T) {
	b := newBench(t)
	issued := issue(t, qtsp.Request{NotBefore: b.now.Add(-48 * time.Hour), NotAfter: b.now.Add(-24 * time.Hour)})
	upload := files(issued)
	_, err := b.Import(t.Context(), officer, upload)
	expect(t, err, fault.Invalid, "expired_unconfirmed")
	upload.AcceptExpired = true
	stored, err := b.Import(t.Context(), officer, upload)
	if err != nil {
		t.Fatal(err)
	}
	expired := false
	for _, f := range stored[0].Findings(b.now) {
		expired = expired || (f.Severity == rules.SeverityError && strings.Contains(f.Code, "expired"))
	}
	if !expired {
		t.Errorf("no error finding says that it has expired: %+v", stored[0].Findings(b.now))
	}
	_, err = b.Source(t.Context(), connector, stored[0].ID)
	expect(t, err, fault.Conflict, "certificate_not_valid")
}

func TestSourceStopsWhenTheCertificateExpires(t *testing.T) {
	b := newBench(t)
	issued := issue(t, qtsp.Request{NotAfter: b.now.Add(time.Hour)})
	stored, err := b.Import(t.Context(), officer, files(issued))
	if err != nil {
		t.Fatal(err)
	}
	source, err := b.Source(t.Context(), connector, stored[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Identity(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(2 * time.Hour)
	_, err = source.Identity(t.Context())
	expect(t, err, fault.Conflict, "certificate_not_valid")
}

func TestSign(t *testing.T) {
	b := newBench(t)
	issued := issue(t, qtsp.Request{Kind: certs.QSealC})
	stored, err := b.Import(t.Context(), officer, files(issued))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("payload"))
	signature, err := b.sign(stored[0].ID, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	if err := rsa.VerifyPKCS1v15(issued.Certificate.X509.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:],
		signature); err != nil {
		t.Error(err)
	}
	_, err = b.sign(stored[0].ID, digest[:20])
	expect(t, err, fault.Invalid, "digest_length")
	got := b.outcomes()
	if diff := cmp.Diff([]string{
		"cert.use allowed", "cert.use done", "cert.sign allowed", "cert.sign done",
		"cert.use allowed", "cert.use done", "cert.sign allowed", "cert.sign failed",
	}, got[len(got)-8:]); diff != "" {
		t.Error(diff)
	}
}

func TestCredentials(t *testing.T) {
	b := newBench(t)
	ref, _, err := b.RenewCredentials(t.Context(), engineer, "", "client", secret.NewTextString("s3cret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	id, clientSecret, err := b.Credentials(t.Context(), connector, ref)
	if err != nil || id != "client" || clientSecret.Reveal() != "s3cret" {
		t.Errorf("got %q, %v", id, err)
	}
	if _, _, err := b.Credentials(t.Context(), officer, ref); !errors.Is(err, fault.Denied) {
		t.Errorf("a compliance officer read a client secret: %v", err)
	}
	issued := issue(t, qtsp.Request{})
	stored, err := b.Import(t.Context(), officer, files(issued))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = b.Credentials(t.Context(), connector, stored[0].ID)
	expect(t, err, fault.NotFound, "credentials_unknown")
}

// Who pastes the secret into the field of the client id has not put it into a log that nobody can shorten.
func TestAuditRepeatsNoClientID(t *testing.T) {
	b := newBench(t)
	const pasted = "pasted-into-the-wrong-field"
	ref, _, err := b.RenewCredentials(t.Context(), engineer, "", pasted, secret.NewTextString("s3cret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Credentials(t.Context(), connector, ref); err != nil {
		t.Fatal(err)
	}
	entries, err := b.db.AuditEntries(t.Context(), 1, 100)
	if err != nil || len(entries) < 4 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for _, e := range entries {
		if strings.Contains(fmt.Sprintf("%+v", e), pasted) {
			t.Errorf("the log repeats it: %+v", e)
		}
	}
}

func TestPublishedIsOnlyTheSigningCertificate(t *testing.T) {
	b := newBench(t)
	qwac, qsealc := issue(t, qtsp.Request{}), issue(t, qtsp.Request{Kind: certs.QSealC})
	if _, err := b.Import(t.Context(), officer,
		vault.Files{Files: append(files(qwac).Files, files(qsealc).Files...)}); err != nil {
		t.Fatal(err)
	}
	pem, err := b.Published(t.Context(), qsealc.Certificate.SHA256)
	if err != nil || !bytes.Equal([]byte(pem), qsealc.CertificatePEM()) {
		t.Errorf("got %q, %v", pem, err)
	}
	if _, err := b.Published(t.Context(), qwac.Certificate.SHA256); !errors.Is(err, fault.NotFound) {
		t.Errorf("the QWAC is published: %v", err)
	}
}

func TestInspectStoresNothing(t *testing.T) {
	b := newBench(t)
	previews, err := b.Inspect(t.Context(), engineer, files(issue(t, qtsp.Request{})))
	if err != nil || len(previews) != 1 || !previews[0].HasKey {
		t.Fatalf("got %+v, %v", previews, err)
	}
	b.expectNothing()
}

// breakable is a custody that fails at a chosen step, before or after the step took effect.
type breakable struct {
	vault.Custody
	step  string // "health", "key", "generate", "document", "get", "destroy", "delete"
	after bool   // the step takes effect and its answer is lost
	pause func() // instead of failing, the step waits for this and then takes effect
}

var errBroken = fault.New(fault.Unavailable, "custody_unavailable", "Custody is down.")

func (b *breakable) at(step string, effect func() error) error {
	if b.step != step {
		return effect()
	}
	if b.pause != nil {
		b.step = ""
		b.pause()
		return effect()
	}
	if b.after {
		_ = effect()
	}
	return errBroken
}

func (b *breakable) Health(ctx context.Context) error {
	return b.at("health", func() error { return b.Custody.Health(ctx) })
}

func (b *breakable) ImportKey(ctx context.Context, id string, key *certs.PrivateKey) error {
	return b.at("key", func() error { return b.Custody.ImportKey(ctx, id, key) })
}

func (b *breakable) Put(ctx context.Context, id string, doc map[string]string, cas int) (version int, err error) {
	err = b.at("document", func() error { version, err = b.Custody.Put(ctx, id, doc, cas); return err })
	return version, err
}

func (b *breakable) Get(ctx context.Context, id string) (doc map[string]string, version int, err error) {
	err = b.at("get", func() error { doc, version, err = b.Custody.Get(ctx, id); return err })
	return doc, version, err
}

func (b *breakable) GenerateKey(ctx context.Context, id, algorithm string) (public crypto.PublicKey, err error) {
	err = b.at("generate", func() error { public, err = b.Custody.GenerateKey(ctx, id, algorithm); return err })
	return public, err
}

func (b *breakable) Delete(ctx context.Context, id string) error {
	return b.at("delete", func() error { return b.Custody.Delete(ctx, id) })
}

func (b *breakable) DestroyKey(ctx context.Context, id string) error {
	return b.at("destroy", func() error { return b.Custody.DestroyKey(ctx, id) })
}
