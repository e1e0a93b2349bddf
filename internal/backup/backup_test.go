package backup_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/backup"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/retention"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/dump"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
)

var operator = access.SystemCaller("command line")

// backedUp is a stack with an active bundle, and its backup.
func backedUp(t *testing.T) (s *stack.Stack, issued []*qtsp.Issued, path string) {
	t.Helper()
	s = stack.New(t)
	issued = []*qtsp.Issued{s.QTSP.MustIssue(t, qtsp.Request{}), s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC})}
	r := s.ActivateWith(issued[0], issued[1])
	if _, err := s.Registrations.AddEvidence(t.Context(), stack.Engineer, r.ID, "portal_account", "a.txt",
		[]byte("the bank said yes")); err != nil {
		t.Fatal(err)
	}
	if err := s.Vault.PrepareInventory(t.Context(), operator); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "backup.zip")
	_, err := backup.Write(t.Context(), path, backup.Manifest{MadeAt: time.Now().UTC(), Custody: "embedded"}, s.DB,
		func() (vault.Inventory, vault.MAC, error) { return s.Vault.Inventory(t.Context(), operator) })
	if err != nil {
		t.Fatal(err)
	}
	return s, issued, path
}

func open(t *testing.T, path string) *backup.Backup {
	t.Helper()
	b, err := backup.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// One backup fills either database, and a dump of that is what it was made of.
func TestRestoreIntoEitherDatabase(t *testing.T) {
	_, _, path := backedUp(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := open(t, path)
		if _, err := db.Load(t.Context(), b.Manifest.Schema, dump.Loading{WithTokens: true}, b.Lines); err != nil {
			t.Fatal(err)
		}
		differences, err := b.CompareDatabase(t.Context(), db)
		if err != nil || len(differences) > 0 {
			t.Errorf("%v, %v", differences, err)
		}
		if report, err := audit.New(db, time.Now).Verify(t.Context()); err != nil || report.Broken != nil ||
			report.Entries < 10 {
			t.Errorf("audit log: %+v, %v", report, err)
		}
		if _, err := db.Load(t.Context(), b.Manifest.Schema, dump.Loading{WithTokens: true},
			b.Lines); !errors.Is(err, fault.Conflict) {
			t.Errorf("a second time: %v", err)
		}
	})
}

