package i18n_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// said are the files of the services whose sentences the console shows: not
// those of commands and of the start of the program, which speak English.
func said(t *testing.T) map[string]string {
	t.Helper()
	startOnly := []string{
		"internal/store/migrations/triggers.go", "internal/store/postgres.go", "internal/store/dump/dump.go",
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
		"certs", "connector", "internal/approval", "internal/audit", "internal/consent", "internal/identity",
		"internal/issuer", "internal/payment", "internal/policy", "internal/secretfile",
		"internal/store", "registration", "vault", "web",
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
	`badPayment\(|[cC]ode[A-Z]\w+\s*= )"([a-z0-9_]+)"|` +
	`\{"([a-z_]+_invalid)", "The `)

// atStart are codes that are given only while the program starts.
var atStart = []string{"schema_newer", "dsn_invalid", "master_key_wrong"}

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
		{"connector/pis/status.go", "payment_status.", `Status = "([A-Z]{4})"`, 12},
		{"connector/pis/status.go", "payment_reason.", `(?m)^\s+"?(?:Reason)?([A-Z]{2}[A-Z0-9]{2})"?:`, 18},
		{"connector/mtls/alert.go", "alert.", `\{\s*"([a-z_]+)",\s*"`, 18},
		{"certs/request.go", "fault.request_invalid.", `badRequest\("([a-z_]+)"`, 12},
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

// What a bank's answer is recorded as is said in French, by the sentence alone.
func TestFailuresAreRecognised(t *testing.T) {
	all := catalogues(t)
	var source strings.Builder
	for name, text := range said(t) {
		if strings.HasPrefix(name, "connector/") {
			source.WriteString(text)
		}
	}
	// A sentence may be over several lines; one that names values is recognised by TestRecordedSentences.
	oneLine := regexp.MustCompile(`"\s*\+\s*"`).ReplaceAllString(source.String(), "")
	found := regexp.MustCompile(`NewClass\(fault\.\w+,\s*"(\w+)",\s*[\w.]+,\s*"([^"%]+)",?\s*\)`).
		FindAllStringSubmatch(oneLine, -1)
	if len(found) < 30 {
		t.Fatalf("only %d classes of failure were found", len(found))
	}
	for _, m := range found {
		want, err := all[i18n.French].Text("fault." + m[1])
		check(t, err)
		if got, ok := all[i18n.French].Recorded(m[2]); !ok || got != want {
			t.Errorf("%q is said as %q, want %q", m[2], got, want)
		}
	}
}

func TestRecordedSentences(t *testing.T) {
	all := catalogues(t)
	for english, want := range map[string]string{
		"draft saved":                                "brouillon enregistré",
		"step application: waiting":                  "étape application\u00a0: en attente de la banque",
		"bundle.activate of 0199-1: asked for":       "Mettre une version en service\u00a0: demandé",
		"bundle.rollback of 0199-1: expired":         "Revenir à une version antérieure\u00a0: Expirée",
		"qwac of PSDFR-ACPR-1, SHA-256 ab":           "QWAC de PSDFR-ACPR-1, SHA-256 ab",
		"qwac of A, SHA-256 ab, version 2 of line c": "QWAC de A, SHA-256 ab, version 2 de la lignée c",
		"organization Exemple changed":               "organisation Exemple modifiée",
		"The bank refused the TLS connection (unknown_ca): x.": "La banque a refusé la connexion TLS\u00a0: la " +
			"banque ne connaît pas l'émetteur du certificat client\u00a0; vérifiez que le QWAC vient d'un émetteur " +
			"qualifié et part avec sa chaîne.",
	} {
		if got, ok := all[i18n.French].Recorded(english); !ok || got != want {
			t.Errorf("%q is said as %q, want %q", english, got, want)
		}
		if said, ok := all[i18n.English].Recorded(english); ok {
			t.Errorf("in English, %q is said as %q", english, said)
		}
	}
	if said, ok := all[i18n.French].Recorded("Nobody has written this."); ok {
		t.Errorf("an unknown sentence is said as %q", said)
	}
}
