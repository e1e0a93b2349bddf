package certs_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Every format that people send and that is not read has its name and a way out.
func TestKnownFormatsHaveTheirName(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	for _, tt := range []struct{ name, data, code, says string }{
		{"BKS", "\x00\x00\x00\x02\x00\x00\x00\x14" + strings.Repeat("s", 60), certs.CodeUnsupportedFormat,
			"Bouncy Castle"},
		{"UBER", "\x00\x00\x00\x01\x00\x00\x00\x14" + strings.Repeat("s", 60), certs.CodeUnsupportedFormat,
			"Bouncy Castle"},
		{"BCFKS", bcfks(), certs.CodeUnsupportedFormat, "Bouncy Castle"},
		{"KDB", "\x37\x48\x06\x02\x00\x00\x00\x00X509KEY\x00\x00", certs.CodeUnsupportedFormat, "IBM key database"},
		{"PVK", "\x1e\xf1\xb5\xb0\x00\x00\x00\x00\x01", certs.CodeUnsupportedFormat, "-inform PVK"},
		{"MSBLOB", "\x07\x02\x00\x00\x00\xa4\x00\x00RSA2\x00\x08", certs.CodeUnsupportedFormat, "-inform MSBLOB"},
		{"public MSBLOB", "\x06\x02\x00\x00\x00\xa4\x00\x00RSA1\x00\x08", certs.CodePublicKey, "public key"},
		{"SST", "\x00\x00\x00\x00CERT\x20\x00", certs.CodeUnsupportedFormat, "SST"},
		{"cert9.db", "SQLite format 3\x00\x10", certs.CodeUnsupportedFormat, "Firefox"},
		{"keychain", "kych\x00\x01", certs.CodeUnsupportedFormat, "Keychain Access"},
		{"openssl enc", "Salted__12345678", certs.CodeUnsupportedFormat, "openssl enc"},
		{"gzip", "\x1f\x8b\x08\x00", certs.CodeUnsupportedFormat, "unpack"},
		{"7z", "7z\xbc\xaf\x27\x1c", certs.CodeUnsupportedFormat, "unpack"},
		{"tar", strings.Repeat("\x00", 257) + "ustar", certs.CodeUnsupportedFormat, "unpack"},
		{"msg", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", certs.CodeNotACertificate, "Outlook"},
		{"PDF", "%PDF-1.7\n", certs.CodeNotACertificate, "PDF"},
		{"HTML", "\n<!DOCTYPE HTML><html>", certs.CodeNotACertificate, "web page"},
		{"mail", "From: a@b.example\r\nSubject: your certificate\r\n\r\nSee the attachment.", certs.CodeNotACertificate,
			"attached"},
		{"JWK", `{"kty":"EC","crv":"P-256","d":"x"}`, certs.CodeUnsupportedFormat, "JSON Web Key"},
		{"JWE", "eyJhbGciOiJQQkVTMiJ9.e30.x", certs.CodeUnsupportedFormat, "JSON Web Key"},
		{"SPKAC", "SPKAC=MIIC", certs.CodeRequest, "request"},
		{"SSH", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA a@b", certs.CodeUnsupportedFormat, "SSH"},
		{"RSAPublicKey", "0\x06\x02\x01\x23\x02\x01\x03", certs.CodePublicKey, "public key"},
		{"RSAPublicKey in PEM", pemBlock("RSA PUBLIC KEY", "0\x06\x02\x01\x23\x02\x01\x03"),
			certs.CodePublicKey, "public key"},
		{"CRL", string(revocationList(t)), certs.CodeUnsupportedFormat, "revocation list"},
		{"CRL in PEM", pemBlock("X509 CRL", string(revocationList(t))), certs.CodeUnsupportedFormat, "revocation list"},
		{"parameters", pemBlock("EC PARAMETERS", "\x06\x08*\x86H\xce=\x03\x01\x07"),
			certs.CodeNotACertificate, "parameters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := certs.Read(certs.File{Name: "x", Data: []byte(tt.data)}, secret.Text{})
			wantCode(t, err, tt.code)
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
			// Next to the certificate in an archive, as issuers send it in every format they know, it does no harm.
			contents, err := certs.Read(certs.File{
				Name: "x.zip",
				Data: zipOf(t, map[string][]byte{
					"a.other": []byte(tt.data),
					"b.pem":   issued.CertificatePEM(),
				}),
			}, secret.Text{})
			if err != nil || len(contents.Certificates) != 2 {
				t.Errorf("in an archive: %v", err)
			}
			// Alone in one it is what the answer is about.
			alone := zipOf(t, map[string][]byte{"a.other": []byte(tt.data)})
			_, err = certs.Read(certs.File{Name: "x.zip", Data: alone}, secret.Text{})
			wantCode(t, err, tt.code)
		})
	}
}

func pemBlock(label, der string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: []byte(der)}))
}

