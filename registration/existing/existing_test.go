package existing_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
	"github.com/sealkeeper/sealkeeper/registration/existing"
	"github.com/sealkeeper/sealkeeper/secret"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	_, code, _ := fault.Public(err)
	return code
}

// digest is the SHA-256 of a certificate in custody.
func digest(t *testing.T, s *stack.Stack, id string) string {
	t.Helper()
	r, err := s.Vault.Get(t.Context(), stack.Officer, id)
	must(t, err)
	return r.Leaf.SHA256
}

const parties = `organizations:
  - identifier: PSDFR-ACPR-12345
    legal_name: Exemple Paiement SAS
    country: FR
    contact_email: psd2@exemple-paiement.example
applications:
  - organization: PSDFR-ACPR-12345
    name: Exemple
    redirect_uris: [https://app.exemple-paiement.example/callback]
    client_uri: https://exemple-paiement.example
    terms_uri: https://exemple-paiement.example/terms
registrations:
`

func line(institution, clientID, qwac, qsealc string) string {
	return fmt.Sprintf(`  - application: Exemple
    institution: %s
    client_id: %s
    qwac: %s
    qsealc: %s
    portal_account: portal@exemple-paiement.example
    done_on: 2024-05-17
    steps:
      subscribe_pisp: {on: 2024-06-01, note: by the portal}
`, institution, clientID, qwac, qsealc)
}

var secrets = fmt.Sprintf("%s: %q\n", stack.ClientID, stack.ClientSecret)

func files(list, secrets string) existing.Files {
	return existing.Files{
		Name:    "list.yaml",
		List:    []byte(list),
		Secrets: secret.NewTextString(secrets),
		Reason:  "we move in",
	}
}

func view(t *testing.T, s *stack.Stack, id string) registration.View {
	t.Helper()
	v, err := s.Registrations.Registration(t.Context(), stack.Officer, id)
	must(t, err)
	return v
}

func lines(t *testing.T, s *stack.Stack, id string) []existing.Line {
	t.Helper()
	q := existing.Lines.Query()
	q.Limit = listing.MaxLimit
	page, err := s.Imports.LinePage(t.Context(), stack.Auditor, id, q)
	must(t, err)
	return page.Items
}

// A firm that is live already comes in by two people, and goes on by a connection test and an activation.
func TestAFirmComesIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := stack.NewWith(t, stack.Options{DB: db}), t.Context()
		qwac := digest(t, s, s.Import(qtsp.Request{}))
		sealing := s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC})
		list := parties + line(stack.LiveAtSim, stack.ClientID, strings.ToUpper(qwac), sealing.Certificate.SHA256)
		i, r, done, err := s.Imports.Request(ctx, stack.Engineer, files(list, secrets))
		must(t, err)
		if done {
			t.Fatal("one person was enough")
		}
		if _, err := s.Approvals.Approve(ctx, stack.Engineer, r.ID, ""); codeOf(err) != "second_person_needed" {
			t.Fatalf("one's own: %v", err)
		}
		if all, err := s.DB.Registrations(ctx); err != nil || len(all) != 0 {
			t.Fatalf("before approval: %v, %v", all, err)
		}
		_, err = s.Approvals.Approve(ctx, stack.Officer, r.ID, "I know them")
		must(t, err)
		_, err = s.Imports.Run(ctx)
		must(t, err)
		in := lines(t, s, i.ID)
		if len(in) != 1 || in[0].State != existing.In || !in[0].Lacking {
			t.Fatalf("the line is %+v", in)
		}
		if v := view(t, s, in[0].RegistrationID); !blocked(v, "qsealc_missing") || blocked(v, "step_open") {
			t.Errorf("without its QSealC it is blocked by %v", v.Blockers)
		}
		s.ImportIssued(sealing)
		_, err = s.Imports.Run(ctx)
		must(t, err)
		comesIntoUse(t, s, in[0].RegistrationID)
		i, _, _, err = s.Imports.Import(ctx, stack.Auditor, i.ID)
		if err != nil || i.State != existing.Done || len(i.Sealed) != 0 || lines(t, s, i.ID)[0].Lacking {
			t.Errorf("afterwards the import is %+v, %v", i, err)
		}
		// The same list once more, and one that differs.
		_, _, _, err = s.Imports.Request(ctx, stack.Engineer, files(list, secrets))
		if codeOf(err) != "import_nothing_new" {
			t.Errorf("repeated: %v", err)
		}
		other := strings.ReplaceAll(list, stack.ClientID, "another")
		j, err := s.Imports.Check(ctx, stack.Engineer, []byte(other), secret.Text{})
		must(t, err)
		if len(j.Complaints) != 1 || j.Complaints[0].Err.Code != "import_differs" ||
			!strings.Contains(j.Complaints[0].Err.Message, "client_id") {
			t.Errorf("one that differs: %+v", j.Complaints)
		}
	})
}