// A row that cannot be loaded leaves nothing of the others.
func TestRestoreIsAllOrNothing(t *testing.T) {
	_, _, path := backedUp(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := open(t, path)
		_, err := db.Load(t.Context(), b.Manifest.Schema, dump.Loading{WithTokens: true},
			func(add func(string, []byte) error) error {
				return errors.Join(b.Lines(add), add("users", []byte(`{"id":"u","shoe_size":43}`)))
			})
		if !errors.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
		_, err = db.Dump(t.Context(), func(table string, line []byte) error {
			t.Errorf("left in %s: %s", table, line)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A stolen backup signs nothing and tells no client secret.
func TestBackupHoldsNoSecret(t *testing.T) {
	_, issued, path := backedUp(t)
	content := unzipped(t, path)
	secrets := map[string][]byte{
		"client secret":         []byte(stack.ClientSecret),
		"client secret, base64": []byte(base64.StdEncoding.EncodeToString([]byte(stack.ClientSecret))),
	}
	for i, c := range issued {
		der, err := c.Key.PKCS8()
		if err != nil {
			t.Fatal(err)
		}
		middle := der[len(der)/3 : len(der)/3+24] // of a prime or the scalar, in any container
		name := []string{"QWAC key", "QSealC key"}[i]
		secrets[name], secrets[name+", hex"], secrets[name+
			", PEM"] = middle, []byte(hex.EncodeToString(middle)), []byte(strings.Split(string(c.KeyPEM()), "\n")[2])
		for shift := range 3 { // base64 at each alignment
			secrets[name+", base64 "+string(rune('0'+
				shift))] = []byte(base64.RawStdEncoding.EncodeToString(middle[shift:]))[:24]
		}
	}
	for name, secret := range secrets {
		if bytes.Contains(content, secret) {
			t.Errorf("the backup holds the %s", name)
		}
	}
	if !bytes.Contains(content, []byte(stack.ClientID)) {
		t.Error("the search would find nothing: not even the client id, which is not secret, is there")
	}
}

func unzipped(t *testing.T, path string) []byte {
	t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var all []byte
	for _, f := range r.File {
		file, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	return all
}

func TestAlteredBackupsAreRefused(t *testing.T) {
	s, _, path := backedUp(t)
	mac, err := vault.OpenMAC(t.Context(), s.Custody)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		alter func(name string, data []byte) []byte
		code  string
	}{
		"as it was": {func(_ string, data []byte) []byte { return data }, ""},
		"another row": {func(name string, data []byte) []byte {
			return only(name, "tables/certificates.jsonl", data, append(data, "{}\n"...))
		}, "backup_damaged"},
		"a role more": {func(name string, data []byte) []byte {
			return only(name, "tables/bundles.jsonl", data, bytes.ReplaceAll(data, []byte("active"), []byte("passive")))
		}, "backup_damaged"},
		"a table less": {func(name string, data []byte) []byte {
			return only(name, "tables/bundles.jsonl", data, nil)
		}, "backup_damaged"},
		"its manifest": {func(name string, data []byte) []byte {
			return only(name, "manifest.json", data, append(data, '\n'))
		}, "backup_not_ours"},
		"another format": {func(name string, data []byte) []byte {
			return only(name, "manifest.json", data,
				bytes.Replace(data, []byte(`"format": 1`), []byte(`"format": 2`), 1))
		}, "backup_format"},
		"no manifest": {func(name string, data []byte) []byte {
			return only(name, "manifest.json", data, nil)
		}, "backup_damaged"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b, err := backup.Open(rewritten(t, path, test.alter))
			if err == nil {
				defer func() { _ = b.Close() }()
				err = b.Authentic(mac)
			}
			code := ""
			if err != nil {
				code = fault.Code(err)
			}
			if code != test.code {
				t.Errorf("got %q (%v), want %q", code, err, test.code)
			}
		})
	}
}

func only(name, wanted string, data, altered []byte) []byte {
	if name == wanted {
		return altered
	}
	return data
}

// rewritten copies the backup through alter; nil leaves a file out.
func rewritten(t *testing.T, path string, alter func(name string, data []byte) []byte) string {
	t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var copied bytes.Buffer
	w := zip.NewWriter(&copied)
	for _, f := range r.File {
		file, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		if data = alter(f.Name, data); data == nil {
			continue
		}
		entry, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "altered.zip")
	if err := os.WriteFile(to, copied.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestComparingWithCustody(t *testing.T) {
	s, _, path := backedUp(t)
	b := open(t, path)
	look := func() []string {
		now, _, err := s.Vault.Inventory(t.Context(), operator)
		if err != nil {
			t.Fatal(err)
		}
		texts := []string{}
		differences, err := b.CompareCustody(now, "embedded")
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range differences {
			text := d.Text
			if d.Serious {
				text = "! " + text
			}
			for _, id := range append(documentIDs(b), keyIDs(b)...) {
				text = strings.ReplaceAll(text, id, "ID")
			}
			texts = append(texts, text)
		}
		return texts
	}
	if diff := cmp.Diff([]string{}, look()); diff != "" {
		t.Error(diff)
	}
	ctx, first := t.Context(), b.Manifest.Holds.Documents[0]
	doc, version, err := s.Custody.Get(ctx, first.ID)
	if err != nil {
		t.Fatal(err)
	}
	doc["name"] = "changed"
	if _, err := s.Custody.Put(ctx, first.ID, doc, version); err != nil {
		t.Fatal(err)
	}
	if err := s.Custody.DestroyKey(ctx, b.Manifest.Holds.Keys[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Custody.Put(ctx, "new", map[string]string{"type": "credentials"}, 0); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"The " + first.Type + " document ID was changed since, from version 1 to 2.",
		"The credentials document new is in custody since.",
		"! The key ID is no longer in custody.",
	}
	if diff := cmp.Diff(want, look()); diff != "" {
		t.Error(diff)
	}
	// The same version with other contents is what nobody's ordinary change leaves.
	if err := errors.Join(s.Custody.Delete(ctx, first.ID), put(ctx, s, first.ID)); err != nil {
		t.Fatal(err)
	}
	if got := look()[0]; !strings.HasPrefix(got, "! The "+first.Type+" document ID is not what it was") {
		t.Error(got)
	}
}

// A move to Vault begins the versions of documents anew, and that is all it changes.
func TestComparingWithAnotherCustody(t *testing.T) {
	s, _, path := backedUp(t)
	now, _, err := s.Vault.Inventory(t.Context(), operator)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, path)
	b.Manifest.Holds.Documents[0].Version, b.Manifest.Holds.Documents[1].Version = 7, 7
	b.Manifest.Holds.Documents[1].HMAC = "of other contents"
	differences, err := b.CompareCustody(now, "vault")
	if err != nil || len(differences) != 2 || !strings.Contains(differences[0].Text,
		"made with embedded custody, and custody is vault now") || serious(differences) != "" {
		t.Errorf("%+v, %v", differences, err)
	}
}

// What is gone from custody is missed if a row of the backup names it, or if nothing replaces it.
func TestWhatNoRowNamesIsNotMissed(t *testing.T) {
	s, _, path := backedUp(t)
	now, _, err := s.Vault.Inventory(t.Context(), operator)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, path)
	b.Manifest.Holds.Documents = append(b.Manifest.Holds.Documents, vault.DocumentEntry{
		ID:      "short-lived",
		Type:    "tokens",
		Version: 1,
	})
	differences, err := b.CompareCustody(now, "embedded")
	if err != nil || len(differences) != 1 || differences[0].Serious {
		t.Errorf("%+v, %v", differences, err)
	}
	now.Documents = slices.DeleteFunc(now.Documents, func(d vault.DocumentEntry) bool {
		return d.ID == "inventory-key"
	})
	if differences, err = b.CompareCustody(now, "embedded"); err != nil || serious(differences) == "" {
		t.Errorf("%+v, %v", differences, err)
	}
}

func serious(differences []backup.Difference) string {
	var texts []string
	for _, d := range differences {
		if d.Serious {
			texts = append(texts, d.Text)
		}
	}
	return strings.Join(texts, "\n")
}

// edited is a database after somebody worked in it past Sealkeeper; edit returns nil for a row that is gone.
type edited struct {
	*store.DB
	edit func(table string, line []byte) []byte
}

func (e edited) Dump(ctx context.Context, each func(string, []byte) error) (int64, error) {
	return e.DB.Dump(ctx, func(table string, line []byte) error {
		if line = e.edit(table, line); line == nil {
			return nil
		}
		return each(table, line)
	})
}

func TestComparingWithADatabaseThatLostRows(t *testing.T) {
	s, _, path := backedUp(t)
	b := open(t, path)
	without := func(gone string) func(string, []byte) []byte {
		return func(table string, line []byte) []byte {
			if table == gone {
				return nil
			}
			return line
		}
	}
	tests := map[string]struct {
		edit func(table string, line []byte) []byte
		want string // "": nothing serious
	}{
		"as it was":        {func(_ string, line []byte) []byte { return line }, ""},
		"no audit entries": {without("audit_entries"), "rows of audit_entries"},
		"no history":       {without("checklist_history"), "rows of checklist_history"},
		"no evidence":      {without("evidence"), "rows of evidence"},
		"no bundles":       {without("bundles"), "no longer in the database"},
		"no steps":         {without("checklist_steps"), ""}, // a step that is reopened may go
		"other evidence": {func(table string, line []byte) []byte {
			return only(table, "evidence", line, bytes.Replace(line, []byte(`"a.txt"`), []byte(`"b.txt"`), 1))
		}, "rows of evidence"},
		"other anchors": {func(table string, line []byte) []byte {
			return only(table, "bundles", line,
				bytes.Replace(line, []byte(`"trust_anchors":"`), []byte(`"trust_anchors":"x`), 1))
		}, "somebody did in the database"},
		"a superseded bundle": {func(table string, line []byte) []byte {
			return only(table, "bundles", line, bytes.Replace(line, []byte(`"active"`), []byte(`"superseded"`), 1))
		}, ""},
		"a changed audit entry": {func(table string, line []byte) []byte {
			return only(table, "audit_entries", line, bytes.Replace(line, []byte(`"allowed"`), []byte(`"denied"`), 1))
		}, "rows of audit_entries"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			differences, err := b.CompareDatabase(t.Context(), edited{s.DB, test.edit})
			if got := serious(differences); err != nil || (got == "") != (test.want == "") || !strings.Contains(got,
				test.want) {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
		})
	}
}

// What the manifest does not name, or names twice, is not a backup of ours.
func TestMembersAreThoseOfTheManifest(t *testing.T) {
	_, _, path := backedUp(t)
	for name, extra := range map[string]string{
		"one more":      "notes.txt",
		"a table more":  "tables/users2.jsonl",
		"a table twice": "tables/certificates.jsonl",
		"two manifests": "manifest.json",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := backup.Open(withMember(t, path, extra))
			if err == nil || fault.Code(err) != "backup_damaged" {
				t.Errorf("%v", err)
			}
		})
	}
}

func withMember(t *testing.T, path, extra string) string {
	t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	to, err := os.Create(filepath.Join(t.TempDir(), "more.zip"))
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(to)
	for _, f := range r.File {
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	_, err = w.Create(extra)
	if err := errors.Join(err, w.Close(), to.Close()); err != nil {
		t.Fatal(err)
	}
	return to.Name()
}

func put(ctx context.Context, s *stack.Stack, id string) error {
	_, err := s.Custody.Put(ctx, id, map[string]string{"type": "forged"}, 0)
	return err
}

func documentIDs(b *backup.Backup) []string {
	var ids []string
	for _, d := range b.Manifest.Holds.Documents {
		ids = append(ids, d.ID)
	}
	return ids
}

func keyIDs(b *backup.Backup) []string {
	var ids []string
	for _, k := range b.Manifest.Holds.Keys {
		ids = append(ids, k.ID)
	}
	return ids
}

// Whatever a file holds, it is refused or read, and never more than that.
func FuzzOpen(f *testing.F) {
	var small bytes.Buffer
	w := zip.NewWriter(&small)
	for name, data := range map[string]string{
		"manifest.json":      `{"format":1,"tables":[{"name":"users","rows":1,"sha256":""}]}`,
		"manifest.hmac":      "00",
		"tables/users.jsonl": "{}\n",
	} {
		entry, err := w.Create(name)
		if err != nil {
			f.Fatal(err)
		}
		_, _ = entry.Write([]byte(data))
	}
	_ = w.Close()
	f.Add(small.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "b.zip")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := backup.Open(path)
		if err == nil {
			_ = b.Close()
		} else if kind, _, _ := fault.Public(err); kind != fault.Invalid {
			t.Errorf("%v", err)
		}
	})
}

// Rows that retention has deleted are no loss, and younger ones are.
func TestWhatWasForgottenIsNoLoss(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	for id, days := range map[string]int{"old": 500, "young": 10} {
		at := time.Now().AddDate(0, 0, -days)
		check(t, s.DB.AddConsent(t.Context(), consent.Consent{
			ID: id, RegistrationID: r.ID, StateHash: id, State: consent.Expired, CreatedAt: at, ExpiresAt: at,
		}))
	}
	check(t, s.Vault.PrepareInventory(t.Context(), operator))
	path := filepath.Join(t.TempDir(), "backup.zip")
	_, err := backup.Write(t.Context(), path, backup.Manifest{MadeAt: time.Now().UTC(), Custody: "embedded"}, s.DB,
		func() (vault.Inventory, vault.MAC, error) { return s.Vault.Inventory(t.Context(), operator) })
	check(t, err)
	b := open(t, path)
	check(t, s.Retention.Run(t.Context()))
	serious := func() (n int) {
		found, err := b.CompareDatabase(t.Context(), s.DB)
		check(t, err)
		for _, d := range found {
			if d.Serious {
				n++
			}
		}
		return n
	}
	if _, err := s.DB.ConsentByID(t.Context(), "old"); err == nil || serious() != 0 {
		t.Errorf("what was forgotten: %v, and %d problems", err, serious())
	}
	_, err = s.DB.Forget(t.Context(), retention.Consents, time.Now(), 1)
	check(t, err)
	if serious() != 1 {
		t.Error("a young consent was lost, and nothing was said")
	}
}

// An encrypted backup opens with the private key of a recipient and no other, is restored as a plain one is, and holds
// nothing in clear; one that was cut off or altered is refused.
func TestEncryptedBackup(t *testing.T) {
	s, _, plain := backedUp(t)
	ours, err := age.GenerateX25519Identity()
	check(t, err)
	others, err := age.GenerateX25519Identity()
	check(t, err)
	recipients, err := backup.Recipients("# the drill's\n" + ours.Recipient().String() + "\n")
	check(t, err)
	path := filepath.Join(t.TempDir(), "backup.zip.age")
	_, err = backup.Write(t.Context(), path, backup.Manifest{MadeAt: time.Now().UTC(), Custody: "embedded"}, s.DB,
		func() (vault.Inventory, vault.MAC, error) { return s.Vault.Inventory(t.Context(), operator) }, recipients...)
	check(t, err)
	content, err := os.ReadFile(path)
	check(t, err)
	if bytes.Contains(content, []byte("manifest.json")) || bytes.Contains(content, []byte("PK\x03\x04")) {
		t.Error("the file can be read")
	}
	identities, err := backup.Identities(secret.NewTextString(ours.String()))
	check(t, err)
	altered, cut := filepath.Join(t.TempDir(), "altered"), filepath.Join(t.TempDir(), "cut")
	check(t, os.WriteFile(cut, content[:len(content)-40], 0o600))
	content[len(content)/2] ^= 1
	check(t, os.WriteFile(altered, content, 0o600))
	for name, test := range map[string]struct {
		path       string
		identities []age.Identity
		code       string
	}{
		"no key":      {path, nil, "backup_encrypted"},
		"another key": {path, []age.Identity{others}, "backup_identity_other"},
		"cut off":     {cut, identities, "backup_unreadable"},
	} {
		if _, err := backup.Open(test.path, test.identities...); fault.Code(err) != test.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := backup.Open(altered, identities...); err == nil {
		t.Error("an altered one was opened")
	}
	if _, err := backup.Identities(secret.NewTextString("AGE-SECRET-KEY-1HUNTER2")); fault.Code(err) !=
		"backup_identity" ||
		strings.Contains(err.Error(), "HUNTER2") {
		t.Errorf("a damaged key: %v", err)
	}
	// A plain one opens with an identity at hand, too.
	b, err := backup.Open(plain, identities...)
	check(t, err)
	check(t, b.Close())
	// The drill: somewhere else, from the file and the key alone.
	b, err = backup.Open(path, identities...)
	check(t, err)
	t.Cleanup(func() { _ = b.Close() })
	_, mac, err := s.Vault.Inventory(t.Context(), operator)
	check(t, err)
	check(t, b.Authentic(mac))
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, err := db.Load(t.Context(), b.Manifest.Schema, dump.Loading{}, b.Lines)
		check(t, err)
		if found, err := b.CompareDatabase(t.Context(), db); err != nil || len(found) > 0 {
			t.Errorf("restored with %v, %v", found, err)
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
