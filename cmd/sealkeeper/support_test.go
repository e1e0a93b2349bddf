package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// TestSupport reads the report about an installation in which everything was done once, and looks for what must not be
// in it.
func TestSupport(t *testing.T) {
	dir := t.TempDir()
	e, j, stop := startIn(t, dir)
	defer stop()
	for _, step := range j.Steps() {
		if _, err := step.Do(t.Context()); err != nil {
			t.Fatalf("%s: %v", step.Name, err)
		}
	}
	path := filepath.Join(dir, "config.yaml")
	configure(t, path, func(c map[string]any) {
		c["support"] = map[string]any{"name": "Ada Planted", "email": "ada@planted.example"}
		c["alerts"] = map[string]any{"owner": "Grace Planted"}
	})
	var out bytes.Buffer
	code := program().Run(t.Context(), []string{"support", "--offline", "--config", path}, nil,
		cli.Streams{Out: &out, Err: &out})
	report := out.String()
	for _, want := range []string{
		"== 1. Program and machine\nsealkeeper ",
		"custody.mode = embedded (",
		"ok       the database has this program's schema\n",
		"\nsealkeeper_build_info{",
		"\nmigration 1, taken 20",
		"\ncertificates: 2 rows\n",
		"\nbundle.activate failed not_ready: 1, last at 20",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("the report has no %q", want)
		}
	}
	if code != 0 || strings.Contains(report, "It cannot be found out") || t.Failed() {
		t.Errorf("exit %d:\n%s", code, report)
	}
	key, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	for what, planted := range map[string]string{
		"master key":            strings.TrimSpace(string(key)),
		"master key's bytes":    base64.StdEncoding.EncodeToString(key),
		"token":                 e.Info.Token,
		"client secret":         e.Info.Bank.ClientSecret,
		"client id":             e.Info.Bank.ClientID,
		"passphrase":            e.Info.Samples.Passphrase,
		"PEM":                   "-----BEGIN",
		"name":                  "Planted",
		"e-mail address":        "@planted",
		"organization":          "Exemple",
		"account of a customer": j.Account,
		"consent of a customer": j.Consent,
	} {
		if planted == "" || strings.Contains(report, planted) {
			t.Errorf("the report has the %s %q", what, planted)
		}
	}
}

// TestSupportWithoutDatabase: an address of a database that does not answer is told without its password.
func TestSupportWithoutDatabase(t *testing.T) {
	const password = "planted-password"
	file := filepath.Join(t.TempDir(), "dsn")
	dsn := "postgres://sealkeeper:" + password + "@127.0.0.1:1/sealkeeper?sslmode=disable"
	if err := os.WriteFile(file, []byte(dsn), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, environ := range map[string][]string{
		"in the environment": {"SEALKEEPER_DATABASE_DSN=" + dsn},
		"in a file":          {"SEALKEEPER_DATABASE_DSN_FILE=" + file},
		"no address":         {"SEALKEEPER_DATABASE_DSN=" + password},
	} {
		t.Run(name, func(t *testing.T) {
			environ = append(environ, "SEALKEEPER_PUBLIC_URL=http://localhost:8420", "SEALKEEPER_CUSTODY_MODE=embedded",
				"SEALKEEPER_MASTER_PASSPHRASE="+password+" of custody",
				"OTEL_EXPORTER_OTLP_HEADERS=authorization=planted-header",
				"SEALKEEPER_ALERTS_OWNER=planted-header", "SEALKEEPER_ALERTS_ZONE=UTC",
				"SEALKEEPER_OUTGOING_ALLOW=planted-header,"+password) // secrets in the wrong place
			var out bytes.Buffer
			program().Run(t.Context(), []string{"support", "--offline"}, environ, cli.Streams{Out: &out, Err: &out})
			report := out.String()
			if strings.Contains(report, password) || strings.Contains(report, "planted-header") ||
				!strings.Contains(report, "== 6. ") ||
				!strings.Contains(report, "outgoing.allow = [redacted],[redacted]") ||
				!strings.Contains(report, "It cannot be found out: ") {
				t.Error(report)
			}
		})
	}
}