func blocked(v registration.View, code string) bool {
	for _, b := range v.Blockers {
		if b.Code == code {
			return true
		}
	}
	return false
}

// comesIntoUse tests and activates what came in, by the rules for every registration; history and checklist say where
// it comes from.
func comesIntoUse(t *testing.T, s *stack.Stack, id string) {
	t.Helper()
	ctx := t.Context()
	v := view(t, s, id)
	if len(v.Blockers) != 1 || v.Blockers[0].Code != "not_tested" {
		t.Fatalf("it is blocked by %+v", v.Blockers)
	}
	asked, found := checklist.Find(v.Steps, "customer_organization")
	if !found || asked.State != checklist.Done || asked.Record.DoneBefore.Format(time.DateOnly) != "2024-05-17" {
		t.Errorf("the bank's answer is %+v", asked.Record)
	}
	payments, _ := checklist.Find(v.Steps, "subscribe_pisp")
	if payments.Record.Note != "by the portal" || payments.Record.DoneBefore.Format(time.DateOnly) != "2024-06-01" {
		t.Errorf("payments are %+v", payments.Record)
	}
	history, err := s.Registrations.History(ctx, stack.Auditor, id)
	must(t, err)
	said := map[string]bool{}
	for _, h := range history {
		said[h.What] = true
		if h.ByName != stack.Engineer.Name {
			t.Errorf("%s was said by %q", h.What, h.ByName)
		}
	}
	if !said["imported"] || !said["done_before"] {
		t.Errorf("the history says %v", said)
	}
	s.TestConnection(id)
	r, done, err := s.Registrations.RequestChange(ctx, stack.Engineer, id, registration.ChangeRequest{Version: 1})
	if err != nil || done {
		t.Fatalf("activation: %v, %v", done, err)
	}
	_, err = s.Approvals.Approve(ctx, stack.Officer, r.ID, "")
	must(t, err)
	if v := view(t, s, id); !v.Ready() {
		t.Errorf("it is not ready: %+v", v.InUse)
	}
}

