package vault_test

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// crashes is an installation whose processes are killed.
type crashes struct {
	t      *testing.T
	plan   crashPlan
	dir    string
	server *vaulttest.Vault
	qtsp   *qtsp.QTSP
	in     *installation
}

// TestKilledAtEveryStep kills a process (SIGKILL) before its first step, in the next
// round before its second, and so on until it gets to the end. What comes after
// each time must find the old state or the new one, nothing orphaned on either side, a
// whole audit log, and must be able to do again what was not done.
func TestKilledAtEveryStep(t *testing.T) {
	if plan := os.Getenv(crashPlanVariable); plan != "" {
		crashChild(t, plan)
		return
	}
	for operation, prepare := range map[string]func(c *crashes) (isNew func() bool){
		"import":   (*crashes).toImport,
		"keep":     (*crashes).toImport,
		"order":    (*crashes).toOrder,
		"answer":   (*crashes).toAnswer,
		"activate": (*crashes).toActivate,
		"chain":    (*crashes).toChain,
		"retire":   (*crashes).toRetire,
		"destroy":  (*crashes).toDestroy,
	} {
		t.Run(operation, func(t *testing.T) {
			c := newCrashes(t, operation)
			outcomes := ""
			for n := 1; ; n++ {
				isNew := prepare(c)
				c.plan.Stop = n
				stoppedAt := c.killed()
				c.settle(stoppedAt)
				if isNew() {
					outcomes += "n"
				} else {
					outcomes += "o"
					c.again(stoppedAt, isNew)
				}
				if stoppedAt == "" {
					break
				}
			}
			t.Logf("killed before %d steps; old and new states: %s", len(outcomes)-1, outcomes)
			if old, rest, _ := strings.Cut(outcomes, "n"); old == "" || strings.Contains(rest, "o") ||
				!strings.HasSuffix(outcomes, "n") {
				t.Errorf("there is no one point of no return: %s", outcomes)
			}
		})
	}
}

func newCrashes(t *testing.T, operation string) *crashes {
	t.Helper()
	server := vaulttest.Start(t)
	cfg := hcvault.Config{
		Address: server.Address,
		Auth:    hcvault.Auth{Token: hcvault.Fixed(secret.NewTextString(server.RootToken))},
	}
	role, err := hcvault.Bootstrap(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	made := server.Root(t, http.MethodPost, "auth/approle/role/"+role.Role+"/secret-id", nil)
	c := &crashes{t: t, dir: t.TempDir(), server: server, qtsp: qtsp.Must(t)}
	secretID, _ := made["data"].(map[string]any)["secret_id"].(string)
	c.plan = crashPlan{
		Address:   server.Address,
		RoleID:    role.RoleID,
		SecretID:  secretID,
		Database:  filepath.Join(c.dir, "db.sqlite"),
		Operation: operation,
		Later:     time.Hour,
	}
	c.in = openInstallation(t, c.plan, func(string) {})
	if err := c.in.db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// killed runs the operation in a process that is killed before its step number
// plan.Stop, which it returns; "" if the operation was completed before.
func (c *crashes) killed() string {
	c.t.Helper()
	text, err := json.Marshal(c.plan)
	if err != nil {
		c.t.Fatal(err)
	}
	path := filepath.Join(c.dir, "plan.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		c.t.Fatal(err)
	}
	// #nosec G204 -- this test's own program
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledAtEveryStep$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), crashPlanVariable+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }() // an error is what being killed is
	var told []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		told = append(told, lines.Text())
		if at, ok := strings.CutPrefix(lines.Text(), "stopped before "); ok {
			_ = cmd.Process.Kill()
			return at
		}
		if lines.Text() == "completed" {
			return ""
		}
	}
	c.t.Fatalf("the process ended by itself, at step %d:\n%s", c.plan.Stop, strings.Join(told, "\n"))
	return ""
}

// settle does what the next process does, and looks for what must not be left.
func (c *crashes) settle(at string) {
	c.t.Helper()
	ctx := c.t.Context()
	resolved, err := c.in.Reconcile(ctx)
	if err != nil || resolved.Waiting > 0 {
		c.t.Fatalf("killed before %q: %+v, %v", at, resolved, err)
	}
	if err := errors.Join(c.in.UpdateMirror(ctx), c.in.approvals.Sweep(ctx)); err != nil {
		c.t.Fatalf("killed before %q: %v", at, err)
	}
	found, err := c.in.CheckCustody(ctx, operator)
	if err != nil || len(found.Orphans) > 0 {
		c.t.Fatalf("killed before %q: %+v, %v", at, found, err)
	}
	if report, err := c.in.audit.Verify(ctx); err != nil || report.Broken != nil {
		c.t.Fatalf("killed before %q: audit log %+v, %v", at, report, err)
	}
}

