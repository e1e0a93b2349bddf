package api_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

var (
	madeFault = regexp.MustCompile(
		`fault\.(Invalid|Unauthenticated|Denied|NotFound|Conflict|TooLarge|Unavailable|Internal),\s*"([a-z0-9_]+)"`)
	errorRow = regexp.MustCompile(`(?m)^\| ([0-9, ]+) \| (.*?) \| `)
	quoted   = regexp.MustCompile("`([a-z0-9_]+)`")
)

var kinds = map[string]fault.Kind{
	"Invalid":         fault.Invalid,
	"Unauthenticated": fault.Unauthenticated,
	"Denied":          fault.Denied,
	"NotFound":        fault.NotFound,
	"Conflict":        fault.Conflict,
	"TooLarge":        fault.TooLarge,
	"Unavailable":     fault.Unavailable,
	"Internal":        fault.Internal,
}

// answered are the codes that services give, each with the statuses it is answered with.
func answered(t *testing.T) map[string][]int {
	t.Helper()
	codes := map[string][]int{}
	root := os.DirFS("../..")
	for _, tree := range []string{
		"connector", "internal/alerts", "internal/approval", "internal/audit", "internal/campaign", "internal/cases",
		"internal/changefeed", "internal/clientcert", "internal/consent", "internal/exportlink", "internal/federation",
		"internal/bankfiles", "internal/dora", "internal/incident", "internal/keycopies", "internal/review",
		"internal/idempotency", "internal/identity",
		"internal/issuer", "internal/keyfile", "internal/listing", "internal/note", "internal/internet",
		"internal/passkey", "internal/payment", "internal/policy", "internal/revocation", "internal/service",
		"internal/throttle", "internal/tlsconfig", "internal/usage", "internal/workload", "registration", "vault",
		"web",
	} {
		err := fs.WalkDir(root, tree, func(name string, d fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := fs.ReadFile(root, name)
			for _, m := range madeFault.FindAllStringSubmatch(string(text), -1) {
				codes[m[2]] = append(codes[m[2]], api.Status(kinds[m[1]], m[2]))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return codes
}

// notAnswered begin the codes of master keys, which are given to whoever starts the program or runs a command on the
// server, and to nobody who asks a service.
var notAnswered = regexp.MustCompile(`^master_`)

// The table of errors has every code of the services with its status, and a wrong status in no row.
func TestErrorsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../reference/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, row := range errorRow.FindAllStringSubmatch(string(text), -1) {
		for _, m := range quoted.FindAllStringSubmatch(row[2], -1) {
			documented[m[1]] += row[1] + " "
		}
	}
	codes := answered(t)
	if len(documented) < 150 || len(codes) < 150 {
		t.Fatalf("only %d codes are documented, and %d given", len(documented), len(codes))
	}
	for code, statuses := range codes {
		says, found := documented[code]
		switch {
		case found:
			if !slices.ContainsFunc(statuses, func(status int) bool {
				return strings.Contains(says, strconv.Itoa(status))
			}) {
				t.Errorf("errors.md says %s of %s, which is answered with %v", says, code, statuses)
			}
		case !notAnswered.MatchString(code):
			t.Errorf("errors.md lacks %s, which is answered with %v", code, statuses)
		}
	}
}
