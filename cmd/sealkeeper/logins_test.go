package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

var block = regexp.MustCompile("(?s)```(sh|yaml)\n(.*?)```")

// manual is a page of docs, by the titles of its parts.
type manual map[string][]string

func readManual(t *testing.T, path string) manual {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := manual{}
	for _, part := range strings.Split(string(text), "\n## ")[1:] {
		title, body, _ := strings.Cut(part, "\n")
		for _, found := range block.FindAllStringSubmatch(body, -1) {
			parts[title] = append(parts[title], found[2])
		}
	}
	return parts
}

// logins is an installation that tries the logins of docs/operate-vault.md.
type logins struct {
	*site
	manual  manual
	address string
	ca      *vaulttest.Authority
}

// TestLoginsInTheManual sets up each login with the manual's own words, kills the
// service and starts it again: it is ready without anybody's help, but for the
// login that is meant to need it. Commands work beside it with the same configuration.
func TestLoginsInTheManual(t *testing.T) {
	l := newLogins(t)
	for _, test := range []struct {
		title string
		login func(title string)
	}{
		{"A reusable secret id", l.reusable},
		{"A token that Vault Agent keeps", l.agent},
		{"Kubernetes, and other JWTs", l.jwt},
		{"A TLS certificate", l.certificate},
		{"A wrapped secret id", l.wrapped},
	} {
		t.Run(test.title, func(t *testing.T) {
			l.t = t
			test.login(test.title)
		})
	}
}

