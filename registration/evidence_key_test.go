package registration_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs/certstest"
	"github.com/sealkeeper/sealkeeper/registration"
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
	issued := certstest.Must(t).MustIssue(t, certstest.Request{})
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
	mail := "From: a@example\r\nSubject: the key\r\n\r\n"
	for name, content := range map[string]string{
		"PEM": string(issued.KeyPEM()), "in a PDF": "%PDF-1.4\n" + string(issued.KeyPEM()), "in a picture": "\x89PNG\r\n\x1a\n" + string(issued.KeyPEM()),
		"PEM attached": mail + wrapped(issued.KeyPEM()), "DER attached": mail + wrapped(block.Bytes), "SEC 1 attached": mail + wrapped(sec1),
		"PKCS#12 attached": mail + wrapped(pkcs12), "on one line": base64.StdEncoding.EncodeToString(block.Bytes),
		"OpenPGP": "-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "JWK": `{"kty":"EC","crv":"P-256","d":"` + strings.Repeat("A", 43) + `"}`,
	} {
		if !registration.HoldsKey([]byte(content)) {
			t.Errorf("%s: taken", name)
		}
	}
	for name, content := range map[string]string{
		"certificate": string(issued.CertificatePEM()), "certificate attached": mail + wrapped(issued.Certificate.X509.Raw),
		"public JWK": `{"kty":"EC","x":"` + strings.Repeat("A", 43) + `"}`, "noise": string(bytes.Repeat([]byte("Dear Sir, "), 100)),
		"mail": mail + "Your organization is confirmed. The private key stays with you.",
	} {
		if registration.HoldsKey([]byte(content)) {
			t.Errorf("%s: refused", name)
		}
	}
}