// Nothing of a list is stored if a line is refused, and each complaint names its line.
func TestSloppyLists(t *testing.T) {
	s := stack.New(t)
	qwac := digest(t, s, s.Import(qtsp.Request{}))
	good := parties + line(stack.LiveAtSim, stack.ClientID, qwac, "")
	for name, test := range map[string]struct {
		list string
		want string // codes with their lines
	}{
		"as it should be": {good, ""},
		"BOM and CRLF":    {"\xef\xbb\xbf" + strings.ReplaceAll(good, "\n", "\r\n"), ""},
		"a blank in the number": {
			strings.ReplaceAll(good, "PSDFR-ACPR-12345", `"PSDFR-ACPR-12 345"`),
			"import_identifier_blank:2 import_organization_unknown:7 import_application_unknown:13",
		},
		"blanks around the number": {strings.ReplaceAll(good, "PSDFR-ACPR-12345", `" PSDFR-ACPR-12345 "`), ""},
		"an unknown institution": {
			strings.ReplaceAll(good, stack.LiveAtSim, "bank-of-nowhere"),
			"import_institution_unknown:13",
		},
		"the same line twice":       {good + line(stack.LiveAtSim, stack.ClientID, qwac, ""), "import_line_twice:22"},
		"no such day":               {strings.ReplaceAll(good, "2024-05-17", "2024-02-31"), "import_day_invalid:19"},
		"a day as Germans write it": {strings.ReplaceAll(good, "2024-06-01", "01.06.2024"), "import_day_invalid:21"},
		"a day to come":             {strings.ReplaceAll(good, "2024-06-01", "2124-06-01"), "import_day_future:21"},
		"a step of another bank": {
			strings.ReplaceAll(good, "subscribe_pisp", "fax_the_bank"),
			"import_step_unknown:21",
		},
		"a step the program decides": {
			strings.ReplaceAll(good, "subscribe_pisp", "activated"),
			"import_step_checked:21",
		},
		"a misspelt name": {
			strings.ReplaceAll(good, "client_id:", "clientid:"),
			"import_client_id_missing:13 import_field_unknown:15",
		},
		"a cut fingerprint": {
			strings.ReplaceAll(good, qwac, qwac[1:]),
			"import_qwac_missing:13 import_fingerprint_invalid:16",
		},
		"evidence": {strings.ReplaceAll(good, "note: by the portal",
			"evidence: {a.pdf: "+strings.Repeat("0a", 32)+"}"), ""},
		"evidence of a folder": {strings.ReplaceAll(good, "note: by the portal",
			"evidence: {../a.pdf: "+strings.Repeat("0a", 32)+"}"), "import_evidence_invalid:21"},
		"evidence without a digest": {strings.ReplaceAll(good, "note: by the portal", "evidence: {a.pdf: yes}"),
			"import_evidence_invalid:21"},
		"no registrations": {"organizations: []\n", "import_empty:1"},
		"a list of words":  {"- a\n- b\n", "import_shape:1"},
	} {
		t.Run(name, func(t *testing.T) {
			j, err := s.Imports.Check(t.Context(), stack.Engineer, []byte(test.list), secret.Text{})
			must(t, err)
			var got []string
			for _, c := range j.Complaints {
				got = append(got, fmt.Sprintf("%s:%d", c.Err.Code, c.Line))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q", strings.Join(got, " "))
			}
		})
	}
	if _, _, _, err := s.Imports.Request(t.Context(), stack.Engineer,
		files(strings.ReplaceAll(good, stack.LiveAtSim, "bank-of-nowhere"), secrets)); codeOf(err) != "import_refused" {
		t.Errorf("requested nevertheless: %v", err)
	}
	if page, err := s.Imports.Page(t.Context(), stack.Auditor, existing.Imports.Query()); err != nil ||
		len(page.Items) > 0 {
		t.Errorf("stored nevertheless: %+v, %v", page.Items, err)
	}
}

func TestHostileFiles(t *testing.T) {
	s := stack.New(t)
	bomb := "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
	for name, test := range map[string]struct{ list, secrets, code string }{
		"aliases":             {bomb, "", "import_alias"},
		"no YAML":             {"a: [", "", "import_syntax"},
		"bytes":               {"\x00\x01", "", "import_not_text"},
		"large":               {strings.Repeat("a", existing.MaxList+1), "", "import_too_large"},
		"two documents":       {"a: b\n---\nc: d\n", "", "import_documents"},
		"secrets as a list":   {"a: b", "- hunter2", "import_secrets_shape"},
		"a secret twice":      {"a: b", "x: hunter2\nx: hunter2", "import_secret_invalid"},
		"half a secret":       {"a: b", "x: hunter2 #not a comment", "import_secret_invalid"},
		"secrets not as YAML": {"a: b", "x: 'hunter2", "import_syntax"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Imports.Check(t.Context(), stack.Engineer, []byte(test.list),
				secret.NewTextString(test.secrets))
			if codeOf(err) != test.code {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error has the secret: %v", err)
			}
		})
	}
	many := "registrations:\n- {" + strings.Repeat("x: 1, x: 1, ", 100_000) + "y: 1}\n"
	j, err := s.Imports.Check(t.Context(), stack.Engineer, []byte(many), secret.Text{})
	if err != nil || len(j.Complaints) > 1000 || !j.Refused() {
		t.Errorf("%d complaints, %v", len(j.Complaints), err)
	}
	for _, caller := range []access.Caller{stack.Auditor, stack.Connector} {
		if _, err := s.Imports.Check(t.Context(), caller, []byte(parties), secret.Text{}); !errors.Is(err,
			fault.Denied) {
			t.Errorf("%s: %v", caller.Name, err)
		}
	}
}