func newLogins(t *testing.T) *logins {
	t.Helper()
	program := vaulttest.Program(t)
	dir, ca := t.TempDir(), vaulttest.NewAuthority(t)
	server, address := vaulttest.StartTLS(t, ca, dir)
	l := &logins{emptySite(t, server), readManual(t, "../../docs/operate-vault.md"), address, ca}
	for _, name := range []string{"etc", "tokens", "backups"} {
		if err := os.Mkdir(l.path(name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(program, l.path("bin/vault")); err != nil {
		t.Fatal(err)
	}
	write(t, l.path("etc/vault-ca.pem"), ca.PEM())
	l.environ = []string{
		"VAULT_ADDR=" + address,
		"VAULT_CACERT=" + l.path("etc/vault-ca.pem"),
		"VAULT_TOKEN=" + server.RootToken,
		"NETWORK=127.0.0.0/8",
	}
	t.Cleanup(func() { l.t = t; l.sh("systemctl stop sealkeeper") })
	return l
}

// block is one of a part of the manual, for this machine.
func (l *logins) block(title string, n int) string {
	l.t.Helper()
	if n >= len(l.manual[title]) {
		l.t.Fatalf("the manual's part %q has no block %d", title, n)
	}
	return strings.NewReplacer(
		"/etc/sealkeeper", l.path("etc"),
		"/var/run/secrets/tokens", l.path("tokens"),
		"https://vault.example:8200", l.address,
		"vault secret-id ", "vault secret-id --grace 0s ",
	).Replace(l.manual[title][n])
}

// starts configures the service, starts it, and looks whether it is ready.
func (l *logins) starts(vault string) {
	l.t.Helper()
	write(l.t, l.path("config.yaml"), fmt.Sprintf("listen: %s\npublic_url: %s\ndatabase: {dsn: \"sqlite://%s\"}\n%s",
		strings.TrimPrefix(l.url, "http://"), l.url, l.path("db.sqlite"), vault))
	l.sh("systemctl stop sealkeeper; systemctl start sealkeeper")
	if ready, custody := l.ready(); !ready {
		l.t.Fatalf("after the first start: %+v", custody)
	}
}

func (l *logins) kill() {
	l.sh(`kill -9 "$(cat pid)"; while kill -0 "$(cat pid)" 2>/dev/null; do :; done; rm pid`)
}

// outlives kills the service, starts it again, and has commands work beside it.
func (l *logins) outlives() {
	l.t.Helper()
	l.commands()
	l.kill()
	l.sh("systemctl start sealkeeper")
	if ready, custody := l.ready(); !ready {
		l.t.Fatalf("after kill -9: %+v", custody)
	}
	l.commands()
}

func (l *logins) commands() {
	l.t.Helper()
	if told := l.sh(l.block("Commands beside the service", 0)); strings.Contains(told, "PROBLEM") {
		l.t.Error(told)
	}
}

// until asks the service until what it says of custody is so.
func (l *logins) until(what string, so func(ready bool, custody partReadiness) bool) {
	l.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(probes) {
		ready, custody := l.ready()
		if so(ready, custody) {
			return
		}
		if time.Now().After(end) {
			l.t.Fatalf("%s: ready %v, %+v", what, ready, custody)
		}
	}
}

func (l *logins) reusable(title string) {
	l.sh(l.block(title, 0))
	for _, name := range []string{"role-id", "secret-id"} {
		if info, err := os.Stat(l.path("etc/" + name)); err != nil || info.Mode().Perm() != 0o600 {
			l.t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	l.starts(l.block(title, 1))
	l.outlives()
	l.rotated(l.block(title, 2))
	l.outlives()
}

// rotated has a secret id that ends in 13 days, which is announced, and replaces it
// beside the service.
func (l *logins) rotated(rotation string) {
	l.t.Helper()
	ending := l.sh("vault write -field=secret_id auth/approle/role/sealkeeper-main/secret-id ttl=312h")
	write(l.t, l.path("etc/secret-id"), ending)
	l.until("the end is announced", func(ready bool, c partReadiness) bool {
		return ready && strings.Contains(c.Warning, "sealkeeper vault secret-id")
	})
	if told := l.sh(`sealkeeper vault doctor --config "$CONFIG"`); !strings.Contains(told,
		"WARNING  the login does not") {
		l.t.Errorf("the doctor does not say that the secret id ends: %s", told)
	}
	soon := l.metric("sealkeeper_vault_login_ends_timestamp_seconds")
	l.sh(rotation)
	if now, err := os.ReadFile(l.path("etc/secret-id")); err != nil || string(now) == ending {
		l.t.Errorf("the secret id is as before, %v", err)
	}
	l.until("the new one is taken up", func(ready bool, c partReadiness) bool { return ready && c.Warning == "" })
	if later := l.metric("sealkeeper_vault_login_ends_timestamp_seconds"); soon == "0" || later == soon {
		l.t.Errorf("the metric was %s and is %s", soon, later)
	}
	if told, err := l.try("vault write auth/approle/login role_id=@etc/role-id secret_id=" + ending); err == nil {
		l.t.Errorf("the former secret id is good still: %s", told)
	}
}

// metric is the value of one that the service tells.
func (l *logins) metric(name string) string {
	l.t.Helper()
	response, err := http.Get(l.url + "/metrics")
	if err != nil {
		l.t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		l.t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(string(text))
	if found == nil {
		l.t.Fatalf("there is no metric %s", name)
	}
	return found[1]
}

func (l *logins) agent(title string) {
	l.sh(l.block(title, 0))
	l.sh(strings.TrimSpace(l.block(title, 1)) + " >agent.log 2>&1 </dev/null &")
	l.t.Cleanup(func() { l.sh(`kill "$(cat etc/agent.pid)"`) })
	l.sh("for i in $(seq 1000); do [ -s etc/agent-token ] && exit 0; vault status >/dev/null; done; " +
		"cat agent.log; exit 1")
	l.starts(l.block(title, 2))
	l.outlives()
}

func (l *logins) jwt(title string) {
	issuer := vaulttest.NewIssuer(l.t)
	write(l.t, l.path("etc/issuer.pem"), issuer.PEM(l.t))
	write(l.t, l.path("tokens/vault"), issuer.Sign(l.t, "system:serviceaccount:bank:sealkeeper"))
	l.sh(l.block(title, 0))
	l.starts(l.block(title, 1))
	l.outlives()
}

func (l *logins) certificate(title string) {
	certificate, key := l.ca.Issue(l.t, l.path("etc"), "sealkeeper.bank.example")
	write(l.t, l.path("etc/client-ca.pem"), l.ca.PEM())
	for from, to := range map[string]string{certificate: "etc/client.pem", key: "etc/client.key"} {
		if err := os.Rename(from, l.path(to)); err != nil {
			l.t.Fatal(err)
		}
	}
	l.sh(l.block(title, 0))
	l.starts(l.block(title, 1))
	l.outlives()
}

// wrapped needs somebody after each kill, and no restart once there was one.
func (l *logins) wrapped(title string) {
	another := l.block(title, 0)
	l.sh(another)
	l.sh(l.block(title, 1))
	l.starts(l.block(title, 2))
	l.commands() // none of which takes the service's next wrapping
	l.kill()
	l.sh("systemctl start sealkeeper")
	if ready, custody := l.ready(); ready || !strings.HasPrefix(custody.Message,
		"Cannot log in to Vault: the wrapped") {
		l.t.Fatalf("with a wrapping that was opened: %v, %+v", ready, custody)
	}
	l.sh(another)
	l.until("another wrapping", func(ready bool, _ partReadiness) bool { return ready })

	config, err := os.ReadFile(l.path("config.yaml"))
	if err != nil {
		l.t.Fatal(err)
	}
	write(l.t, l.path("config.yaml"),
		regexp.MustCompile(`(?m)^.*command_token_file.*\n`).ReplaceAllString(string(config), ""))
	told, err := l.try(`sealkeeper custody check --config "$CONFIG"`)
	if err == nil || !strings.Contains(told, "vault.command_token_file") {
		l.t.Errorf("a command without a login of its own: %v, %s", err, told)
	}
	if told := l.sh(`sealkeeper vault doctor --config "$CONFIG"`); strings.Contains(told, "PROBLEM") ||
		!strings.Contains(told, "WARNING  the login works") {
		l.t.Errorf("the doctor on a healthy installation: %s", told)
	}
}
