package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/secret"
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
	c, err := config.Load(file(t, good), []string{
		"SEALKEEPER_LISTEN=127.0.0.1:1",
		"SEALKEEPER_FOUR_EYES=false",
		"OTHER=x",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:1" || c.FourEyes.Live || c.FourEyes.ExpiresAfter != 72*time.Hour ||
		c.Vault.Timeout != 5*time.Second || c.Vault.KVMount != "sealkeeper" || c.Custody.Mode != "vault" {
		t.Errorf("got %+v", c)
	}
	if c.PublicURL != "https://sealkeeper.example" {
		t.Errorf("public URL %q: what is appended to it begins with a slash", c.PublicURL)
	}
	if c.Institutions["soc-gen-personal"]["history_days"] != 90 {
		t.Errorf("got %v", c.Institutions)
	}
}

func TestEveryWayToLogIn(t *testing.T) {
	for _, way := range []string{"token_file: f", "jwt_file: f, jwt_role: r", "cert_file: f, key_file: k"} {
		if _, err := config.Load(file(t, strings.Replace(good, "role_id_file: r, secret_id_file: s", way, 1)),
			nil); err != nil {
			t.Errorf("%s: %v", way, err)
		}
	}
}

// The token for commands is beside the service's login, and no second way of it.
func TestTokenForCommands(t *testing.T) {
	text := strings.Replace(good, "secret_id_file: s",
		"secret_id_file: s, secret_id_wrapped: true, command_token_file: c", 1)
	c, err := config.Load(file(t, text), nil)
	if err != nil || c.Vault.CommandTokenFile != "c" {
		t.Errorf("got %q, %v", c.Vault.CommandTokenFile, err)
	}
	c, err = config.Load(file(t, text), []string{"SEALKEEPER_VAULT_COMMAND_TOKEN_FILE=e"})
	if err != nil || c.Vault.CommandTokenFile != "e" {
		t.Errorf("from the environment: %q, %v", c.Vault.CommandTokenFile, err)
	}
}

func TestFourEyesPerEnvironment(t *testing.T) {
	for text, want := range map[string]config.FourEyes{
		"":                 {Live: true, ExpiresAfter: 72 * time.Hour},
		"four_eyes: false": {ExpiresAfter: 72 * time.Hour},
		"four_eyes: {sandbox: true, expires_after: 24h}": {
			Live:         true,
			Sandbox:      true,
			ExpiresAfter: 24 * time.Hour,
		},
		"four_eyes: {live: false, sandbox: false}":                   {ExpiresAfter: 72 * time.Hour},
		"four_eyes: {live: true, sandbox: false, expires_after: 1m}": {Live: true, ExpiresAfter: time.Minute},
	} {
		c, err := config.Load(file(t, good+text), nil)
		if err != nil || c.FourEyes != want {
			t.Errorf("%q: got %+v, %v", text, c.FourEyes, err)
		}
	}
	c, err := config.Load(file(t, good+"four_eyes: {live: true}"), []string{
		"SEALKEEPER_FOUR_EYES=false",
		"SEALKEEPER_FOUR_EYES_SANDBOX=true",
		"SEALKEEPER_FOUR_EYES_EXPIRES_AFTER=2h",
	})
	if want := (config.FourEyes{Sandbox: true, ExpiresAfter: 2 * time.Hour}); err != nil || c.FourEyes != want {
		t.Errorf("from the environment: %+v, %v", c.FourEyes, err)
	}
}

// What nobody set is no statement about the policy, even where it is what somebody else would set.
func TestWhatIsStated(t *testing.T) {
	for text, want := range map[string]config.Stated{
		"":                                 {},
		"four_eyes: true":                  {Live: true},
		"four_eyes: {sandbox: false}":      {Sandbox: true},
		"four_eyes: {expires_after: 72h}":  {ExpiresAfter: true},
		"four_eyes: {live: true}":          {Live: true},
		"four_eyes: {live: false}":         {Live: true},
		"four_eyes: {expires_after: 100h}": {ExpiresAfter: true},
	} {
		c, err := config.Load(file(t, good+text), nil)
		if err != nil || c.Stated != want {
			t.Errorf("%q: got %+v, %v", text, c.Stated, err)
		}
	}
	c, err := config.Load(file(t, good), []string{"SEALKEEPER_FOUR_EYES=true", "SEALKEEPER_FOUR_EYES_SANDBOX=true"})
	if err != nil || c.Stated != (config.Stated{Live: true, Sandbox: true}) {
		t.Errorf("from the environment: %+v, %v", c.Stated, err)
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
	if err := os.Chmod(dsn, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = config.Load(file(t, text), nil)
	if _, code, message := fault.Public(err); code != "secret_file_mode" || !strings.Contains(message, "chmod 600") {
		t.Errorf("a file for everybody: got %v", err)
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
		"public URL, no host":   {"https://sealkeeper.example/", "https://:8420", "public_url", nil},
		"plain HTTP":            {"https://sealkeeper.example/", "http://sealkeeper.example", "https", nil},
		"plain HTTP, address":   {"https://sealkeeper.example/", "http://192.0.2.1:8420", "https", nil},
		"plain HTTP, lookalike": {"https://sealkeeper.example/", "http://localhost.example", "https", nil},
		"misspelt variable": {"", "", "SEALKEEPER_FOUREYES is not a setting",
			[]string{"SEALKEEPER_FOUREYES=false"}},
		"no such port":      {"", "", "SEALKEEPER_PORT is not a setting", []string{"SEALKEEPER_PORT=8420"}},
		"empty variable":    {"", "", "SEALKEEPER_VAULT_ADDRESS is no", []string{"SEALKEEPER_VAULT_ADDRESS="}},
		"unknown mode":      {"vault: {", "custody: {mode: hsm}\nvault: {", "embedded", nil},
		"token and AppRole": {"", "", "keep one", []string{"SEALKEEPER_VAULT_TOKEN=t"}},
		"half an AppRole":   {", secret_id_file: s", "", "both", nil},
		"JWT and AppRole": {"", "", "keep one",
			[]string{"SEALKEEPER_VAULT_JWT_FILE=f", "SEALKEEPER_VAULT_JWT_ROLE=r"}},
		"JWT without a role":    {"role_id_file: r, secret_id_file: s", "jwt_file: f", "jwt_role", nil},
		"half a certificate":    {"role_id_file: r, secret_id_file: s", "cert_file: f", "key_file", nil},
		"no login":              {"role_id_file: r, secret_id_file: s, ", "", "SEALKEEPER_VAULT_TOKEN", nil},
		"master key with Vault": {"", "", "remove one", []string{"SEALKEEPER_MASTER_KEY=k"}},
		"Vault with embedded": {"vault: {", "custody: {mode: embedded, master_key_file: m}\nvault: {",
			"remove one", nil},
		"misspelt":             {"timeout: 5s", "timeuot: 5s", "line 4", nil},
		"misspelt environment": {"institutions:", "four_eyes: {life: true}\ninstitutions:", "life", nil},
		"no time to approve":   {"", "", "expires_after", []string{"SEALKEEPER_FOUR_EYES_EXPIRES_AFTER=1s"}},
		"not a duration":       {"", "", "durations", []string{"SEALKEEPER_VAULT_TIMEOUT=soon"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(file(t, strings.Replace(good, test.from, test.to, 1)), test.environ)
			message := fault.Sentence(err)
			if !errors.Is(err, fault.Invalid) || !strings.Contains(message, test.want) {
				t.Errorf("got %v, want it to say %q", err, test.want)
			}
		})
	}
}

func TestPlainHTTPOnThisMachine(t *testing.T) {
	for _, public := range []string{
		"http://127.0.0.1:8420", "http://127.9.9.9", "http://[::1]:8420", "http://localhost:8420", "http://LocalHost",
	} {
		if _, err := config.Load(file(t, good), []string{"SEALKEEPER_PUBLIC_URL=" + public}); err != nil {
			t.Errorf("%s: %v", public, err)
		}
	}
}

// Variables that begin like settings and mean something else.
func TestVariablesOfOthers(t *testing.T) {
	_, err := config.Load(file(t, good), []string{
		"SEALKEEPER_PASSPHRASE=x", "SEALKEEPER_REQUIRE=vault", "SEALKEEPER_CORPUS=/c",
		"SEALKEEPER_TEST_POSTGRES=postgres://h", "SEALKEEPER_SCREENSHOTS=/s",
		// What Kubernetes sets for the services "sealkeeper" and "sealkeeper-db".
		"SEALKEEPER_SERVICE_HOST=10.0.0.1", "SEALKEEPER_SERVICE_PORT=80", "SEALKEEPER_SERVICE_PORT_HTTP=80",
		"SEALKEEPER_PORT=tcp://10.0.0.1:80",
		"SEALKEEPER_PORT_80_TCP=tcp://10.0.0.1:80", "SEALKEEPER_PORT_80_TCP_PROTO=tcp",
		"SEALKEEPER_DB_SERVICE_HOST=10.0.0.2", "SEALKEEPER_DB_PORT=tcp://10.0.0.2:5432",
	})
	if err != nil {
		t.Error(err)
	}
}

var documented = regexp.MustCompile(`SEALKEEPER_[A-Z_]+`)

// The manual's variables are those the program takes: each is known, even if its value is wrong here.
func TestManualNamesSettings(t *testing.T) {
	manual, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range documented.FindAllString(string(manual), -1) {
		_, err := config.Load(file(t, good), []string{name + "="})
		if fault.Code(err) == "config_unknown" {
			t.Errorf("docs/configuration.md names %s: %v", name, err)
		}
	}
}

// The manual has a row for every setting, with its key, its variable and its default.
func TestManualHasEverySetting(t *testing.T) {
	manual, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range (config.Config{}).Settings(nil) {
		found := false
		for row := range strings.SplitSeq(string(manual), "\n") {
			found = found || strings.HasPrefix(row, "|") &&
				(s.Key == "" || strings.Contains(row, "`"+s.Key+"`")) &&
				(s.Variable == "" || strings.Contains(row, "`"+s.Variable+"`")) &&
				(s.Default == "" || strings.Contains(row, "`"+s.Default+"`"))
		}
		if !found {
			t.Errorf("docs/configuration.md has no row with `%s`, `%s` and the default `%s`", s.Key, s.Variable,
				s.Default)
		}
	}
}

// What is printed says where each value comes from, and no secret.
func TestSettings(t *testing.T) {
	environ := []string{"SEALKEEPER_DATABASE_DSN=postgres://u:hunter2@h/d", "SEALKEEPER_LISTEN=127.0.0.1:1"}
	c, err := config.Load(file(t, strings.Replace(good, `dsn: "sqlite:///db"`, "", 1)), environ)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]config.Setting{}
	for _, s := range c.Settings(environ) {
		got[s.Key+s.Variable] = s
	}
	for key, want := range map[string]string{
		"listenSEALKEEPER_LISTEN":                                   "127.0.0.1:1 environment",
		"database.dsnSEALKEEPER_DATABASE_DSN":                       "[redacted] environment",
		"vault.timeoutSEALKEEPER_VAULT_TIMEOUT":                     "5s file",
		"vault.kv_mountSEALKEEPER_VAULT_KV_MOUNT":                   "sealkeeper default",
		"four_eyes.expires_afterSEALKEEPER_FOUR_EYES_EXPIRES_AFTER": "72h default",
		"institutions":                        "soc-gen-personal file",
		"SEALKEEPER_MASTER_KEY":               " default",
		"outgoing.enabledSEALKEEPER_OUTGOING": "true default",
	} {
		if s, ok := got[key]; !ok || s.Value+" "+s.Source != want {
			t.Errorf("%s: got %q, want %q", key, s.Value+" "+s.Source, want)
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c, err := config.Load(file(t, good), []string{"SEALKEEPER_DATABASE_DSN=postgres://u:hunter2@h/d"})
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join([]string{toText("%v", c), toText("%+v", c), toText("%#v", c)}, "\n"); strings.Contains(text,
		"hunter2") {
		t.Error(text)
	}
}

// An address that has a secret in it is told without it, and what is in the wrong place is not repeated.
func TestSecretsInTheWrongPlace(t *testing.T) {
	c, err := config.Load(file(t, good), []string{
		"SEALKEEPER_REGISTERS_EBA_URL=https://registers.example/eba?key=hunter2",
		"SEALKEEPER_VAULT_ADDR=https://u:hunter2@vault.example:8200", "SEALKEEPER_VAULT_TOKEN=hunter3",
	})
	for _, s := range c.Settings(nil) {
		if strings.Contains(s.Value, "hunter2") {
			t.Errorf("%s = %s (%v)", s.Key, s.Value, err)
		}
	}
	if !slices.ContainsFunc(c.Secrets(), func(s secret.Text) bool { return s.Reveal() == "hunter3" }) {
		t.Error("the token of Vault is none of the secrets")
	}
	for text, want := range map[string]string{
		"database: hunter2\n":                              "the setting takes a value of another form",
		"drain_delay: [hunter2]\n":                         "the setting takes a value of another form",
		"databse: {dsn: hunter2}\n":                        "line 1: there is no setting databse here",
		"public_url: https://u:hunter2@sealkeeper.example": "public_url is an address alone",
	} {
		if text[:3] == "pub" {
			text = strings.Replace(good, "public_url: https://", "public_url: https://u:hunter2@", 1)
		}
		_, err := config.Load(file(t, text), nil)
		if said := fault.Sentence(err); !strings.Contains(said, want) || strings.Contains(said, "hunter2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func toText(verb string, c config.Config) string { return fmt.Sprintf(verb, c) }

func TestTrustedProxies(t *testing.T) {
	c, err := config.Load(file(t, good+"trusted_proxies: [10.1.2.0/24, \"2001:db8::/32\"]\n"), nil)
	if err != nil || len(c.TrustedProxies) != 2 || c.TrustedProxies[0].String() != "10.1.2.0/24" {
		t.Errorf("got %v, %v", c.TrustedProxies, err)
	}
	c, err = config.Load(file(t, good), []string{"SEALKEEPER_TRUSTED_PROXIES=10.1.2.3/32,10.1.2.4/32"})
	if err != nil || len(c.TrustedProxies) != 2 || c.TrustedProxies[1].String() != "10.1.2.4/32" {
		t.Errorf("from the environment: %v, %v", c.TrustedProxies, err)
	}
	for _, wrong := range []string{"0.0.0.0/0", "::/0", "proxy.example", "10.1.2.3"} {
		_, err := config.Load(file(t, good+"trusted_proxies: [\""+wrong+"\"]\n"), nil)
		if !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func TestOutgoing(t *testing.T) {
	for text, want := range map[string]config.Outgoing{
		"":              {Enabled: true},
		"outgoing: off": {},
		"outgoing: {allow: [pki.example, 10.1.2.0/24]}": {Enabled: true, Allow: []string{"pki.example", "10.1.2.0/24"}},
		"outgoing: {proxy_url: \"https://p.example\", proxy_user_file: u, proxy_password_file: p}": {
			Enabled:           true,
			ProxyURL:          "https://p.example",
			ProxyUserFile:     "u",
			ProxyPasswordFile: "p",
		},
	} {
		c, err := config.Load(file(t, good+text+"\n"), nil)
		if err != nil || !reflect.DeepEqual(c.Outgoing, want) {
			t.Errorf("%q: got %+v, %v", text, c.Outgoing, err)
		}
	}
	c, err := config.Load(file(t, good), []string{"SEALKEEPER_OUTGOING=false", "SEALKEEPER_OUTGOING_ALLOW=a,b"})
	if err != nil || c.Outgoing.Enabled || len(c.Outgoing.Allow) != 2 {
		t.Errorf("from the environment: %+v, %v", c.Outgoing, err)
	}
	for _, wrong := range []string{
		"{proxy_url: \"http://p.example\"}", "{proxy_user_file: u, proxy_password_file: p}", "{alow: [a]}",
		"{proxy_url: \"https://p.example\", proxy_user_file: u}",
	} {
		if _, err := config.Load(file(t, good+"outgoing: "+wrong+"\n"), nil); !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func TestSupport(t *testing.T) {
	c, err := config.Load(file(t, good+`
support:
  name: Certificate desk
  email: certificates@firm.example
  organizations: {PSDFR-ACPR-12345: {link: "https://firm.example/fr"}}
`), []string{"SEALKEEPER_SUPPORT_LINK=https://firm.example/help"})
	if err != nil || c.Support.Name != "Certificate desk" || c.Support.Link != "https://firm.example/help" ||
		c.Support.Organizations["PSDFR-ACPR-12345"].Link != "https://firm.example/fr" {
		t.Errorf("got %+v, %v", c.Support, err)
	}
	for _, wrong := range []string{
		"{email: nobody}", "{email: \"Ada <ada@firm.example>\"}", "{link: \"javascript:alert(1)\"}",
		"{link: \"http://firm.example\"}", "{organizations: {PSDFR-ACPR-12345: {email: x}}}", "{mail: a@b.example}",
	} {
		if _, err := config.Load(file(t, good+"support: "+wrong+"\n"), nil); !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
