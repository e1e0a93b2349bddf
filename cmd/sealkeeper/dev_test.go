package main

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

var adminCaller = access.Caller{ID: "test", Name: "test", Roles: []access.Role{access.Admin}}

func TestDevKeepsItsDataOverARestart(t *testing.T) {
	dir := t.TempDir()
	start := func() (*dev, func()) {
		ctx, stop := context.WithCancel(context.Background())
		env := &environment{ctx: ctx, streams: streams{out: &bytes.Buffer{}, err: &bytes.Buffer{}}, logger: discard()}
		d, err := startDev(env, dir, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- d.serve(ctx, func() {}) }()
		return d, func() {
			stop()
			if err := <-served; err != nil {
				t.Error(err)
			}
			d.close()
		}
	}
	first, stop := start()
	j := &journey{
		client:  http.DefaultClient,
		url:     first.info.URL,
		token:   first.info.Token,
		samples: first.info.Samples,
		bank:    first.info.Bank,
	}
	if _, err := j.uploadQWAC(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	info, err := os.Stat(devInfoPath(dir))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("dev.json: %v, %v", info.Mode(), err)
	}

	second, stop := start()
	defer stop()
	if second.info.Token != first.info.Token || second.info.Bank.ClientSecret != first.info.Bank.ClientSecret ||
		second.info.Samples != first.info.Samples {
		t.Error("token, client secret or samples changed")
	}
	j.url = second.info.URL
	var certificates []struct{ ID string }
	if err := j.call(t.Context(), http.MethodGet, "/v1/certificates", nil, &certificates); err != nil ||
		len(certificates) != 1 || certificates[0].ID != j.qwac {
		t.Errorf("got %v, %v", certificates, err)
	}

	var out bytes.Buffer
	env := &environment{ctx: t.Context(), streams: streams{out: &out, err: &out}, logger: discard()}
	at := configured{Config: filepath.Join(dir, "config.yaml")}
	if err := (userAddCmd{configured: at, Name: "Bob", Role: []string{"admin"}}).Run(env); err != nil ||
		!strings.HasPrefix(out.String(), second.info.URL+"/sign-in") {
		t.Errorf("a second person, with the configuration that was written: %q, %v", out.String(), err)
	}
	if err := (custodyCheckCmd{configured: at}).Run(env); err != nil {
		t.Errorf("custody cannot be checked with it: %v", err)
	}
}

func TestAPIRefusesWithoutToken(t *testing.T) {
	r := startTestDev(t)
	for _, path := range []string{"/v1/institutions", "/v1/certificates", "/v1/nothing"} {
		for _, header := range []string{"", "Bearer nonsense", "Basic YTpi"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.info.URL+path, nil)
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
				t.Errorf("%s with %q: %s, %s", path, header, response.Status, response.Header.Get("Content-Type"))
			}
		}
	}
	var institutions []struct{ ID string }
	if err := r.journey().call(t.Context(), http.MethodGet, "/v1/institutions", nil, &institutions); err != nil ||
		len(institutions) != 6 {
		t.Errorf("got %v, %v", institutions, err)
	}
}

// Twenty megabytes of zeros: refused by name, audited, nothing kept.
func TestTwentyMegabytesOfZeros(t *testing.T) {
	r := startTestDev(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("files", "zeros.bin")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(make([]byte, 20<<20))
	_ = form.Close()
	err = r.journey().send(t.Context(), http.MethodPost, "/v1/certificates", form.FormDataContentType(), &body, nil)
	if p, ok := err.(problemError); !ok || p.Status != http.StatusRequestEntityTooLarge || !strings.Contains(p.Detail,
		"zeros.bin") { //nolint:errorlint // send returns it as it is
		t.Errorf("got %v", err)
	}
	entries, err := r.app.audit.Latest(t.Context(), adminCaller, 1)
	if err != nil || len(entries) != 1 || entries[0].Action != access.CertImport || entries[0].Detail != "too_large" {
		t.Errorf("audit: %+v, %v", entries, err)
	}
}

func TestDemo(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"demo"}, nil, streams{out: &out, err: &errs}); code != 0 {
		t.Errorf("exit %d\n%s%s", code, out.String(), errs.String())
	}
	if got := strings.Count(out.String(), " ok "); got != 13 {
		t.Errorf("%d steps are ok:\n%s", got, out.String())
	}
}

func TestSamplesAreReadableAsPromised(t *testing.T) {
	dir := t.TempDir()
	_, made, err := devSamples(dir)
	if err != nil {
		t.Fatal(err)
	}
	passphrase := filepath.Join(dir, "passphrase")
	if err := os.WriteFile(passphrase, []byte(made.Passphrase+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{
		"inspect", "--json", "--passphrase-file", passphrase, made.QWACPEM, made.QWACKey, made.QWACP12, made.QSealCP12,
	},
		nil, streams{out: &out, err: &errs})
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