// cutting ends as a killed process does: after some lines nothing more is written, and nobody is told.
type cutting struct {
	existing.Progress
	after int
}

func (c *cutting) BringIn(ctx context.Context, a existing.Arrival) error {
	if c.after--; c.after < 0 {
		return fault.New(fault.Unavailable, "killed", "killed")
	}
	return c.Progress.BringIn(ctx, a)
}

// What was cut short goes on, and every line is in as a whole.
func TestAnImportGoesOnAfterACrash(t *testing.T) {
	s, ctx := stack.New(t), t.Context()
	qwac := digest(t, s, s.Import(qtsp.Request{}))
	list := parties
	for _, institution := range []string{
		stack.LiveAtSim, stack.Institution, stack.Professional, stack.Enterprise, "soc-gen-business",
	} {
		list += line(institution, stack.ClientID, qwac, "")
	}
	paper := []byte("signed")
	list = strings.ReplaceAll(list, "by the portal}", "by the portal, evidence: {a.txt: "+evidence.Digest(paper)+"}}")
	i, r, _, err := s.Imports.Request(ctx, stack.Engineer, files(list, secrets))
	must(t, err)
	_, err = s.Approvals.Approve(ctx, stack.Officer, r.ID, "")
	must(t, err)
	cfg := existing.Config{
		Store:        s.DB,
		Progress:     &cutting{s.DB, 2},
		Parties:      s.DB,
		PartyLookup:  s.DB,
		Records:      s.DB,
		Versions:     s.DB,
		Certificates: s.DB,
		Custody:      s.Vault,
		Catalogue:    s.Catalogue,
		Approvals:    s.Approvals,
		Audit:        s.Audit,
		Now:          func() time.Time { return s.Now },
	}
	if _, err := existing.New(cfg).Run(ctx); codeOf(err) != "killed" {
		t.Fatalf("the process was not killed: %v", err)
	}
	all, err := s.DB.Registrations(ctx)
	must(t, err)
	if len(all) != 2 {
		t.Fatalf("%d registrations", len(all))
	}
	before := lines(t, s, i.ID)
	for range 2 {
		_, err = s.Imports.Run(ctx)
		must(t, err)
	}
	for n, l := range lines(t, s, i.ID) {
		v := view(t, s, l.RegistrationID)
		if l.State != existing.In || l.CredentialsRef != before[n].CredentialsRef || len(v.Bundles) != 1 {
			t.Errorf("line %d: %+v", l.Line, l)
		}
		_, clientSecret, err := s.Vault.Credentials(ctx, access.RegistrationImporter(), v.Bundles[0].CredentialsRef)
		if err != nil || clientSecret.Reveal() != stack.ClientSecret {
			t.Errorf("line %d has other credentials: %v", l.Line, err)
		}
	}
	cfg.Checklists = &denying{s.Registrations, lines(t, s, i.ID)[0].RegistrationID}
	filed, err := existing.New(cfg).FileEvidence(ctx, stack.Officer, i.ID, []existing.Document{
		{Name: "big.txt", Content: make([]byte, evidence.MaxSize+1)},
		{Name: "a.txt", Content: paper},
	})
	must(t, err)
	var became []string
	for _, f := range filed {
		if f.Why != nil {
			became = append(became, f.Why.Code)
		} else if f.Filing != existing.FiledBefore { // two of them share the step of their enrolment
			became = append(became, string(f.Filing))
		}
	}
	if len(filed) != 6 || became[0] != "evidence_too_large" || became[1] != "not_permitted" || became[2] != "added" {
		t.Errorf("files of evidence became %q of %d", became, len(filed))
	}
}

// denying keeps one registration from whoever asks.
type denying struct {
	existing.Checklists
	registration string
}

