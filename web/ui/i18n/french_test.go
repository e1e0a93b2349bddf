package i18n_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// said are the files of the services whose sentences the console shows: not
// those of commands and of the start of the program, which speak English.
func said(t *testing.T) map[string]string {
	t.Helper()
	startOnly := []string{
		"internal/store/migrations/triggers.go", "internal/store/primary/primary.go", "internal/store/dump/dump.go",
		"internal/store/dump/load.go", "internal/store/dump/sealed.go",
		"internal/store/sqlite.go",
		"internal/store/internal/tables/rows.go", "internal/audit/verify.go",
		"vault/embedded/copy.go", "vault/embedded/master.go",
		"vault/embedded/moved.go", "vault/hcvault/config.go", "vault/hcvault/client.go", "vault/hcvault/policies.go",
	}
	startCodes := regexp.MustCompile(`^(bootstrap|doctor)`)
	files := map[string]string{}
	root := os.DirFS("../../..")
	for _, tree := range []string{
		"certs",
		"connector",
		"internal/alerts",
		"internal/approval",
		"internal/audit",
		"internal/bankfiles",
		"internal/bankservers",
		"internal/campaign",
		"internal/cases",
		"internal/clientcert",
		"internal/consent",
		"internal/dora",
		"internal/exportlink",
		"internal/incident", "internal/installation", "internal/review",
		"internal/keycopies",
		"internal/federation",
		"internal/identity",
		"internal/issuer",
		"internal/keyfile",
		"internal/listing",
		"internal/note",
		"internal/internet",
		"internal/passkey",
		"internal/payment",
		"internal/policy",
		"internal/revocation",
		"internal/secretfile",
		"internal/service",
		"internal/store",
		"internal/registers", "internal/throttle", "internal/tlsconfig", "internal/trust", "internal/usage",
		"internal/workload", "registration", "vault", "web",
	} {
		check(t, fs.WalkDir(root, tree, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && slices.Contains([]string{"testdata", "lab", "vaulttest"}, d.Name()) {
				return fs.SkipDir
			}
			code := path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go")
			if !code || slices.Contains(startOnly, name) || startCodes.MatchString(path.Base(name)) {
				return nil
			}
			text, err := fs.ReadFile(root, name)
			files[name] = string(text)
			return err
		}))
	}
	return files
}

// codeOf finds the codes of faults, as they are made everywhere.
var codeOf = regexp.MustCompile(`(?:` +
	`fault\.(?:Invalid|Unauthenticated|Denied|NotFound|Conflict|TooLarge|Unavailable|Internal),\s*|` +
	`\.say\([\w.\[\]]+,\s*|` + // what registration/existing complains of
	`badPayment\(|[cC]ode[A-Z]\w+\s*= )"([a-z0-9_]+)"|` +
	`\{"([a-z_]+_invalid)", "The `)

// atStart are codes that are given only while the program starts.
var atStart = []string{"schema_newer", "dsn_invalid", "master_key_wrong", "public_url"}

func TestFaultsInFrench(t *testing.T) {
	all := catalogues(t)
	codes := map[string]bool{"internal": true}
	for name, text := range said(t) {
		for _, m := range codeOf.FindAllStringSubmatch(text, -1) {
			code := m[1] + m[2]
			codes[code] = true
			if !all[i18n.French].Has("fault."+code) && !slices.Contains(atStart, code) {
				t.Errorf("%s refuses with %q, which no French text says: add fault.%s", name, code, code)
			}
		}
	}
	if len(codes) < 150 {
		t.Fatalf("only %d codes were found in the services", len(codes))
	}
	for _, key := range all[i18n.French].Keys() {
		code, ok := strings.CutPrefix(key, "fault.")
		code, _, _ = strings.Cut(code, ".")
		if ok && !codes[code] {
			t.Errorf("nothing refuses with the code of %s", key)
		}
	}
}

