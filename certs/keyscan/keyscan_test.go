package keyscan_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs/keyscan"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// wrapped is how mail programs write an attachment.
func wrapped(data []byte) string {
	text := base64.StdEncoding.EncodeToString(data)
	var lines []string
	for len(text) > 76 {
		lines, text = append(lines, text[:76]), text[76:]
	}
	return strings.Join(append(lines, text), "\r\n")
}

func TestKeysAreNoEvidence(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{})
	pkcs12, err := issued.PKCS12("passphrase")
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(issued.KeyPEM())
	bare := base64.StdEncoding.EncodeToString(block.Bytes)
	lines := wrapped(block.Bytes)
	var archive bytes.Buffer
	packed := zip.NewWriter(&archive)
	file, err := packed.Create("qwac.key")
	if err != nil {
		t.Fatal(err)
	}
	_, writeErr := file.Write(issued.KeyPEM())
	if err := errors.Join(writeErr, packed.Close()); err != nil {
		t.Fatal(err)
	}
	mail := "From: a@example\r\nSubject: the key\r\n\r\n"
	for name, content := range map[string]string{
		"PEM":                       string(issued.KeyPEM()),
		"in a PDF":                  "%PDF-1.4\n" + string(issued.KeyPEM()),
		"in a picture":              "\x89PNG\r\n\x1a\n" + string(issued.KeyPEM()),
		"PEM attached":              mail + wrapped(issued.KeyPEM()),
		"DER attached":              mail + wrapped(block.Bytes),
		"SEC 1 attached":            mail + wrapped(sec1),
		"PKCS#12 attached":          mail + wrapped(pkcs12),
		"on one line":               base64.StdEncoding.EncodeToString(block.Bytes),
		"a word after it":           lines + "\r\nThanks\r\n",
		"words around it":           "Hello\n" + bare + "\nThanks",
		"in a sentence":             "the key: " + bare + ".",
		"a line before it":          strings.Repeat("-", 40) + "\n" + lines,
		"quoted":                    "> " + strings.ReplaceAll(lines, "\r\n", "\r\n> "),
		"indented":                  "    " + strings.ReplaceAll(lines, "\r\n", "  \r\n    "),
		"base64url":                 base64.RawURLEncoding.EncodeToString(block.Bytes),
		"hex":                       hex.EncodeToString(block.Bytes),
		"hex with colons":           withColons(hex.EncodeToString(block.Bytes)),
		"PuTTY":                     "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n",
		"ZIP attached":              mail + wrapped(archive.Bytes()),
		"a Java key store attached": mail + wrapped(append([]byte{0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2}, block.Bytes...)),
		"OpenPGP":                   "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
		"JWK":                       `{"kty":"EC","crv":"P-256","d":"` + strings.Repeat("A", 43) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			if held, err := keyscan.HoldsKey(t.Context(), []byte(content)); !held || err != nil {
				t.Errorf("taken: %v", err)
			}
		})
	}
	for name, content := range map[string]string{
		"certificate":          string(issued.CertificatePEM()),
		"certificate attached": mail + wrapped(issued.Certificate.X509.Raw),
		"certificate in hex":   hex.EncodeToString(issued.Certificate.X509.Raw),
		"fingerprint":          "SHA-256 30" + issued.Certificate.SHA256,
		"public JWK":           `{"kty":"EC","x":"` + strings.Repeat("A", 43) + `"}`,
		"noise":                string(bytes.Repeat([]byte("Dear Sir, "), 100)),
		"mail":                 mail + "Your organization is confirmed. The private key stays with you.",
	} {
		t.Run(name, func(t *testing.T) {
			if held, err := keyscan.HoldsKey(t.Context(), []byte(content)); held || err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

// costly is an empty PKCS#12 under an empty passphrase, the integrity code of which takes 2.39 million iterations.
const costly = "MFsCAQMwEQYJKoZIhvcNAQcBoAQEAjAAMEMwMTANBglghkgBZQMEAgEFAAQg/1VmBNe75DZeWfA8" +
	"xKKbhavfFW2b+fPSGIsVWVYWj3EECS0TC5YqoLYdeAIDJHfw\n"

// What is made to be looked at for long is refused, and not taken for a file without a key.
func TestExaminingIsBounded(t *testing.T) {
	var bomb bytes.Buffer
	packed := zip.NewWriter(&bomb)
	file, err := packed.Create("zeros")
	if err != nil {
		t.Fatal(err)
	}
	_, writeErr := file.Write(make([]byte, 1<<20))
	if err := errors.Join(writeErr, packed.Close()); err != nil {
		t.Fatal(err)
	}
	for name, line := range map[string]string{
		"key derivation": costly,
		"ZIP bombs":      base64.StdEncoding.EncodeToString(bomb.Bytes()) + "\n",
		"many starts":    "MIIE\n",
	} {
		content := []byte(strings.Repeat(line, (5<<20)/len(line)))
		if held, err := keyscan.HoldsKey(t.Context(), content); held || !errors.Is(err, keyscan.ErrCostly) {
			t.Errorf("%s: %v, %v", name, held, err)
		}
	}
	if held, err := keyscan.HoldsKey(t.Context(), []byte(costly)); held || err != nil {
		t.Errorf("one of them is examined: %v, %v", held, err)
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	if _, err := keyscan.HoldsKey(left, []byte(costly)); !errors.Is(err, keyscan.ErrCostly) ||
		!errors.Is(err, context.Canceled) {
		t.Errorf("whoever asked has left: %v", err)
	}
}

// The largest file there may be is looked through in a moment, whatever it is made of.
func BenchmarkHoldsKey(b *testing.B) {
	const size = 5 << 20 // as large as evidence may be
	noise := make([]byte, size)
	_, _ = rand.Read(noise)
	for name, content := range map[string][]byte{
		"noise":      noise,
		"hex":        []byte(hex.EncodeToString(noise[:size/2])),
		"attachment": []byte(wrapped(noise[:size*7/10])),
		"starts":     bytes.Repeat([]byte("MIIE-"), size/5),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = keyscan.HoldsKey(b.Context(), content)
			}
		})
	}
}

// withColons separates pairs of digits.
func withColons(digits string) string {
	return strings.TrimSuffix(regexp.MustCompile("..").ReplaceAllString(digits, "$0:"), ":")
}
