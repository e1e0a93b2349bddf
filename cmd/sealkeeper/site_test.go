package main

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/lab/journey"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// site is an installation as in production: a configuration file, a real Vault
// under the least privilege, and the service in a process of its own. Only the
// bank is simulated.
type site struct {
	t       *testing.T
	dir     string
	url     string
	environ []string // of what sh runs, beside the usual
	server  *vaulttest.Vault
	qtsp    *qtsp.QTSP
	samples dev.Samples
	bank    dev.Bank
}

// newSite sets up everything but starts no service. vaultAddress may be that of
// something between the service and Vault; "" is Vault itself.
func newSite(t *testing.T, server *vaulttest.Vault, vaultAddress string) *site {
	t.Helper()
	s := emptySite(t, server)
	var err error
	if s.qtsp, s.samples, err = dev.Mint(s.dir, ""); err != nil {
		t.Fatal(err)
	}
	profile := s.startBank()
	s.sh("VAULT_TOKEN=" + server.RootToken + " sealkeeper vault bootstrap --address " + server.Address +
		" --role-id-file role-id --secret-id-file secret-id")
	made := server.Root(t, http.MethodPost, "auth/approle/role/sealkeeper-main/secret-id", nil)
	data := made["data"].(map[string]any)                     //nolint:forcetypeassert // else the test ends
	write(t, s.path("secret-id"), data["secret_id"].(string)) //nolint:forcetypeassert // else the test ends
	if vaultAddress == "" {
		vaultAddress = server.Address
	}
	config, err := yaml.Marshal(map[string]any{
		"listen":     strings.TrimPrefix(s.url, "http://"),
		"public_url": s.url,
		"database":   map[string]any{"dsn": "sqlite://" + s.path("db.sqlite")},
		"custody":    map[string]any{"mode": "vault"},
		"vault": map[string]any{
			"address":        vaultAddress,
			"role_id_file":   s.path("role-id"),
			"secret_id_file": s.path("secret-id"),
			"timeout":        "5s",
		},
		"institutions": map[string]any{journey.Institution: profile},
	})
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.path("config.yaml"), string(config))
	t.Cleanup(func() { s.sh("systemctl stop sealkeeper") })
	return s
}

// emptySite has the programs, and no configuration.
func emptySite(t *testing.T, server *vaulttest.Vault) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), url: "http://" + freePort(t), server: server}
	program := filepath.Join(programs(t), "sealkeeper")
	if err := errors.Join(os.Mkdir(s.path("bin"), 0o700), os.Symlink(program, s.path("bin/sealkeeper")),
		os.WriteFile(s.path("bin/systemctl"), []byte(systemctl), 0o700)); err != nil {
		t.Fatal(err)
	}
	return s
}

// systemctl starts and stops the service as the service manager of that name would.
const systemctl = `#!/bin/sh
case "$1" in
start) SEALKEEPER_DRAIN_DELAY=0s sealkeeper serve --config "$CONFIG" >>serve.log 2>&1 </dev/null & echo $! >pid
       for i in $(seq 1200); do
           sealkeeper healthcheck "$URL/healthz" 2>/dev/null && exit 0
           kill -0 $(cat pid) || exit 1
           sleep 0.05
       done
       exit 1 ;;
stop)  [ -f pid ] || exit 0; kill "$(cat pid)"; while kill -0 "$(cat pid)" 2>/dev/null; do sleep 0.05; done; rm pid ;;
esac
`

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// startBank starts the simulated bank and returns what the catalogue must know of it.
func (s *site) startBank() map[string]any {
	s.t.Helper()
	certificate, err := s.qtsp.ServerCertificate("127.0.0.1")
	if err != nil {
		s.t.Fatal(err)
	}
	s.bank = dev.Bank{ClientID: dev.RandomHex(), ClientSecret: dev.RandomHex(), RedirectURI: s.url + "/callback"}
	sim, err := bank.New(bank.Config{
		ServerCertificate: certificate,
		QTSPRoots:         s.qtsp.Pool(),
		Log:               discard(),
		Clients: []portal.Client{{
			ID:                     s.bank.ClientID,
			Secret:                 secret.NewTextString(s.bank.ClientSecret),
			OrganizationIdentifier: dev.Organization,
			RedirectURIs:           []string{s.bank.RedirectURI},
		}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	server, err := sim.Start("127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(server.Close)
	endpoints, _ := server.Endpoints("pri")
	return map[string]any{
		"authorize_url": endpoints.AuthorizeURL,
		"token_url":     endpoints.TokenURL,
		"ais_base_url":  endpoints.AISBaseURL,
		"pis_base_url":  endpoints.PISBaseURL,
		"connection":    map[string]any{"trust_anchors": []any{dev.RootPEM(s.qtsp)}},
	}
}

// sh runs commands in the site's folder, and fails the test when one of them fails.
func (s *site) sh(script string) string {
	s.t.Helper()
	out, err := s.try(script)
	if err != nil {
		log, _ := os.ReadFile(s.path("serve.log"))
		s.t.Fatalf("%s\n%v\n%s\nserve.log: %s", script, err, out, tail(log))
	}
	return out
}

func (s *site) try(script string) (string, error) {
	cmd := exec.Command("sh", "-e", "-c", script)
	cmd.Dir, cmd.WaitDelay = s.dir, time.Second
	cmd.Env = append([]string{
		"PATH=" + s.path("bin") + ":" + os.Getenv("PATH"),
		"HOME=" + s.dir,
		"CONFIG=" + s.path("config.yaml"),
		"DB=" + s.path("db.sqlite"),
		"URL=" + s.url,
		"BACKUPS=" + s.path("backups"),
	}, s.environ...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func tail(text []byte) []byte { return text[max(0, len(text)-4000):] }

// start starts the service with a first user.
func (s *site) start() *journey.Journey {
	s.t.Helper()
	s.sh(`sealkeeper migrate --config "$CONFIG"
		sealkeeper user add Ada --role admin --config "$CONFIG"
		sealkeeper token add Ada --config "$CONFIG" > token
		systemctl start sealkeeper`)
	return s.journey()
}

func (s *site) journey() *journey.Journey {
	s.t.Helper()
	token, err := os.ReadFile(s.path("token"))
	if err != nil {
		s.t.Fatal(err)
	}
	j, err := journey.New(client.Config{URL: s.url, Token: secret.NewText(bytes.TrimSpace(token))}, s.samples, s.bank)
	if err != nil {
		s.t.Fatal(err)
	}
	return j
}

// pid is the service's process.
func (s *site) pid() int {
	s.t.Helper()
	text, err := os.ReadFile(s.path("pid"))
	if err != nil {
		s.t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil {
		s.t.Fatal(err)
	}
	return pid
}