// sets are closed sets of values that packages name in a file of their own.
func TestClosedSetsInFrench(t *testing.T) {
	all := catalogues(t)
	for _, set := range []struct {
		file, prefix, form string
		least              int
	}{
		{"certs/strangers.go", "fault.unsupported_format.", `name:\s+"([a-z_]+)",\s+code:\s+CodeUnsupportedFormat`, 20},
		{"certs/strangers.go", "fault.not_a_certificate.", `name:\s+"([a-z_]+)",\s+code:\s+CodeNotACertificate`, 5},
		{"certs/unlock.go", "fault.passphrase_wrong.", `case r.passphrases.odd == "([a-z0-9_]+)"`, 2},
		{"certs/unlock.go", "fault.too_costly.", `"(time|passphrases|files)"\)`, 3},
		{"connector/pis/status.go", "payment_status.", `Status = "([A-Z]{4})"`, 12},
		{"connector/pis/status.go", "payment_reason.", `(?m)^\s+"?(?:Reason)?([A-Z]{2}[A-Z0-9]{2})"?:`, 18},
		{"internal/consent/consent.go", "consent_reason.", `Reason\w+\s+= "([a-z_]+)"`, 7},
		{"connector/mtls/alert.go", "alert.", `\{\s*"([a-z_]+)",\s*"`, 18},
		{"certs/revocation/revocation.go", "revocation_cause.", `Cause = "([a-z_]+)"`, 10},
		{"internal/revocation/check.go", "revocation_cause.", `Cause = "([a-z_]+)"`, 7},
		{"certs/revocation/revocation.go", "revocation_state.", `Status = "([a-z_]+)"`, 6},
		{"certs/revocation/revocation.go", "revocation_reason.", `(?m)^\s+\d+:\s+"([a-zA-Z]+)"`, 9},
		{"certs/trustlist/trustlist.go", "trust_cause.", `Cause = "([a-z_]+)"`, 7},
		{"certs/trustlist/service.go", "trust_state.", `Standing = "([a-z_]+)"`, 6},
		{"internal/trust/service.go", "trust_cause.", `Cause = "([a-z_]+)"`, 3},
		{"internal/trust/judge.go", "trust_state.", `State = "([a-z_]+)"`, 4},
		{"certs/register/register.go", "register_cause.", `Cause = "([a-z_]+)"`, 8},
		{"certs/register/judge.go", "register_state.", `State = "([a-z_]+)"`, 7},
		{"internal/registers/service.go", "register_cause.", `Cause = "([a-z_]+)"`, 5},
		{"internal/registers/judge.go", "register_state.", `State = "([a-z_]+)"`, 3},
		{"certs/csr.go", "fault.csr_invalid.", `badCSR\("([a-z_]+)"`, 12},
	} {
		source, err := os.ReadFile("../../../" + set.file)
		check(t, err)
		found := regexp.MustCompile(set.form).FindAllStringSubmatch(string(source), -1)
		if len(found) < set.least {
			t.Errorf("%s: only %d found", set.file, len(found))
		}
		for _, m := range found {
			if !all[i18n.French].Has(set.prefix + m[1]) {
				t.Errorf("no French text says %s%s", set.prefix, m[1])
			}
		}
	}
}

// TestReasonsOfConsents: what ended a consent is said in words, in both languages, also where it is a bank's failure.
func TestReasonsOfConsents(t *testing.T) {
	for _, code := range []string{
		"consent_gone", "grant_ended", "customer_blocked", "customer_refused", "token_refused", "request_refused",
		"authorization_refused", "authorization_unavailable",
	} {
		for lang, texts := range catalogues(t) {
			if !texts.Has("consent_reason." + code) {
				t.Errorf("%s: nothing says consent_reason.%s", lang, code)
			}
		}
	}
}

// TestPartsOfTheProgram: which part of the program did something is said in words, in both languages.
func TestPartsOfTheProgram(t *testing.T) {
	all := catalogues(t)
	acts := regexp.MustCompile(`(?:SystemCaller|OnHost)\("([a-z ]+)"|Name: "(campaigns|payments)", Roles`)
	found, root := 0, os.DirFS("../../..")
	for _, tree := range []string{"cmd", "internal", "registration", "vault", "web"} {
		check(t, fs.WalkDir(root, tree, func(name string, _ fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return err
			}
			source, err := fs.ReadFile(root, name)
			for _, m := range acts.FindAllStringSubmatch(string(source), -1) {
				found++
				for lang, texts := range all {
					if part := m[1] + m[2]; !texts.Has("caller." + part) {
						t.Errorf("%s: nothing says caller.%s, who acts in %s", lang, part, name)
					}
				}
			}
			return err
		}))
	}
	if found < 15 {
		t.Errorf("only %d callers were found", found)
	}
}

// What records note about what happened is said in French by its code.
func TestNotesInFrench(t *testing.T) {
	all := catalogues(t)
	made := regexp.MustCompile(`note\.New\(\s*"([a-z_]+)"(?:\+|,\s)`)
	var parts []string // codes, and beginnings of those that have a value in them
	root := os.DirFS("../../..")
	check(t, fs.WalkDir(root, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(root, name)
		for _, m := range made.FindAllStringSubmatch(string(source), -1) {
			parts = append(parts, m[1])
			if !strings.HasSuffix(m[1], "_") && !all[i18n.French].Has("note."+m[1]) {
				t.Errorf("%s notes %q, which no French text says", name, m[1])
			}
		}
		return err
	}))
	if len(parts) < 45 {
		t.Fatalf("only %d notes were found", len(parts))
	}
	parts = append(parts, "imported", "imported_", note.OnePerson, note.TwoPeople, note.OnCallAlone)
	for _, key := range all[i18n.French].Keys() {
		code, ok := strings.CutPrefix(key, "note.")
		if ok && all[i18n.French].Has("fault."+code) {
			t.Errorf("%s is the code of a fault too, which would be said as the note", code)
		}
		known := slices.ContainsFunc(parts, func(p string) bool {
			return p == code || strings.HasSuffix(p, "_") && strings.HasPrefix(code, p)
		})
		if ok && !known {
			t.Errorf("nothing notes %s", code)
		}
	}
}
