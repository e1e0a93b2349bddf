package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/lab/journey"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// witness is everything that came out of a run: logs, HTTP answers.
type witness struct {
	mu  sync.Mutex
	log bytes.Buffer
}

func (w *witness) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

// RoundTrip notes every answer, headers and body.
func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	_ = response.Header.Write(w)
	_, _ = w.Write(body)
	return response, err
}

// running is a dev environment that answers.
type running struct {
	*dev.Environment
	dir     string
	witness *witness
}

func startTestDev(t *testing.T, vault dev.Vault) *running {
	t.Helper()
	r := &running{dir: t.TempDir(), witness: &witness{}}
	ctx, stop := context.WithCancel(context.Background())
	var err error
	r.Environment, err = dev.Start(ctx, dev.Config{
		Dir:    r.dir,
		Listen: "127.0.0.1:0",
		Logger: slog.New(slog.NewJSONHandler(r.witness, nil)),
		Vault:  vault,
	})
	if err != nil {
		stop()
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- r.Serve(ctx, func() {}) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		r.Close()
	})
	return r
}

func (r *running) journey(t *testing.T) *journey.Journey {
	t.Helper()
	j, err := journey.New(client.Config{
		URL:        r.Info.URL,
		Token:      secret.NewTextString(r.Info.Token),
		HTTPClient: &http.Client{Transport: r.witness},
	}, r.Info.Samples, r.Info.Bank)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestMainJobOnEmbeddedCustody(t *testing.T) {
	r := startTestDev(t, dev.Vault{})
	mainJob(t, r)
	if r.Info.Custody != "embedded" {
		t.Errorf("custody is %q", r.Info.Custody)
	}
}

func TestMainJobOnRealVault(t *testing.T) {
	server := vaulttest.Server(t)
	r := startTestDev(t, dev.Vault{
		Address: server.Address,
		Token:   secret.NewTextString(server.RootToken),
	})
	mainJob(t, r)
	if r.Info.Custody != "vault" {
		t.Errorf("custody is %q", r.Info.Custody)
	}
	data, _ := server.Root(t, http.MethodGet, "sealkeeper-transit/keys?list=true", nil)["data"].(map[string]any)
	keys, ok := data["keys"].([]any)
	if !ok || len(keys) < 2 {
		t.Errorf("the keys are not in Transit: %v", keys)
	}
}

// mainJob does the whole main job over HTTP, looks at every page, and then
// searches all that came out for what must never come out.
func mainJob(t *testing.T, r *running) {
	var told bytes.Buffer
	j := r.journey(t)
	request := func(ctx context.Context) (string, error) { return r.requestCertificate(ctx, j) }
	refuse := func(ctx context.Context) (string, error) { return refusals(ctx, j) }
	steps := append(j.Steps(),
		journey.Step{Name: "request a certificate whose key stays in custody", Do: request},
		journey.Step{Name: "refuse bad input", Do: refuse},
		journey.Step{Name: "verify the audit log", Do: r.VerifyAudit})
	if err := journey.Walk(t.Context(), &told, steps); err != nil {
		t.Fatal(told.String())
	}
	t.Log("\n" + told.String())
	r.browse(t, j)
	r.searchForSecrets(t)
}

// refusals sends what must be refused, so that the errors are searched too.
func refusals(ctx context.Context, j *journey.Journey) (string, error) {
	for _, test := range []struct {
		code, passphrase string
		paths            []string
	}{
		{"passphrase_wrong", j.Samples.Passphrase + "?", []string{j.Samples.QWACP12}},
		{"key_mismatch", "", []string{j.Samples.QWACPEM, j.Samples.QSealCKey}},
		{"certificate_exists", j.Samples.Passphrase, []string{j.Samples.QWACP12}},
	} {
		_, _, err := j.Upload(ctx, test.passphrase, test.paths...)
		if err == nil || fault.Code(err) != test.code {
			return "", &unexpected{want: test.code, got: err}
		}
	}
	return "refused", nil
}

type unexpected struct {
	want string
	got  error
}

func (u *unexpected) Error() string { return "wanted " + u.want + ", got " + toString(u.got) }

func toString(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

// browse signs in with a one-time link and looks at every page.
func (r *running) browse(t *testing.T, j *journey.Journey) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Transport: r.witness, Jar: jar}
	link, err := r.Services.Identity.NewSignInLink(t.Context(), dev.User)
	if err != nil {
		t.Fatal(err)
	}
	post(t, browser, r.Info.URL+"/sign-in", url.Values{"link": {link.Reveal()}})
	for _, path := range []string{
		"/",
		"/certificates",
		"/certificates/" + j.QWAC,
		"/certificates/" + j.QSealC,
		"/institutions",
		"/institutions/" + journey.Institution,
		"/registrations",
		"/registrations/" + j.Registration,
		"/audit",
	} {
		page := get(t, browser, r.Info.URL+path)
		if strings.Contains(page, `name="api_token"`) {
			t.Errorf("%s: not signed in", path)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		get(t, browser, r.Info.URL+path)
	}
}

func get(t *testing.T, browser *http.Client, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, browser, request)
}

