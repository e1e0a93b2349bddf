package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/lab/journey"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

const (
	live     = "soc-gen-personal"
	redirect = "https://app.exemple-paiement.example/callback"
	ada      = "Ada"   // asks
	grace    = "Grace" // approves
)

// walk is what two people do.
type walk struct {
	*composition
	client *client.Client
	bank   dev.Bank
	before state

	qwac, qsealc, registration string // ids
}

// state is what must not be lost.
type state struct {
	certificates, registrations int
	ready                       bool
	version                     int
}

func (w *walk) steps() []journey.Step {
	steps := []journey.Step{
		{Name: "make the passwords", Do: w.prepare},
		{Name: "start the simulated bank", Do: w.startBank},
		{Name: "up", Do: w.up},
		{Name: "two people", Do: w.people},
		{Name: "certificates, organization, registration on live", Do: w.register},
		{Name: "the bank's checklist", Do: w.checklist},
		{Name: "bundle, connection test, request for activation", Do: w.requestActivation},
		{Name: "the second person approves", Do: w.approve},
		{Name: "what there is", Do: w.remember},
	}
	for _, service := range []string{"sealkeeper", "postgres"} {
		steps = append(steps, journey.Step{
			Name: "kill " + service + ", which comes back by itself",
			Do:   func(ctx context.Context) (string, error) { return w.crash(ctx, service, false) },
		})
	}
	return append(steps, journey.Step{
		Name: "kill vault, and up",
		Do:   func(ctx context.Context) (string, error) { return w.crash(ctx, "vault", true) },
	}, journey.Step{
		Name: "down and up",
		Do:   w.downAndUp,
	})
}

// digest is what an image of a registry has, and one that was made here has not.
var digest = regexp.MustCompile(`@sha256:[0-9a-f]{64}`)

// prepare copies what is started, so that the developer's own passwords and volumes are left alone.
func (w *walk) prepare(ctx context.Context) (string, error) {
	for from, to := range map[string]string{
		"docker-compose.yml":     "docker-compose.yml",
		"lab/compose/bank.yaml":  "bank.yaml",
		"deploy/vault.hcl":       "deploy/vault.hcl",
		"deploy/config.yaml":     "deploy/config.yaml",
		"deploy/vault-unseal":    "deploy/vault-unseal",
		"deploy/compose-secrets": "deploy/compose-secrets",
		"bin/sealkeeper-lab":     "bank/sealkeeper-lab",
	} {
		data, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if strings.HasSuffix(to, ".yml") {
			data = digest.ReplaceAll(data, nil)
		}
		to = filepath.Join(w.dir, to)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // G301: mounted into containers
			return "", err
		}
		if err := os.WriteFile(to, data, 0o755); err != nil { //nolint:gosec // G306: as above; a program
			return "", err
		}
	}
	told, err := w.command(ctx, "deploy/compose-secrets")
	return strings.TrimSpace(told), err
}