func (d *denying) Registration(ctx context.Context, caller access.Caller, id string) (registration.View, error) {
	if id == d.registration {
		return registration.View{}, fault.New(fault.Denied, "not_permitted", "It is another's.")
	}
	return d.Checklists.Registration(ctx, caller, id)
}

// full is a database that refuses one line for good, at the last moment.
type full struct {
	existing.Progress
	institution string
}

func (f *full) BringIn(ctx context.Context, a existing.Arrival) error {
	if a.Line.InstitutionID == f.institution {
		return fault.New(fault.Conflict, "registration_exists", "There is one already.")
	}
	return f.Progress.BringIn(ctx, a)
}

// The secret of a line that fails does not stay in custody, also after a crash, and the line can be repeated.
func TestALineThatFailsLeavesNoSecret(t *testing.T) {
	s, ctx := stack.New(t), t.Context()
	qwac := digest(t, s, s.Import(qtsp.Request{}))
	list := parties + line(stack.LiveAtSim, stack.ClientID, qwac, "") +
		line(stack.Institution, stack.ClientID, qwac, "")
	cfg := existing.Config{
		Store:        s.DB,
		Progress:     &full{s.DB, stack.Institution},
		Parties:      s.DB,
		PartyLookup:  s.DB,
		Records:      s.DB,
		Versions:     s.DB,
		Certificates: s.DB,
		Custody:      s.Vault,
		Catalogue:    s.Catalogue,
		Approvals:    s.Approvals,
		Audit:        s.Audit,
		Now:          func() time.Time { return s.Now },
	}
	broken := existing.New(cfg)
	request := func() existing.Import {
		t.Helper()
		i, r, _, err := s.Imports.Request(ctx, stack.Engineer, files(list, secrets))
		must(t, err)
		_, err = s.Approvals.Approve(ctx, stack.Officer, r.ID, "")
		must(t, err)
		return i
	}
	first := request()
	_, err := broken.Run(ctx)
	must(t, err)
	failed := lines(t, s, first.ID)[1]
	held := func() error {
		_, clientSecret, err := s.Vault.Credentials(ctx, access.RegistrationImporter(), failed.CredentialsRef)
		clientSecret.Wipe()
		return err
	}
	if failed.State != existing.Failed || failed.Failure.Code != "registration_exists" || held() != nil {
		t.Fatalf("%+v, %v", failed, held())
	}
	cfg.Progress = &cutting{s.DB, 0} // the process was killed here; another one goes on, and brings nothing in
	_, err = existing.New(cfg).Run(ctx)
	must(t, err)
	done, _, _, err := s.Imports.Import(ctx, stack.Auditor, first.ID)
	must(t, err)
	if err := held(); !errors.Is(err, fault.NotFound) || done.State != existing.Done || len(done.Sealed) != 0 {
		t.Errorf("%s, sealed %d, custody: %v", done.State, len(done.Sealed), err)
	}
	kept := lines(t, s, first.ID)[0]
	if _, _, err := s.Vault.Credentials(ctx, access.RegistrationImporter(), kept.CredentialsRef); err != nil {
		t.Errorf("the other line's: %v", err)
	}
	again := lines(t, s, request().ID)
	_, err = s.Imports.Run(ctx)
	must(t, err)
	again = lines(t, s, again[0].ImportID)
	if again[0].State != existing.There || again[1].State != existing.In {
		t.Errorf("repeated: %+v", again)
	}
}

// What nobody agrees to is dropped with its secrets, and a secret is in no row, entry or request.
func TestARejectedImportLeavesNoSecret(t *testing.T) {
	s, ctx := stack.New(t), t.Context()
	qwac := digest(t, s, s.Import(qtsp.Request{}))
	list := parties + line(stack.LiveAtSim, stack.ClientID, qwac, "")
	i, r, _, err := s.Imports.Request(ctx, stack.Engineer, files(list, secrets))
	must(t, err)
	_, err = s.Approvals.Reject(ctx, stack.Officer, r.ID, "not these")
	must(t, err)
	_, err = s.DB.Dump(ctx, func(table string, row []byte) error {
		if strings.Contains(string(row), stack.ClientSecret) {
			return fmt.Errorf("%s has the secret", table)
		}
		return nil
	})
	must(t, err)
	s.Now = s.Now.Add(time.Hour)
	_, err = s.Imports.Run(ctx)
	must(t, err)
	i, _, _, err = s.Imports.Import(ctx, stack.Auditor, i.ID)
	if err != nil || i.State != existing.Dropped || len(i.Sealed) != 0 || len(i.List) != 0 {
		t.Errorf("it is %s with %d sealed bytes and a list of %d, %v", i.State, len(i.Sealed), len(i.List), err)
	}
	_, err = s.Approvals.Approve(ctx, stack.Officer, r.ID, "")
	if codeOf(err) != "approval_decided" {
		t.Errorf("approved afterwards: %v", err)
	}
}

