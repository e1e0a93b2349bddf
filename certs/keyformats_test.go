package certs_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/lab/corpus"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/secret"
)

// refused are the samples that must not be accepted, and the code they get.
var refused = map[string]string{
	"cert.trailing-garbage.der":  certs.CodeMalformed,
	"cert.truncated.der":         certs.CodeMalformed,
	"cert.truncated.pem":         certs.CodeMalformed,
	"cert.bad-base64.pem":        certs.CodeMalformed,
	"cert.missing-end.pem":       certs.CodeMalformed,
	"cert.mismatched-labels.pem": certs.CodeMalformed,
	"cert.wrong-dashes.pem":      certs.CodeMalformed,
	"random.der":                 certs.CodeNotACertificate,
	"deep-nest.der":              certs.CodeMalformed,
	"huge-length.der":            certs.CodeMalformed,
	"html-error-page.pem":        certs.CodeNotACertificate,
	"empty.pem":                  certs.CodeEmpty,
	"rsa3072.pub.pem":            certs.CodePublicKey,
	"openssh.key":                certs.CodeUnsupportedFormat,
	// Go has no Brainpool curves, so that such a key could not sign anything.
	"bp256.p8.pem":            certs.CodeUnsupportedKey,
	"bp256.p8.der":            certs.CodeUnsupportedKey,
	"bp256.sec1.pem":          certs.CodeUnsupportedKey,
	"bp256.sec1.noparams.pem": certs.CodeUnsupportedKey,
	"bp256.sec1.der":          certs.CodeUnsupportedKey,
}

// holds is what some samples must give: certificates and keys. The others must
// give at least one of them.
var holds = map[string][2]int{
	"modern-rsa.p12":            {3, 1},
	"two-keys.p12":              {4, 2},
	"certs-only.p12":            {2, 0},
	"key-only.p12":              {0, 1},
	"extra-leaf.p12":            {2, 1},
	"store.jks":                 {3, 1},
	"store-keypass.jks":         {3, 1},
	"store.jceks":               {3, 1},
	"trust.jks":                 {1, 0},
	"chain.p7b":                 {3, 0},
	"signed-ber.p7m":            {3, 0},
	"bundle.duplicates.pem":     {3, 0},
	"bundle.utf8-bom.pem":       {3, 0},
	"bundle.utf16le-bom.pem":    {3, 0},
	"bundle.bag-attributes.pem": {3, 1},
	"modern-bp256.p12":          {3, 0},
	"bundle.cr-only.pem":        {3, 0},
	"chain.p7b.b64":             {3, 0},
	"ec.with-ec-parameters.pem": {0, 1},
	"modern-pss.p12":            {3, 1},
	"nomac.p12":                 {3, 1},
}

func TestEveryKeyFormatOpens(t *testing.T) {
	dir := corpus.Dir(t)
	for _, tool := range []string{"openssl", "keytool", "bash", "python3"} {
		required.Program(t, tool)
	}
	samples := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "bash", filepath.Join(dir, "gen-keyformats.sh"),
		samples).CombinedOutput(); err != nil {
		t.Fatalf("gen-keyformats.sh: %v\n%s", err, out)
	}
	manifest, err := os.ReadFile(filepath.Join(samples, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(manifest), "\n"), "\n")[1:]
	if len(lines) < 120 {
		t.Fatalf("only %d samples were made", len(lines))
	}
	for _, line := range lines {
		fields := strings.Split(line, "\t")
		t.Run(fields[0], func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(samples, fields[0]))
			if err != nil {
				t.Fatal(err)
			}
			checkSample(t, fields[0], data, fields[2])
		})
	}
}

func checkSample(t *testing.T, name string, data []byte, passphrase string) {
	switch {
	case passphrase == "(empty)":
		passphrase = ""
	case strings.HasPrefix(passphrase, "store "): // "store A / key B"
		store, key, _ := strings.Cut(strings.TrimPrefix(passphrase, "store "), " / key ")
		passphrase = store + "\n" + key
	}
	contents, err := certs.Read(certs.File{Name: name, Data: data}, secret.NewTextString(passphrase))
	code, refuse := refused[name]
	if strings.HasSuffix(name, ".csr") {
		code, refuse = certs.CodeRequest, true
	}
	if refuse {
		wantCode(t, err, code)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if want, ok := holds[name]; ok && (len(contents.Certificates) != want[0] || len(contents.Keys) != want[1]) {
		t.Errorf("%d certificates and %d keys, want %d and %d", len(contents.Certificates), len(contents.Keys), want[0],
			want[1])
	}
	if passphrase != "" && name != "store-keypass.jks" {
		_, err := certs.Read(certs.File{Name: name, Data: data}, secret.NewTextString("not it"))
		wantCode(t, err, certs.CodePassphraseWrong)
		_, err = certs.Read(certs.File{Name: name, Data: data}, secret.Text{})
		wantCode(t, err, certs.CodePassphraseNeeded)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *certs.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want one with code %s", err, code)
	}
	if e.Code != code {
		t.Errorf("code %s (%v), want %s", e.Code, e, code)
	}
}