func post(t *testing.T, browser *http.Client, address string, form url.Values) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	do(t, browser, request)
}

func do(t *testing.T, browser *http.Client, request *http.Request) string {
	t.Helper()
	request.Header.Set("Accept", "text/html")
	response, err := browser.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s %s: %s, %v", request.Method, request.URL.Path, response.Status, err)
	}
	return string(body)
}

// searchForSecrets looks for keys, passphrase and client secret, in every form
// they could take, in the database's files, the logs, the audit log and every HTTP answer.
func (r *running) searchForSecrets(t *testing.T) {
	t.Helper()
	entries, err := r.Services.Audit.Latest(t.Context(), adminCaller, 10000)
	if err != nil {
		t.Fatal(err)
	}
	auditText, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	places := map[string][]byte{"the audit log": auditText, "logs and HTTP answers": r.witness.log.Bytes()}
	files, err := filepath.Glob(filepath.Join(r.dir, "sealkeeper.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no database files: %v", err)
	}
	var database []byte
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		database = append(database, content...)
	}
	places["the database"] = database
	if !bytes.Contains(places["logs and HTTP answers"], []byte("PSDFR-ACPR-12345")) || !bytes.Contains(database,
		[]byte("cert.import")) {
		t.Fatal("the search looks in the wrong places")
	}
	for place, content := range places {
		for what, form := range r.secretForms(t) {
			if bytes.Contains(content, form) {
				t.Errorf("%s is in %s", what, place)
			}
		}
	}
}

func (r *running) secretForms(t *testing.T) map[string][]byte {
	t.Helper()
	forms := map[string][]byte{
		"the passphrase":    []byte(r.Info.Samples.Passphrase),
		"the client secret": []byte(r.Info.Bank.ClientSecret),
		"the master key":    masterKeyText(t, r.dir),
	}
	for name, path := range map[string]string{
		"the QWAC's key":   r.Info.Samples.QWACKey,
		"the QSealC's key": r.Info.Samples.QSealCKey,
	} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(text)
		if block == nil {
			t.Fatalf("%s holds no PEM", path)
		}
		// The private part of an RSA key is in the middle of its encoding; the
		// beginning holds only what is public.
		private := block.Bytes[len(block.Bytes)/2 : len(block.Bytes)/2+48]
		forms[name] = private
		forms[name+" in hex"] = []byte(hex.EncodeToString(private))
		for shift := range 3 {
			forms[name+" in base64"+
				strings.Repeat("'", shift)] = []byte(base64.StdEncoding.EncodeToString(private[shift : shift+45]))
		}
		forms[name+" as PEM"] = bytes.Split(text, []byte("\n"))[12]
	}
	return forms
}

func masterKeyText(t *testing.T, dir string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if os.IsNotExist(err) { // custody is Vault
		return []byte("there is no master key in this run")
	}
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(text)
}