// startBank starts the bank first, because the service's configuration has its addresses and its issuer.
func (w *walk) startBank(ctx context.Context) (string, error) {
	w.bank = dev.Bank{ClientID: dev.RandomHex(), ClientSecret: dev.RandomHex(), RedirectURI: redirect}
	folder := filepath.Join(w.dir, "bank")
	clients := fmt.Sprintf("- id: %s\n  secret: %s\n  organization_identifier: %s\n  environment: live\n"+
		"  redirect_uris: [%s]\n", w.bank.ClientID, w.bank.ClientSecret, dev.Organization, redirect)
	if err := cli.WriteFile(filepath.Join(folder, "clients.yaml"), []byte(clients)); err != nil {
		return "", err
	}
	if _, err := w.run(ctx, "up", "-d", "bank"); err != nil {
		return "", err
	}
	var endpoints []byte
	err := wait(ctx, func() (err error) {
		endpoints, err = os.ReadFile(filepath.Join(folder, "endpoints.yaml"))
		if err == nil && len(endpoints) == 0 {
			err = errors.New("the bank has written no endpoints")
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return live + " is at bank:9443", appendTo(filepath.Join(w.dir, "deploy/config.yaml"), endpoints)
}

func appendTo(path string, more []byte) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(append(data, '\n'), more...), 0o644) //nolint:gosec // G306: no secret
}

func (w *walk) up(ctx context.Context) (string, error) {
	if _, err := w.run(ctx, "up", "-d"); err != nil {
		return "", err
	}
	return w.ready(ctx)
}

func (w *walk) people(ctx context.Context) (string, error) {
	for _, name := range []string{ada, grace} {
		if _, err := w.sealkeeper(ctx, "user", "add", name, "--role", "admin"); err != nil {
			return "", err
		}
	}
	token, err := w.sealkeeper(ctx, "token", "add", ada)
	if err != nil {
		return "", err
	}
	w.client, err = client.New(client.Config{URL: w.url, Token: secret.NewTextString(strings.TrimSpace(token))})
	return ada + " by a token, " + grace + " in the console", err
}

func (w *walk) remember(ctx context.Context) (string, error) {
	var err error
	w.before, err = w.state(ctx)
	return fmt.Sprintf("%d certificates, %d registration, version %d in use, ready", w.before.certificates,
		w.before.registrations, w.before.version), err
}

func (w *walk) state(ctx context.Context) (s state, err error) {
	certificates, err := w.client.ListCertificates(ctx, client.CertificateFilter{})
	if err != nil {
		return s, err
	}
	registrations, err := w.client.ListRegistrations(ctx, client.RegistrationFilter{})
	if err != nil {
		return s, err
	}
	one, err := w.client.GetRegistration(ctx, w.registration)
	if err != nil {
		return s, err
	}
	s = state{certificates: len(certificates.Items), registrations: len(registrations.Items), ready: one.Ready}
	for _, b := range one.Bundles {
		if b.State == api.BundleActive {
			s.version = b.Version
		}
	}
	return s, nil
}

// whole says whether everything is as before: the records, the keys by a handshake with the bank, the audit log.
func (w *walk) whole(ctx context.Context) (string, error) {
	now, err := w.state(ctx)
	if err != nil {
		return "", err
	}
	if now != w.before {
		return "", fmt.Errorf("%+v before, %+v now", w.before, now)
	}
	if _, err := w.test(ctx); err != nil {
		return "", err
	}
	verified, err := w.sealkeeper(ctx, "audit", "verify")
	return "nothing lost; the bank was reached; " + strings.TrimSpace(verified), err
}

func (w *walk) crash(ctx context.Context, service string, again bool) (string, error) {
	killed, err := w.kill(ctx, service)
	if err != nil {
		return "", err
	}
	if err := w.restarted(ctx, service, killed); err != nil {
		return "", err
	}
	if again {
		if _, err := w.run(ctx, "up", "-d"); err != nil {
			return "", err
		}
	}
	return w.readyAndWhole(ctx)
}

func (w *walk) downAndUp(ctx context.Context) (string, error) {
	if _, err := w.run(ctx, "down"); err != nil {
		return "", err
	}
	if _, err := w.run(ctx, "up", "-d"); err != nil {
		return "", err
	}
	return w.readyAndWhole(ctx)
}

func (w *walk) readyAndWhole(ctx context.Context) (string, error) {
	waited, err := w.ready(ctx)
	if err != nil {
		return "", err
	}
	told, err := w.whole(ctx)
	return waited + "; " + told, err
}

// visit signs a person in by a link, and returns a browser with the session.
func (w *walk) visit(ctx context.Context, name string) (*http.Client, error) {
	printed, err := w.sealkeeper(ctx, "user", "link", name)
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(strings.Fields(printed)[0])
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	browser := &http.Client{Jar: jar, Timeout: time.Minute}
	return browser, w.post(ctx, browser, "/sign-in", url.Values{"link": {address.Query().Get("token")}})
}

func (w *walk) post(ctx context.Context, browser *http.Client, path string, values url.Values) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+path, strings.NewReader(values.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", w.url)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	response, err := browser.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("POST %s: %s", path, response.Status)
	}
	return nil
}