// A thousand registrations come in within the two minutes that one replica has the turn.
func TestAThousandRegistrations(t *testing.T) {
	s, ctx := stack.New(t), t.Context()
	qwac := digest(t, s, s.Import(qtsp.Request{}))
	var list strings.Builder
	head, _, _ := strings.Cut(parties, "applications:")
	list.WriteString(head + "applications:\n")
	for n := range 200 {
		fmt.Fprintf(&list,
			"  - {organization: PSDFR-ACPR-12345, name: Exemple %d, redirect_uris: [\"https://a.example/%d\"]}\n", n, n)
	}
	list.WriteString("registrations:\n")
	for n := range 200 {
		for _, institution := range []string{
			stack.LiveAtSim, stack.Institution, stack.Professional, stack.Enterprise, "soc-gen-business",
		} {
			list.WriteString(strings.ReplaceAll(line(institution, stack.ClientID, qwac, ""), "application: Exemple\n",
				fmt.Sprintf("application: Exemple %d\n", n)))
		}
	}
	begun := time.Now()
	j, err := s.Imports.Check(ctx, stack.Engineer, []byte(list.String()), secret.NewTextString(secrets))
	must(t, err)
	checked := time.Since(begun)
	if j.Refused() || len(j.Lines) != 1000 {
		t.Fatalf("%d lines, %+v", len(j.Lines), j.Complaints[:min(len(j.Complaints), 3)])
	}
	i, r, _, err := s.Imports.Request(ctx, stack.Engineer, files(list.String(), secrets))
	must(t, err)
	_, err = s.Approvals.Approve(ctx, stack.Officer, r.ID, "")
	must(t, err)
	begun = time.Now()
	for {
		n, err := s.Imports.Run(ctx)
		must(t, err)
		if n == 0 {
			break
		}
	}
	_, counts, _, err := s.Imports.Import(ctx, stack.Auditor, i.ID)
	if err != nil || counts.States[existing.In] != 1000 {
		t.Errorf("%+v, %v", counts, err)
	}
	t.Logf("1,000 registrations: judged in %s, brought in within %s; %d bytes", checked, time.Since(begun), list.Len())
	if _, err := s.Approvals.Get(ctx, stack.Officer, r.ID); err != nil {
		t.Error(err)
	}
	open, err := s.Approvals.List(ctx, stack.Officer, approval.Filter{Kind: access.RegistrationImport})
	if err != nil || len(open) != 1 || len(open[0].Changes) > 260 {
		t.Errorf("the request has %d changes, %v", len(open[0].Changes), err)
	}
}

const fictiveCredentials = `credentials:
  - {id: client_id, pattern: "[0-9]+"}
  - {id: subscription_key, label: {en: Subscription key, fr: Clé}, secret: true, pattern: "[0-9a-f]{8}"}
  - {id: tenant, label: {en: Tenant, fr: Locataire}, pattern: "[a-z]+"}
  - {id: app, label: {en: Application number, fr: Numéro}, optional: true}
acceptance:
  recog`