func bcfks() string {
	sequence := func(b *cryptobyte.Builder) { b.AddASN1(asn1.SEQUENCE, func(*cryptobyte.Builder) {}) }
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			sequence(b)
			b.AddASN1OctetString([]byte("store"))
		})
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			sequence(b)
			sequence(b)
			b.AddASN1OctetString([]byte("code"))
		})
	})
	return string(b.BytesOrPanic())
}

func revocationList(t *testing.T) []byte {
	t.Helper()
	ca, key := selfSignedCA(t)
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number:     big.NewInt(1),
		ThisUpdate: time.Now(),
		NextUpdate: time.Now().Add(time.Hour),
	}, ca, key)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// What mail and web gateways and Windows leave behind a file does not matter; anything else does.
func TestBytesAfterTheEnd(t *testing.T) {
	q := qtsp.Must(t)
	issued := q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	p12, err := pkcs12.Modern2023.Encode(issued.Key.Signer(), issued.Certificate.X509, nil, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"certificate": issued.Certificate.Raw, "PKCS#12": p12}
	for _, p := range packings(t, issued) {
		if p.name == "jks" || p.name == "pkcs7 der" || p.name == "pkcs8 der" || p.name == "zip" {
			files[p.name] = p.data
		}
	}
	given := secret.NewTextString(passphrase + "\nstore password\nkey password")
	for name, data := range files {
		for _, rest := range []string{"\n", "\r\n", "\x00\x00\x00\x00\x00\x00\x00\x00", "\x00\r\n"} {
			if _, err := certs.Read(certs.File{Name: name, Data: append(bytes.Clone(data), rest...)},
				given); err != nil {
				t.Errorf("%s and %q: %v", name, rest, err)
			}
		}
		if name == "zip" {
			continue // whose end is found by itself
		}
		_, err := certs.Read(certs.File{Name: name, Data: append(bytes.Clone(data), "more"...)}, given)
		wantCode(t, err, certs.CodeMalformed)
	}
	// Two one after the other are a chain.
	both := append(bytes.Clone(issued.Certificate.Raw), q.Chain()[0]...)
	contents, err := certs.Read(certs.File{Name: "chain.der", Data: append(both, '\n')}, secret.Text{})
	if err != nil || len(contents.Certificates) != 2 {
		t.Errorf("two in one file: %v", err)
	}
	var path cryptobyte.Builder
	path.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(both) })
	contents, err = certs.Read(certs.File{Name: "chain.pkipath", Data: path.BytesOrPanic()}, secret.Text{})
	if err != nil || len(contents.Certificates) != 2 {
		t.Errorf("PkiPath: %v", err)
	}
}

// Of many blocks the damaged one is named.
func TestTheDamagedBlockIsNamed(t *testing.T) {
	q := qtsp.Must(t)
	good := string(pemOf(q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256}).Certificate.Raw))
	raw := q.Chain()[0]
	for name, bad := range map[string]string{
		"cut":       pemBlock("CERTIFICATE", string(raw[:300])),
		"no base64": strings.Replace(good, "MII", "M!I", 1),
		"no end":    strings.Split(good, "-----END")[0],
	} {
		_, err := certs.Read(certs.File{Name: "x.pem", Data: []byte(good + good + bad + good)}, secret.Text{})
		wantCode(t, err, certs.CodeMalformed)
		e, _ := errors.AsType[*certs.Error](err)
		if !strings.Contains(e.Message, "block 3 of 4 (CERTIFICATE)") || e.Case != "block" || len(e.Args) < 5 ||
			fmt.Sprint(e.Args[2:5]) != "[3 4 CERTIFICATE]" {
			t.Errorf("%s: %q, %v", name, e.Message, e.Args)
		}
	}
	_, err := certs.Read(certs.File{
		Name: "x.b64",
		Data: []byte(base64.StdEncoding.EncodeToString(raw[:300])),
	}, secret.Text{})
	if e, _ := errors.AsType[*certs.Error](err); e == nil || strings.Contains(e.Message, "block") {
		t.Errorf("a file without blocks: %v", err)
	}
}
