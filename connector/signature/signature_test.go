package signature_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

const emptyDigest = "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

func request(t testing.TB, method, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://bank.example/v1/accounts?page=2",
		strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Client-Id", tpp.ClientID)
	return req
}

// TestSignatureVerifiesWithOpenSSL: the text to sign is built here by hand and
// the signature checked by a program that shares no code with ours.
func TestSignatureVerifiesWithOpenSSL(t *testing.T) {
	openssl := required.Program(t, "openssl")
	full := connector.SocieteGenerale().Signature
	full.AISHeaders = []string{"(request-target)", "host", "x-request-id", "digest"}
	full.Separator = ", "
	ecdsa := connector.SocieteGenerale().Signature
	ecdsa.Algorithm = signature.AlgorithmECDSA

	tests := []struct {
		name     string
		settings signature.Settings
		key      qtsp.KeyType
		product  signature.Product
		body     string
		lines    []string // {id} is the X-Request-ID
	}{
		{"Societe Generale AIS", connector.SocieteGenerale().Signature, qtsp.RSA2048, signature.AIS, "",
			[]string{"client-id: " + tpp.ClientID, "digest: " + emptyDigest, "x-request-id: {id}"}},
		{"Societe Generale PIS", connector.SocieteGenerale().Signature, qtsp.RSA3072, signature.PIS, "hello world",
			[]string{"digest: SHA-256=uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=", "x-request-id: {id}"}},
		{"full STET set", full, qtsp.RSA2048, signature.AIS, "",
			[]string{
				"(request-target): get /v1/accounts?page=2",
				"host: bank.example",
				"x-request-id: {id}",
				"digest: " + emptyDigest,
			}},
		{"ECDSA where the profile asks for it", ecdsa, qtsp.P256, signature.AIS, "",
			[]string{"client-id: " + tpp.ClientID, "digest: " + emptyDigest, "x-request-id: {id}"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			seal := qtsp.Must(t).MustIssue(t, qtsp.Request{Kind: certs.QSealC, KeyType: test.key})
			req := request(t, http.MethodGet, test.body)
			signer := signature.NewSigner(test.settings, seal.Source(), "https://tpp.example/seals/", tpp.ClientID)
			if err := signer.Sign(t.Context(), req, []byte(test.body), test.product); err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(strings.Join(test.lines, "\n"), "{id}", req.Header.Get("X-Request-Id"))
			value := regexp.MustCompile(`signature="([^"]+)"`).FindStringSubmatch(req.Header.Get("Signature"))
			made, err := base64.StdEncoding.DecodeString(value[1])
			if err != nil {
				t.Fatal(err)
			}
			if out, err := verifyWithOpenSSL(t, openssl, seal, made, text); err != nil {
				t.Errorf("openssl refuses the signature of\n%s\n%s", text, out)
			}
			if _, err := verifyWithOpenSSL(t, openssl, seal, made, text+"\n"); err == nil {
				t.Error("openssl accepts the signature of another text")
			}
		})
	}
}

func verifyWithOpenSSL(t *testing.T, openssl string, seal *qtsp.Issued, made []byte, text string) ([]byte, error) {
	t.Helper()
	spki, err := x509.MarshalPKIXPublicKey(seal.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string][]byte{
		"key.pem": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}),
		"sig":     made,
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), openssl, "dgst", "-sha256",
		"-verify", filepath.Join(dir, "key.pem"), "-signature", filepath.Join(dir, "sig"))
	cmd.Stdin = bytes.NewReader([]byte(text))
	return cmd.CombinedOutput()
}

// signed is a GET without a body, signed with seal as the settings say.
func signed(t *testing.T, settings signature.Settings, source certs.Source) (http.Header, error) {
	t.Helper()
	req := request(t, http.MethodGet, "")
	signer := signature.NewSigner(settings, source, "https://tpp.example/seals/", tpp.ClientID)
	err := signer.Sign(t.Context(), req, nil, signature.AIS)
	return req.Header, err
}

func TestSignatureHeader(t *testing.T) {
	seal := tpp.Issue(t, qtsp.Request{Kind: certs.QSealC})
	got, err := signed(t, connector.SocieteGenerale().Signature, seal.Source())
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^keyId="https://tpp\.example/seals/qsealc_` + seal.Certificate.SHA256 +
		`",algorithm="rsa-sha256",headers="client-id digest x-request-id",signature="[A-Za-z0-9+/]+=*"$`)
	if !want.MatchString(got.Get("Signature")) {
		t.Errorf("got %s", got.Get("Signature"))
	}
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if id := got.Get("X-Request-Id"); !uuid.MatchString(id) {
		t.Errorf("X-Request-ID %q is no UUID version 4", id)
	}
}

func TestSignatureHeaderOfAnotherBank(t *testing.T) {
	settings := connector.SocieteGenerale().Signature
	settings.DigestEmptyBody = false
	settings.AISHeaders = []string{"x-request-id", "date"}
	settings.KeyID = "{client_id}"
	got, err := signed(t, settings, tpp.Issue(t, qtsp.Request{Kind: certs.QSealC}).Source())
	if err != nil {
		t.Fatal(err)
	}
	if got.Get("Digest") != "" || got.Get("Date") == "" {
		t.Errorf("digest %q, date %q", got.Get("Digest"), got.Get("Date"))
	}
	if !strings.HasPrefix(got.Get("Signature"), `keyId="`+tpp.ClientID+`",`) {
		t.Errorf("got %s", got.Get("Signature"))
	}
}

func TestSignatureRefusals(t *testing.T) {
	rsaSeal := tpp.Issue(t, qtsp.Request{Kind: certs.QSealC})
	ecdsaSeal := qtsp.Must(t).MustIssue(t, qtsp.Request{Kind: certs.QSealC, KeyType: qtsp.P256})
	societeGenerale := connector.SocieteGenerale().Signature
	wantsECDSA, missing := societeGenerale, societeGenerale
	wantsECDSA.Algorithm = signature.AlgorithmECDSA
	missing.AISHeaders = []string{"psu-ip-address"}

	tests := []struct {
		name     string
		settings signature.Settings
		source   certs.Source
		want     string
	}{
		{"ECDSA key for an RSA bank", societeGenerale, ecdsaSeal.Source(), "signing_key_unsuitable"},
		{"RSA key for an ECDSA bank", wantsECDSA, rsaSeal.Source(), "signing_key_unsuitable"},
		{"header that is not there", missing, rsaSeal.Source(), "signed_header_missing"},
		{"no certificate", societeGenerale, tpp.Nothing{}, "no_certificate"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			header, err := signed(t, test.settings, test.source)
			if got := tpp.FaultCode(err); got != test.want {
				t.Errorf("code %q, want %q (%v)", got, test.want, err)
			}
			if header.Get("Signature") != "" {
				t.Error("there is a signature all the same")
			}
		})
	}
}

// BenchmarkSign is dominated by the RSA operation.
func BenchmarkSign(b *testing.B) {
	seal := tpp.Issue(b, qtsp.Request{Kind: certs.QSealC})
	settings := connector.SocieteGenerale().Signature
	signer := signature.NewSigner(settings, seal.Source(), "https://tpp.example", tpp.ClientID)
	req := request(b, http.MethodGet, "")
	b.ReportAllocs()
	for b.Loop() {
		if err := signer.Sign(b.Context(), req, nil, signature.AIS); err != nil {
			b.Fatal(err)
		}
	}
}
