package keyfile_test

import (
	"bytes"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	keystore "github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/sealkeeper/sealkeeper/internal/keyfile"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/secret"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func bundle(t *testing.T, r qtsp.Request) (keyfile.Bundle, *qtsp.Issued) {
	t.Helper()
	issued := qtsp.Must(t).MustIssue(t, r)
	return keyfile.Bundle{
		KeyPEM:   secret.NewText(issued.KeyPEM()),
		ChainPEM: string(issued.CertificatePEM()),
	}, issued
}

func written(t *testing.T, f keyfile.Format, b keyfile.Bundle, passphrase secret.Text) string {
	t.Helper()
	data, err := keyfile.Write(f, b, passphrase, time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC))
	check(t, err)
	name := filepath.Join(t.TempDir(), "key"+f.Extension())
	check(t, os.WriteFile(name, data, 0o600))
	return name
}

func run(t *testing.T, program string, arguments ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return string(out)
}

// TestFilesAreReadByOthers has OpenSSL and Java read what is written, for both kinds of keys.
func TestFilesAreReadByOthers(t *testing.T) {
	for _, kind := range []qtsp.KeyType{qtsp.RSA2048, qtsp.P256} {
		b, issued := bundle(t, qtsp.Request{KeyType: kind})
		passphrase := keyfile.Passphrase()
		file := filepath.Join(t.TempDir(), "passphrase")
		check(t, os.WriteFile(file, passphrase.Bytes(), 0o600))

		pemFile := written(t, keyfile.PEM, b, secret.Text{})
		want := run(t, "openssl", "pkey", "-in", pemFile, "-pubout")
		if got := run(t, "openssl", "x509", "-in", pemFile, "-pubkey", "-noout"); got != want {
			t.Errorf("PEM has the key of another certificate: %s", got)
		}

		p12 := written(t, keyfile.PKCS12, b, passphrase)
		out := run(t, "openssl", "pkcs12", "-in", p12, "-passin", "file:"+file, "-nodes")
		if n := strings.Count(out, "BEGIN CERTIFICATE"); n != 1+len(issued.Chain) {
			t.Errorf("PKCS#12 has %d certificates", n)
		}
		inside := filepath.Join(t.TempDir(), "inside.pem")
		check(t, os.WriteFile(inside, []byte(out), 0o600))
		if got := run(t, "openssl", "pkey", "-in", inside, "-pubout"); got != want {
			t.Errorf("PKCS#12 has another key: %s", got)
		}
		info := run(t, "openssl", "pkcs12", "-in", p12, "-passin", "file:"+file, "-info", "-noout")
		if !strings.Contains(info, "AES-256-CBC") || !strings.Contains(info, "sha256") {
			t.Errorf("PKCS#12 is protected otherwise: %s", info)
		}

		jks := written(t, keyfile.JKS, b, passphrase)
		data, err := os.ReadFile(jks)
		check(t, err)
		store := keystore.New()
		check(t, store.Load(bytes.NewReader(data), passphrase.Bytes()))
		entry, err := store.GetPrivateKeyEntry(keyfile.Alias, passphrase.Bytes())
		check(t, err)
		if _, err := x509.ParsePKCS8PrivateKey(entry.PrivateKey); err != nil ||
			!bytes.Equal(entry.CertificateChain[0].Content, issued.Certificate.X509.Raw) {
			t.Errorf("the Java key store holds something else: %v", err)
		}
		t.Run("keytool", func(t *testing.T) { readByJava(t, p12, jks, file, issued) })
	}
}

// readByJava asks keytool, beside the library's own reader.
func readByJava(t *testing.T, p12, jks, passphrase string, issued *qtsp.Issued) {
	t.Helper()
	keytool := required.Program(t, "keytool")
	fingerprint := strings.ToUpper(issued.Certificate.SHA256)
	for _, store := range []string{p12, jks} {
		out := run(t, keytool, "-J-Duser.language=en", "-list", "-v", "-keystore", store, "-storepass:file", passphrase)
		if !strings.Contains(out, "PrivateKeyEntry") ||
			!strings.Contains(strings.ReplaceAll(out, ":", ""), fingerprint) {
			t.Errorf("keytool reads %s as %s", store, out)
		}
		// The key's own passphrase is tried by copying the entry.
		copied := filepath.Join(t.TempDir(), "copy.p12")
		run(t, keytool, "-importkeystore", "-noprompt", "-srckeystore", store, "-srcstorepass:file", passphrase,
			"-destkeystore", copied, "-deststoretype", "PKCS12", "-deststorepass:file", passphrase)
	}
}

func TestPassphrasesAreMadeAnew(t *testing.T) {
	one, other := keyfile.Passphrase().Reveal(), keyfile.Passphrase().Reveal()
	if one == other || len(one) < 26 {
		t.Errorf("%d characters, and again the same: %v", len(one), one == other)
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	b, _ := bundle(t, qtsp.Request{})
	for what, try := range map[string]func() error{
		"format": func() error { _, err := keyfile.Write("zip", b, secret.Text{}, time.Time{}); return err },
		"key": func() error {
			_, err := keyfile.Write(keyfile.PEM, keyfile.Bundle{ChainPEM: b.ChainPEM}, secret.Text{}, time.Time{})
			return err
		},
		"chain": func() error {
			_, err := keyfile.Write(keyfile.PEM, keyfile.Bundle{KeyPEM: b.KeyPEM}, secret.Text{}, time.Time{})
			return err
		},
	} {
		if try() == nil {
			t.Errorf("a file was written without a %s", what)
		}
	}
	wrong := written(t, keyfile.PKCS12, b, keyfile.Passphrase())
	data, err := os.ReadFile(wrong)
	check(t, err)
	if _, _, err := pkcs12.Decode(data, "another"); err == nil {
		t.Error("read with another passphrase")
	}
}
