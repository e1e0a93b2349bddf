package bankfiles_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

var admin = access.Caller{ID: "u-admin", Name: "Ann", Roles: []access.Role{access.Admin}}

// world is a folder, the service that reads it.
type world struct {
	*stack.Stack
	t      *testing.T
	folder string
	reader *bankfiles.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Stack: stack.New(t), t: t, folder: t.TempDir()}
	w.must(w.DB.AddUser(t.Context(), identity.User{
		ID:        admin.ID,
		Name:      admin.Name,
		Roles:     admin.Roles,
		CreatedAt: w.Now,
	}))
	w.reader = bankfiles.New(bankfiles.Config{
		Folder:        w.folder,
		Store:         w.DB,
		Registrations: w.DB,
		Catalogue:     w.Catalogue,
		Usable:        app.Followable,
		Approvals:     w.Approvals,
		Audit:         w.Audit,
		Logger:        slog.New(slog.DiscardHandler),
		Now:           func() time.Time { return w.Now },
		Changed:       func(context.Context, []string) error { return nil },
	})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) refused(err error, code string) {
	w.t.Helper()
	if err == nil || fault.Code(err) != code {
		w.t.Errorf("got %v, want the code %s", err, code)
	}
}

// read writes files into the folder, has it read, and returns what is known then.
func (w *world) read(files map[string]string) bankfiles.Overview {
	w.t.Helper()
	for name, text := range files {
		w.must(os.WriteFile(filepath.Join(w.folder, name), []byte(text), 0o600))
	}
	w.must(w.reader.Read(w.t.Context()))
	return w.overview()
}

func (w *world) overview() bankfiles.Overview {
	w.t.Helper()
	o, err := w.BankFiles.Overview(w.t.Context(), stack.Auditor)
	w.must(err)
	return o
}

func sandbox(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../registration/catalogue/testdata/banque-fictive.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(text), `profile: {ais_base_url: "https://api.fictive.example"}`,
		`profile: {ais_base_url: "https://api.fictive.example", token_url: "https://api.fictive.example/token", `+
			`authorize_url: "https://fictive.example/authorize"}`, 1)
}

func live(t *testing.T) string {
	t.Helper()
	text := strings.Replace(sandbox(t), "environment: sandbox", "environment: live", 1)
	return strings.Replace(text, "  sandbox:\n    name: Sandbox", "  live:\n    name: Live", 1)
}

// What a folder brings changes nothing until somebody takes it: one person, or two where live changes. A broken file is
// named with its line, and what was taken stays.
func TestFilesOfAFolder(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	o := w.read(map[string]string{
		"fictive.yaml": sandbox(t),
		"broken.yaml":  "id: Big Bank\ncontry: FR\n",
		"utf-16.yaml":  "\xff\xfei\x00d\x00",
		"x.txt":        "no",
	})
	if len(o.Proposals) != 1 || o.Proposals[0].Weighty || !o.Proposals[0].New || len(o.Refusals) != 2 ||
		!strings.Contains(o.Refusals[0].Why, "line 2: field contry not found") {
		t.Fatalf("read: %+v", o)
	}
	if _, known := w.Catalogue.Institution("fictive-sandbox"); known {
		t.Fatal("nobody has taken it, and it is in the catalogue")
	}
	p := o.Proposals[0]
	_, _, err := w.BankFiles.Take(ctx, stack.Engineer, p.Bank, p.SHA256, "")
	w.refused(err, "not_permitted")
	_, done, err := w.BankFiles.Take(ctx, stack.Officer, p.Bank, p.SHA256, "")
	w.must(err)
	if _, known := w.Catalogue.Institution("fictive-sandbox"); !done || !known {
		t.Fatalf("taken: %v %v", done, known)
	}
	_, _, err = w.BankFiles.Take(ctx, stack.Officer, p.Bank, p.SHA256, "")
	w.refused(err, "catalogue_file_not_proposed")

	// Another start, and another replica, read it from the database alone.
	again, err := app.Banks(ctx, w.DB, slog.New(slog.DiscardHandler))
	w.must(err)
	if _, known := again.Institution("fictive-sandbox"); !known {
		t.Error("a replica does not know what was taken")
	}

	// Where there are registrations, an institution is not left out.
	w.Register("fictive-sandbox")
	other := strings.ReplaceAll(sandbox(t), "fictive-sandbox", "fictive-two")
	p = w.read(map[string]string{"fictive.yaml": other}).Proposals[0]
	_, _, err = w.BankFiles.Take(ctx, stack.Officer, p.Bank, p.SHA256, "")
	w.refused(err, "catalogue_file_drops")

	// A broken file leaves what was taken in force; so does a file that has gone.
	o = w.read(map[string]string{"fictive.yaml": strings.Replace(sandbox(t), "country: FR", "country: France", 1)})
	if len(o.Proposals) != 0 || len(o.Refusals) != 3 || !strings.HasPrefix(o.Refusals[1].Why, "line 4: country") {
		t.Errorf("broken: %+v", o)
	}
	w.must(os.Remove(filepath.Join(w.folder, "fictive.yaml")))
	o = w.read(nil)
	if _, known := w.Catalogue.Institution("fictive-sandbox"); !known || len(o.InForce) != 1 || len(o.Refusals) != 2 {
		t.Errorf("gone: %v %+v", known, o)
	}
}