// again does the operation to its end, after it was cut off before anything was done.
func (c *crashes) again(at string, isNew func() bool) {
	c.t.Helper()
	open, err := c.in.approvals.Waiting(c.t.Context(), c.plan.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, r := range open { // the crash was between asking and doing: a person withdraws it and asks anew
		if _, err := c.in.approvals.Withdraw(c.t.Context(), admin, r.ID, "the program stopped"); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := c.in.do(c.t.Context(), c.plan); err != nil {
		c.t.Fatalf("killed before %q, and then it cannot be repeated: %v", at, err)
	}
	if !isNew() {
		c.t.Fatalf("killed before %q, and repeating it did nothing", at)
	}
	c.settle("after repeating")
}

// write leaves a new certificate, and its key unless that is in custody, in files for the process.
func (c *crashes) write(issued *qtsp.Issued, withKey bool) {
	c.t.Helper()
	c.plan.Certificate, c.plan.Key = filepath.Join(c.dir, "cert.pem"), ""
	err := os.WriteFile(c.plan.Certificate, issued.CertificatePEM(), 0o600)
	if withKey {
		c.plan.Key = filepath.Join(c.dir, "key.pem")
		err = errors.Join(err, os.WriteFile(c.plan.Key, issued.KeyPEM(), 0o600))
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *crashes) issue(r qtsp.Request) *qtsp.Issued {
	c.t.Helper()
	if r.Key == nil {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			c.t.Fatal(err)
		}
		r.Key = key
	}
	return c.qtsp.MustIssue(c.t, r)
}

func (c *crashes) toImport() func() bool {
	issued := c.issue(qtsp.Request{})
	c.write(issued, true)
	return func() bool { return c.usable(issued) }
}

// usable reports whether the certificate is stored, and fails the test if it is stored and does not sign.
func (c *crashes) usable(issued *qtsp.Issued) bool {
	c.t.Helper()
	r, err := c.in.db.CertificateByFingerprint(c.t.Context(), issued.Certificate.SHA256)
	if errors.Is(err, fault.NotFound) {
		return false
	}
	if err != nil || r.State != vault.Stored {
		c.t.Fatalf("%v, %v", r.State, err)
	}
	digest := sha256.Sum256([]byte("payload"))
	open, err := c.in.Source(c.t.Context(), admin, r.ID)
	var signed []vault.Signed
	if err == nil {
		signed, err = c.in.Sign(c.t.Context(), admin, open, [][]byte{digest[:]}, crypto.SHA256)
	}
	if err == nil {
		err = issued.Certificate.X509.CheckSignature(x509.ECDSAWithSHA256, []byte("payload"), signed[0].Signature)
	}
	if err != nil {
		c.t.Fatalf("the certificate is stored and does not sign: %v", err)
	}
	return true
}

func (c *crashes) requests() []vault.CSR {
	c.t.Helper()
	all, err := c.in.db.CSRPage(c.t.Context(), access.Whole(), vault.CSRsListed.Query())
	if err != nil {
		c.t.Fatal(err)
	}
	return all.Items
}

func (c *crashes) toOrder() func() bool {
	before := len(c.requests())
	return func() bool { return len(c.requests()) == before+1 }
}

func (c *crashes) toAnswer() func() bool {
	r, err := c.in.CreateCSR(c.t.Context(), admin, vault.NewCSR{Template: crashOrder, Algorithm: "ecdsa-p256"})
	if err != nil {
		c.t.Fatal(err)
	}
	issued, err := c.qtsp.Answer(r.PEM, qtsp.Request{})
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(issued, false)
	return func() bool { return c.usable(issued) }
}

func (c *crashes) imported() vault.Record {
	c.t.Helper()
	issued := c.issue(qtsp.Request{})
	stored, err := c.in.Import(c.t.Context(), admin, vault.Files{Files: []certs.File{{
		Name: "c.pem",
		Data: issued.CertificatePEM(),
	}, {Name: "c.key", Data: issued.KeyPEM()}}})
	if err != nil {
		c.t.Fatal(err)
	}
	return stored[0]
}

// toChain re-issues the issuer of a certificate. Whatever the record says, custody's copy says too, and never a
// mixture.
func (c *crashes) toChain() func() bool {
	r := c.imported()
	c.plan.ID, c.plan.Certificate, c.plan.Key = r.ID, filepath.Join(c.dir, "issuer.pem"), ""
	again, err := c.qtsp.Reissued(time.Now().AddDate(6, 0, 0))
	if err == nil {
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: again.Raw})
		err = os.WriteFile(c.plan.Certificate, block, 0o600)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return func() bool {
		now, err := c.in.db.CertificateByID(c.t.Context(), r.ID)
		if err != nil {
			c.t.Fatal(err)
		}
		doc, _, err := c.in.custody.Get(c.t.Context(), r.ID)
		if err != nil || doc["chain_pem"] != now.ChainPEM() {
			c.t.Fatalf("custody has another chain than the record: %v", err)
		}
		return bytes.Equal(now.Chain[0].Raw, again.Raw)
	}
}

func (c *crashes) toRetire() func() bool {
	c.plan.ID = c.imported().ID
	return func() bool { return c.state() == vault.Retired }
}

func (c *crashes) toDestroy() func() bool {
	c.toRetire()
	if done, err := c.in.Retire(c.t.Context(), admin, c.plan.ID, "no longer needed"); err != nil || !done {
		c.t.Fatal(done, err)
	}
	return func() bool {
		if c.state() == vault.Retired {
			if _, err := c.in.custody.PublicKeys(c.t.Context(), c.plan.ID); err != nil {
				c.t.Fatalf("retired, and its key is gone: %v", err)
			}
		}
		return c.state() == vault.Destroyed
	}
}

func (c *crashes) state() vault.State {
	c.t.Helper()
	r, err := c.in.db.CertificateByID(c.t.Context(), c.plan.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return r.State
}

// toActivate makes, the first time, a registration with two tested versions, and
// then has the one activated that is not.
func (c *crashes) toActivate() func() bool {
	if c.plan.ID == "" {
		c.register()
	}
	c.plan.Version = 3 - c.active()
	return func() bool { return c.active() == c.plan.Version }
}

func (c *crashes) active() int {
	c.t.Helper()
	versions, err := c.in.db.Bundles(c.t.Context(), c.plan.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	active := 0
	for _, b := range versions {
		if b.State == registration.Active {
			active += b.Version
		}
	}
	if active != 1 && active != 2 {
		c.t.Fatalf("not one version is active: %+v", versions)
	}
	return active
}

func (c *crashes) register() {
	c.t.Helper()
	ctx, s := c.t.Context(), c.in.registrations
	o, err := s.AddOrganization(ctx, admin, registration.Organization{
		LegalName:              "Exemple Paiement SAS",
		Country:                "FR",
		OrganizationIdentifier: stack.Organization,
		ContactEmail:           "psd2@exemple-paiement.example",
	})
	if err != nil {
		c.t.Fatal(err)
	}
	a, err := s.AddApplication(ctx, admin, registration.Application{
		OrganizationID: o.ID,
		Name:           "Exemple Budget",
		RedirectURIs:   []string{stack.RedirectURI},
		ClientURI:      "https://exemple-paiement.example",
		TermsURI:       "https://exemple-paiement.example/terms",
	})
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := s.Register(ctx, admin, a.ID, stack.Institution)
	if err != nil {
		c.t.Fatal(err)
	}
	c.plan.ID = r.ID
	qsealc := c.issue(qtsp.Request{Kind: certs.QSealC})
	stored, err := c.in.Import(ctx, admin, vault.Files{Files: []certs.File{{
		Name: "c.pem",
		Data: qsealc.CertificatePEM(),
	}, {Name: "c.key", Data: qsealc.KeyPEM()}}})
	if err != nil {
		c.t.Fatal(err)
	}
	first := c.imported()
	v, err := s.Registration(ctx, admin, r.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, step := range v.Steps {
		if step.Checked() {
			continue
		}
		if err := s.SetStep(ctx, admin, r.ID, step.ID, checklist.Done, ""); err != nil {
			c.t.Fatal(err)
		}
	}
	for version := 1; version <= 2; version++ {
		in := registration.BundleInput{QWACID: first.ID, QSealCID: stored[0].ID}
		if version == 2 {
			in.QWACID = c.imported().ID
		} else {
			in.ClientID, in.ClientSecret = stack.ClientID, secret.NewTextString(stack.ClientSecret)
		}
		b, err := s.SaveBundle(ctx, admin, r.ID, in)
		if err != nil {
			c.t.Fatal(err)
		}
		if err := s.RecordTest(ctx, admin, b, registration.TestResult{
			At:     time.Now().UTC().Truncate(time.Microsecond),
			Passed: true,
			Says:   note.New("test_passed", "passed"),
		}); err != nil {
			c.t.Fatal(err)
		}
		if done, err := s.Activate(ctx, admin, r.ID, b.Version); err != nil || !done {
			c.t.Fatal(fmt.Sprint(version), done, err)
		}
	}
}
