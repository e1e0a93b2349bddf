// Package layout_test keeps the shape of the module: who may import whom,
// a comment on every package, no file that takes more than one sitting.
//
// The rules bind what is built into programs. Tests may import more: the
// tests of a domain package run it on the real store.
package layout_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/sealkeeper/sealkeeper"

// pkg is what `go list -json` says of one package.
type pkg struct {
	Dir        string
	ImportPath string
	Doc        string
	GoFiles    []string
	CgoFiles   []string
	Imports    []string
}

func TestImportRules(t *testing.T) {
	for _, violation := range check(listed(t)) {
		t.Error(violation)
	}
}

// Each forged import must be refused, else the rules guard nothing.
func TestImportRulesCanFail(t *testing.T) {
	tests := []struct{ from, to string }{
		{"cmd/sealkeeper", "lab/bank"},
		{"cmd/sealkeeper/remote", "lab/dev"},
		{"internal/app", "lab/stack"},
		{"vault", "lab/qtsp"},
		{"web", "internal/store"},
		{"web", "vault/hcvault"},
		{"web/ui", "vault/embedded"},
		{"web/ui", "web/api"},
		{"web/ui/page", "web/ui/certificates"},
		{"web/ui/certificates", "web/ui/registrations"},
		{"web/ui/certificates", "web/ui"},
		{"web/ui/brandnew", "web/api"},
		{"web/api", "web/ui"},
		{"web/api", "gorm.io/gorm"},
		{"vault", "github.com/labstack/echo/v4"},
		{"vault", "registration"},
		{"vault/embedded", "github.com/hashicorp/vault/api"},
		{"vault/embedded", "vault/hcvault"},
		{"registration", "vault"},
		{"connector", "vault"},
		{"connector", "registration"},
		{"connector", "lab/bank"},
		{"connector/mtls", "connector"},
		{"connector/failure", "connector/mtls"},
		{"connector/signature", "connector/mtls"},
		{"connector/oauth", "connector/signature"},
		{"connector/stet", "connector/oauth"},
		{"connector/ais", "connector/pis"},
		{"connector/pis", "connector/ais"},
		{"connector/pis", "connector"},
		{"lab/bank", "connector"},
		{"certs", "internal/audit"},
		{"certs", "github.com/google/uuid"},
		{"internal/audit", "internal/store"},
		{"internal/audit", "github.com/pressly/goose/v3"},
		{"internal/issuer", "internal/store"},
		{"internal/store", "vault"},
		{"internal/store/certificates", "internal/store/bundles"},
		{"internal/store/internal/sqldb", "internal/store/custody"},
		{"internal/store/dump", "registration"},
		{"fault", "certs"},
		{"client", "internal/config"},
		{"client", "web/api"},
		{"client", "github.com/google/uuid"},
		{"types/api", "registration"},
		{"types/api", "client"},
		{"web/problem", "registration"},
		{"internal/brandnew", "vault"},
		{"brandnew", "certs"},
	}
	for _, test := range tests {
		t.Run(test.from+" imports "+test.to, func(t *testing.T) {
			forged := pkg{ImportPath: module + "/" + test.from, Imports: []string{"fmt", absolute(test.to)}}
			found := check([]pkg{forged})
			if len(found) == 0 {
				t.Fatal("the rules let it pass")
			}
			if test.from != "brandnew" && !strings.Contains(found[0], test.to) {
				t.Errorf("the message does not name the import: %s", found[0])
			}
		})
	}
}

func TestImportRulesAllow(t *testing.T) {
	tests := []struct{ from, to string }{
		{"cmd/sealkeeper", "internal/store"},
		{"cmd/sealkeeper-lab", "lab/command"},
		{"lab/stack", "internal/app"},
		{"cmd/sealkeeper", "vault/hcvault"},
		{"web", "github.com/labstack/echo/v4"},
		{"web", "vault"},
		{"web/ui", "internal/identity"},
		{"web/ui", "web/shared"},
		{"web/ui", "web/ui/brandnew"},
		{"web/ui/brandnew", "web/ui/page"},
		{"vault/hcvault", "github.com/hashicorp/vault/api"},
		{"internal/store", "gorm.io/driver/sqlite"},
		{"internal/store", "internal/store/certificates"},
		{"internal/store/registrations", "registration"},
		{"internal/issuer", "connector"},
		{"certs", "golang.org/x/crypto/cryptobyte"},
		{"lab/qtsp", "certs"},
		{"client", "types/api"},
		{"types/api", "connector"},
		{"web/problem", "types/api"},
	}
	for _, test := range tests {
		forged := pkg{ImportPath: module + "/" + test.from, Imports: []string{"crypto/tls", absolute(test.to)}}
		for _, violation := range check([]pkg{forged}) {
			t.Error(violation)
		}
	}
}

// TestNothingThatPretends: rules bind each package alone; this is what they add up to. gRPC is for Envoy, in
// sealkeeper-sds alone.
func TestNothingThatPretends(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", module+"/cmd/sealkeeper")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for dependency := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(dependency, module+"/lab") || strings.HasPrefix(dependency, "google.golang.org/grpc") {
			t.Errorf("cmd/sealkeeper links %s", dependency)
		}
	}
}

// check returns one sentence for every import that breaks a rule.
func check(packages []pkg) []string {
	var violations []string
	for _, p := range packages {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		i := slices.IndexFunc(rules, func(r rule) bool { return anyMatch(r.packages, from) })
		if i < 0 {
			violations = append(violations,
				fmt.Sprintf("%s has no import rule: say in internal/layout/rules_test.go what it may import", from))
			continue
		}
		for _, imported := range p.Imports {
			if reason := refuse(rules[i], from, imported); reason != "" {
				violations = append(violations,
					fmt.Sprintf("%s must not import %s: %s", from, strings.TrimPrefix(imported, module+"/"), reason))
			}
		}
	}
	return violations
}

// refuse returns why r, the rule that binds from, or a reservation forbids the import; "" when none does.
func refuse(r rule, from, imported string) string {
	if to, ours := strings.CutPrefix(imported, module+"/"); ours {
		if anyMatch(r.may, to) && !anyMatch(r.never, to) {
			return ""
		}
		return r.reason
	}
	if host, _, _ := strings.Cut(imported, "/"); !strings.Contains(host, ".") {
		return "" // the standard library
	}
	for _, res := range reservations {
		if below(res.library, imported) && !anyMatch(res.owners, from) {
			return res.reason
		}
	}
	if r.libraries != nil && !slices.ContainsFunc(r.libraries, func(l string) bool { return below(l, imported) }) {
		return r.reason
	}
	return ""
}

func anyMatch(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		root, subtree := strings.CutSuffix(pattern, "...")
		if !subtree {
			return path == pattern
		}
		return root == "" || below(strings.TrimSuffix(root, "/"), path)
	})
}

// below reports whether path is root or lies under it.
func below(root, path string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}

func absolute(path string) string {
	if host, _, _ := strings.Cut(path, "/"); strings.Contains(host, ".") {
		return path
	}
	return module + "/" + path
}

// list asks the go command once for every package of the module. -e: a
// package that does not compile is for the compiler to report, not for us.
var list = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e", "-json=Dir,ImportPath,Doc,GoFiles,CgoFiles,Imports", module+"/...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var packages []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading go list: %w", err)
		}
		packages = append(packages, p)
	}
})

func listed(t *testing.T) []pkg {
	t.Helper()
	packages, err := list()
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 5 {
		t.Fatalf("go list found only %d packages; the rules would guard nothing", len(packages))
	}
	return packages
}