// Where a file that was taken cannot be read any more, as by another version of the program, its registrations are
// listed and read all the same; nothing of them is used.
func TestRegistrationsOfABankThatIsGone(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.must(w.Catalogue.Take([][]byte{[]byte(sandbox(t))}, nil))
	r := w.Register("fictive-sandbox")
	w.Fill(r.ID, w.Import(qtsp.Request{}), w.Import(qtsp.Request{Kind: certs.QSealC}))
	other, err := w.Registrations.Register(ctx, stack.Engineer, r.ApplicationID, stack.Institution)
	w.must(err)
	w.must(w.Catalogue.Take(nil, nil))
	page, err := w.Registrations.Page(ctx, stack.Auditor, registration.Listed.Query())
	w.must(err)
	if len(page.Items) != 2 {
		t.Errorf("%d are listed", len(page.Items))
	}
	v, err := w.Registrations.Registration(ctx, stack.Auditor, r.ID)
	w.must(err)
	if v.Ready() || len(v.InUse) != 1 || v.InUse[0].Code != "institution_gone" || !v.Institution.Gone {
		t.Errorf("it is %+v", v.InUse)
	}
	_, _, err = w.Registrations.ActiveBundle(ctx, r.ID)
	w.refused(err, "not_ready")
	if _, err := w.Issuer.Client(ctx, stack.Connector, r.ID); err == nil {
		t.Error("a client was issued for it")
	}
	if _, err = w.Registrations.Today(ctx, stack.Engineer); err != nil {
		t.Errorf("what is to be done today: %v", err)
	}
	if _, err = w.Registrations.Enrolments(ctx, stack.Auditor, registration.Enrolled.Query()); err != nil {
		t.Errorf("enrolments: %v", err)
	}
	if _, err = w.Registrations.Registration(ctx, stack.Auditor, other.ID); err != nil {
		t.Errorf("another bank's: %v", err)
	}
}

