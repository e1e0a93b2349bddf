package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/command"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/lab/journey"
	"github.com/sealkeeper/sealkeeper/secret"
)

var adminCaller = access.Caller{ID: "test", Name: "test", Roles: []access.Role{access.Admin}}

// startIn starts an environment in a folder, and returns a journey to its service.
func startIn(t *testing.T, dir string) (*dev.Environment, *journey.Journey, func()) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	e, err := dev.Start(ctx, dev.Config{Dir: dir, Listen: "127.0.0.1:0", Logger: discard()})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- e.Serve(ctx, func() {}) }()
	service := client.Config{URL: e.Info.URL, Token: secret.NewTextString(e.Info.Token)}
	j, err := journey.New(service, e.Info.Samples, e.Info.Bank)
	if err != nil {
		t.Fatal(err)
	}
	return e, j, func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		e.Close()
	}
}

func TestDevKeepsItsDataOverARestart(t *testing.T) {
	dir := t.TempDir()
	first, j, stop := startIn(t, dir)
	if _, err := j.Steps()[0].Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	info, err := os.Stat(filepath.Join(dir, "dev.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("dev.json: %v, %v", info.Mode(), err)
	}

	second, again, stop := startIn(t, dir)
	defer stop()
	if second.Info.Token != first.Info.Token || second.Info.Bank.ClientSecret != first.Info.Bank.ClientSecret ||
		second.Info.Samples != first.Info.Samples {
		t.Error("token, client secret or samples changed")
	}
	certificates, err := again.Client.ListCertificates(t.Context(), client.CertificateFilter{})
	if err != nil || len(certificates.Items) != 1 || certificates.Items[0].ID != j.QWAC {
		t.Errorf("got %v, %v", certificates, err)
	}

	config := filepath.Join(dir, "config.yaml")
	var out bytes.Buffer
	streams := cli.Streams{Out: &out, Err: &out}
	added := program().Run(t.Context(), []string{
		"user", "add", "Bob", "--role", "admin", "--config", config,
	}, nil, streams)
	if added != 0 || !strings.HasPrefix(out.String(), second.Info.URL+"/sign-in") {
		t.Errorf("a second person, with the configuration that was written: exit %d, %q", added, out.String())
	}
	if code := program().Run(t.Context(), []string{"custody", "check", "--config", config}, nil, streams); code != 0 {
		t.Errorf("custody cannot be checked with it: %s", out.String())
	}
}

func TestAPIRefusesWithoutToken(t *testing.T) {
	r := startTestDev(t, dev.Vault{})
	for _, path := range []string{"/v1/institutions", "/v1/certificates", "/v1/nothing"} {
		for _, header := range []string{"", "Bearer nonsense", "Basic YTpi"} {
			t.Run(path+" with "+header, func(t *testing.T) {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.Info.URL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Authorization", header)
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
				if response.StatusCode != http.StatusUnauthorized ||
					response.Header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("got %s, %s", response.Status, response.Header.Get("Content-Type"))
				}
			})
		}
	}
	institutions, err := r.journey(t).Client.ListInstitutions(t.Context())
	if err != nil || len(institutions) != 6 {
		t.Errorf("got %v, %v", institutions, err)
	}
}

// Twenty megabytes of zeros: refused by name, audited, nothing kept.
func TestTwentyMegabytesOfZeros(t *testing.T) {
	r := startTestDev(t, dev.Vault{})
	zeros := certs.File{Name: "zeros.bin", Data: make([]byte, 20<<20)}
	_, err := r.journey(t).Client.ImportCertificates(t.Context(), client.Files{Files: []certs.File{zeros}})
	sentence := fault.Sentence(err)
	if !errors.Is(err, fault.TooLarge) || !strings.Contains(sentence, "zeros.bin") {
		t.Errorf("got %v", err)
	}
	entries, err := r.Services.Audit.Latest(t.Context(), adminCaller, 1)
	if err != nil || len(entries) != 1 || entries[0].Action != access.CertImport || entries[0].Code != "too_large" {
		t.Errorf("audit: %+v, %v", entries, err)
	}
}

func TestDemo(t *testing.T) {
	var out, errs bytes.Buffer
	if code := command.Program().Run(t.Context(), []string{"demo"}, nil, cli.Streams{
		Out: &out,
		Err: &errs,
	}); code != 0 {
		t.Errorf("exit %d\n%s%s", code, out.String(), errs.String())
	}
	if got := strings.Count(out.String(), " ok "); got != 13 {
		t.Errorf("%d steps are ok:\n%s", got, out.String())
	}
}

func TestSamplesAreReadableAsPromised(t *testing.T) {
	dir := t.TempDir()
	_, made, err := dev.Mint(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	passphrase := filepath.Join(dir, "passphrase")
	if err := os.WriteFile(passphrase, []byte(made.Passphrase+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code := program().Run(t.Context(), []string{
		"inspect", "--json", "--passphrase-file", passphrase, made.QWACPEM, made.QWACKey, made.QWACP12, made.QSealCP12,
	},
		nil, cli.Streams{Out: &out, Err: &errs})
	var files []struct {
		Error        any
		Certificates []struct{ Kind, SHA256 string }
		PrivateKeys  []struct{ Matches *string } `json:"private_keys"`
	}
	if err := json.Unmarshal(out.Bytes(), &files); err != nil || code != 0 || len(files) != 4 {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out.String(), errs.String())
	}
	if files[3].Certificates[0].Kind != "qsealc" || files[1].PrivateKeys[0].Matches == nil ||
		*files[1].PrivateKeys[0].Matches != files[0].Certificates[0].SHA256 {
		t.Errorf("got %s", out.String())
	}
}