// What else a bank gives is judged by its catalogue file before anything is stored, comes in with the line, and its
// secrets are said nowhere.
func TestFurtherCredentialsComeIn(t *testing.T) {
	s, ctx := stack.New(t), t.Context()
	bank, err := os.ReadFile("../catalogue/testdata/banque-fictive.yaml")
	must(t, err)
	file := strings.Replace(string(bank), "acceptance:\n  recog", fictiveCredentials, 1)
	file = strings.Replace(file, "profile: {accept", "profile: {oauth: {token_auth: body}, accept", 1)
	must(t, s.Catalogue.Take([][]byte{[]byte(file)}, nil))
	qwac := digest(t, s, s.Import(qtsp.Request{}))
	list := func(credentials string) string {
		return parties + "  - {application: Exemple, institution: fictive-sandbox, client_id: \"12\", qwac: " + qwac +
			", done_on: 2024-05-17" + credentials + "}\n"
	}
	given := func(credentials string) string { return list(", credentials: " + credentials) }
	const known, missing = "key-1: 0123abcd\n", "import_credential_missing"
	good := given("{subscription_key: key-1, tenant: acme}")
	for name, test := range map[string]struct{ list, secrets, want string }{
		"as it should be":       {good, known, ""},
		"without the secrets":   {good, "", ""},
		"without what it gives": {list(""), known, missing + " " + missing},
		"something else": {given("{subscription_key: key-1, tenant: acme, hunter2: x}"), known,
			"import_credential_unknown"},
		"the client id among it": {given("{subscription_key: key-1, tenant: acme, client_id: x}"), known,
			"import_credential_unknown"},
		"another form":        {given("{subscription_key: key-1, tenant: Hunter2}"), known, "import_credential_form"},
		"a secret of no form": {good, "key-1: hunter2\n", "import_credential_form"},
		"the secret in the list": {given("{subscription_key: hunter2, tenant: acme}"), known,
			"import_secret_missing"},
		"a client id of no form": {strings.Replace(good, `"12"`, "hunter2", 1), known, "import_credential_form"},
		"not a list of them":     {given("hunter2"), known, "import_shape " + missing + " " + missing},
		"a value that is a list": {given("{subscription_key: key-1, tenant: [hunter2]}"), known,
			"import_shape_text " + missing},
	} {
		j, err := s.Imports.Check(ctx, stack.Engineer, []byte(test.list), secret.NewTextString(test.secrets))
		must(t, err)
		var codes []string
		for _, c := range j.Complaints {
			codes = append(codes, c.Err.Code)
			if strings.Contains(strings.ToLower(c.Err.Error()), "hunter2") {
				t.Errorf("%s: a complaint repeats what may be secret: %v", name, c.Err)
			}
		}
		if got := strings.Join(codes, " "); got != test.want {
			t.Errorf("%s: got %q", name, got)
		}
	}
	i, _, _, err := s.Imports.Request(ctx, stack.Engineer, files(good, known))
	must(t, err)
	_, err = s.Imports.Run(ctx)
	must(t, err)
	in := lines(t, s, i.ID)
	if len(in) != 1 || in[0].State != existing.In {
		t.Fatalf("the line is %+v", in)
	}
	b := view(t, s, in[0].RegistrationID).Bundles[0]
	if len(b.Credentials) != 2 || b.Credentials["tenant"] != "acme" || b.Credentials["subscription_key"] != "" {
		t.Errorf("the version has %v", b.Credentials)
	}
	_, client, further, err := s.Vault.AllCredentials(ctx, access.RegistrationImporter(), b.CredentialsRef)
	if err != nil || !client.Empty() || len(further) != 1 || further["subscription_key"].Reveal() != "0123abcd" {
		t.Errorf("custody has %d further, %v", len(further), err)
	}
	for name, test := range map[string]struct{ list, code string }{
		"the same":      {good, ""},
		"without them":  {list(""), ""},
		"another value": {strings.Replace(good, "acme", "other", 1), "import_differs"},
	} {
		j, err := s.Imports.Check(ctx, stack.Engineer, []byte(test.list), secret.Text{})
		must(t, err)
		if code := ""; len(j.Complaints) > 0 {
			code = j.Complaints[0].Err.Code
			if code != test.code {
				t.Errorf("%s: %s", name, code)
			}
		} else if test.code != "" || j.Lines[0].Verdict != existing.VerdictThere {
			t.Errorf("%s: %+v", name, j.Lines[0])
		}
	}
}