// A file that adds a live institution takes two people, and nobody approves their own request.
func TestLiveTakesTwoPeople(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	p := w.read(map[string]string{"fictive.yaml": live(t)}).Proposals[0]
	asked, done, err := w.BankFiles.Take(ctx, stack.Officer, p.Bank, p.SHA256, "we need this bank")
	w.must(err)
	if done || len(asked.Changes) == 0 || asked.Changes[0].Code != "change.catalogue" ||
		!strings.Contains(asked.Changes[0].Args[0], "profile") || w.overview().Proposals[0].Waiting != asked.ID {
		t.Fatalf("asked: %v %+v", done, asked)
	}
	_, err = w.Approvals.Approve(ctx, stack.Officer, asked.ID, "")
	w.refused(err, "second_person_needed")
	if _, known := w.Catalogue.Institution("fictive-sandbox"); known {
		t.Fatal("one person was enough")
	}
	_, err = w.Approvals.Approve(ctx, admin, asked.ID, "")
	w.must(err)
	if _, known := w.Catalogue.Institution("fictive-sandbox"); !known {
		t.Fatal("two people were not enough")
	}

	// What is requested and then replaced in the folder cannot be approved.
	changed := strings.Replace(live(t), "api.fictive", "api2.fictive", 1)
	p = w.read(map[string]string{"fictive.yaml": changed}).Proposals[0]
	asked, _, err = w.BankFiles.Take(ctx, stack.Officer, p.Bank, p.SHA256, "they moved")
	w.must(err)
	p = w.read(map[string]string{"fictive.yaml": strings.Replace(live(t), "api.fictive", "evil", 1)}).Proposals[0]
	_, err = w.Approvals.Approve(ctx, admin, asked.ID, "")
	if !errors.Is(err, fault.NotFound) && !errors.Is(err, fault.Conflict) {
		t.Errorf("what is no longer proposed: %v", err)
	}
	w.must(w.BankFiles.Decline(ctx, stack.Officer, p.Bank, p.SHA256))
	if o := w.read(nil); len(o.Proposals) != 0 {
		t.Errorf("what was declined is proposed again: %+v", o.Proposals)
	}
	// Who has declined it by mistake has it proposed again.
	if d := w.overview().Declined; len(d) != 1 || d[0].SHA256 != p.SHA256 {
		t.Errorf("declined: %+v", d)
	}
	w.refused(w.reader.Reconsider(ctx, stack.Engineer, p.Bank, p.SHA256), "not_permitted")
	w.must(w.reader.Reconsider(ctx, stack.Officer, p.Bank, p.SHA256))
	w.refused(w.reader.Reconsider(ctx, stack.Officer, p.Bank, p.SHA256), "catalogue_file_not_declined")
	if o := w.overview(); len(o.Proposals) != 1 || o.Proposals[0].SHA256 != p.SHA256 || len(o.Declined) != 0 {
		t.Errorf("reconsidered: %+v", o)
	}
	w.must(w.BankFiles.Decline(ctx, stack.Officer, p.Bank, p.SHA256))
	// The way back is the former file.
	if o := w.read(map[string]string{"fictive.yaml": changed}); len(o.Proposals) != 1 {
		t.Errorf("the one before: %+v", o)
	}
}

// What is read is bounded, and nothing is opened that would wait or lead elsewhere.
func TestFoldersAreBounded(t *testing.T) {
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"large.yaml": strings.Repeat("#", bankfiles.MaxSize+1),
		"one.yaml":   sandbox(t),
		"two.yaml":   sandbox(t),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "folder.yaml"), 0o700),
		os.Symlink("/etc/passwd", filepath.Join(dir, "out.yaml"))); err != nil {
		t.Fatal(err)
	}
	files, refused, err := bankfiles.ReadFolder(dir, banks, app.Followable)
	if err != nil || len(files) != 1 || len(refused) != 4 {
		t.Fatalf("read %d files, refused %+v, %v", len(files), refused, err)
	}
	for i, want := range []string{"no regular file", "larger than", "escapes", "described in one.yaml already"} {
		if !strings.Contains(refused[i].Why, want) {
			t.Errorf("%s: %s, want %q", refused[i].Name, refused[i].Why, want)
		}
	}
	if _, _, err := bankfiles.ReadFolder(filepath.Join(dir, "none"), banks, app.Followable); err == nil {
		t.Error("a folder that is not there was read")
	}
}
