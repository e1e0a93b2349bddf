package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/fault"
)

const good = `
public_url: https://sealkeeper.example/
database: {dsn: "sqlite:///db"}
vault: {address: "https://vault.example", role_id_file: r, secret_id_file: s, timeout: 5s}
institutions: {soc-gen-personal: {history_days: 90}}
`

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEnvironmentWinsOverFileOverDefault(t *testing.T) {
	c, err := config.Load(file(t, good), []string{"SEALKEEPER_LISTEN=127.0.0.1:1", "SEALKEEPER_FOUR_EYES=false", "OTHER=x"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:1" || c.FourEyes || c.Vault.Timeout != 5*time.Second || c.Vault.KVMount != "sealkeeper" || c.Custody.Mode != "vault" {
		t.Errorf("got %+v", c)
	}
	if c.PublicURL != "https://sealkeeper.example" {
		t.Errorf("public URL %q: what is appended to it begins with a slash", c.PublicURL)
	}
	if c.Institutions["soc-gen-personal"]["history_days"] != 90 {
		t.Errorf("got %v", c.Institutions)
	}
}

func TestDSNFromAFile(t *testing.T) {
	dsn := filepath.Join(t.TempDir(), "dsn")
	if err := os.WriteFile(dsn, []byte("postgres://u:p@h/d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(good, `dsn: "sqlite:///db"`, "dsn_file: "+dsn, 1)
	c, err := config.Load(file(t, text), nil)
	if err != nil || c.Database.DSN.Reveal() != "postgres://u:p@h/d" {
		t.Errorf("got %q, %v", c.Database.DSN.Reveal(), err)
	}
}

func TestContradictionsAndGaps(t *testing.T) {
	for name, test := range map[string]struct {
		from, to, want string
		environ        []string
	}{
		"two addresses":         {"dsn: ", "dsn_file: x, dsn: ", "keep one", nil},
		"unreadable file":       {`dsn: "sqlite:///db"`, "dsn_file: /nowhere", "cannot be read", nil},
		"relative public URL":   {"https://sealkeeper.example/", "sealkeeper", "public_url", nil},
		"unknown mode":          {"vault: {", "custody: {mode: hsm}\nvault: {", "embedded", nil},
		"token and AppRole":     {"", "", "keep one", []string{"SEALKEEPER_VAULT_TOKEN=t"}},
		"half an AppRole":       {", secret_id_file: s", "", "both", nil},
		"no login":              {"role_id_file: r, secret_id_file: s, ", "", "SEALKEEPER_VAULT_TOKEN", nil},
		"master key with Vault": {"", "", "remove one", []string{"SEALKEEPER_MASTER_KEY=k"}},
		"Vault with embedded":   {"vault: {", "custody: {mode: embedded, master_key_file: m}\nvault: {", "remove one", nil},
		"misspelt":              {"timeout: 5s", "timeuot: 5s", "line 4", nil},
		"not a duration":        {"", "", "durations", []string{"SEALKEEPER_VAULT_TIMEOUT=soon"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(file(t, strings.Replace(good, test.from, test.to, 1)), test.environ)
			_, _, message := fault.Public(err)
			if !errors.Is(err, fault.Invalid) || !strings.Contains(message, test.want) {
				t.Errorf("got %v, want it to say %q", err, test.want)
			}
		})
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c, err := config.Load(file(t, good), []string{"SEALKEEPER_DATABASE_DSN=postgres://u:hunter2@h/d"})
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join([]string{toText("%v", c), toText("%+v", c), toText("%#v", c)}, "\n"); strings.Contains(text, "hunter2") {
		t.Error(text)
	}
}

func toText(verb string, c config.Config) string { return fmt.Sprintf(verb, c) }
