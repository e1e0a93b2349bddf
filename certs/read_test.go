package certs_test

import (
	"bytes"
	"crypto/sha512"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

func TestReadEveryPacking(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{})
	for _, p := range packings(t, issued) {
		t.Run(p.name, func(t *testing.T) {
			pass := passphrase
			if p.name == "jks" {
				pass = "store password\nkey password\n"
			}
			contents, err := certs.Read(certs.File{Name: p.name, Data: p.data}, secret.NewTextString(pass))
			if err != nil {
				t.Fatal(err)
			}
			if len(contents.Certificates) != p.certs || len(contents.Keys) != p.keys {
				t.Fatalf("%d certificates and %d keys, want %d and %d", len(contents.Certificates), len(contents.Keys),
					p.certs, p.keys)
			}
			if p.certs > 0 && contents.Certificates[0].SHA256 != issued.Certificate.SHA256 {
				t.Error("the first certificate is not the leaf")
			}
			if p.keys > 0 && !contents.Keys[0].BelongsTo(issued.Certificate) {
				t.Error("the key is another one")
			}
			if !p.encrypted {
				return
			}
			_, err = certs.Read(certs.File{Name: p.name, Data: p.data}, secret.Text{})
			wantCode(t, err, certs.CodePassphraseNeeded)
			_, err = certs.Read(certs.File{Name: p.name, Data: p.data}, secret.NewTextString("wrong"))
			wantCode(t, err, certs.CodePassphraseWrong)
		})
	}
}

func TestReadRefusals(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	text := string(pemOf(issued.Certificate.Raw))
	request, err := certs.CreateCSR(issued.Key.Signer(), order)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(issued.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	bomb := zipOf(t, map[string][]byte{"a": make([]byte, 1<<20), "b": make([]byte, 1<<20)})
	nested := []byte(text)
	for range 5 {
		nested = zipOf(t, map[string][]byte{"x": nested})
	}
	for _, tt := range []struct {
		name string
		data []byte
		code string
	}{
		{"empty", nil, certs.CodeEmpty},
		{"20 MB of zeros", make([]byte, 20<<20), certs.CodeTooLarge},
		{"1 MB of zeros", make([]byte, 1<<20), certs.CodeNotACertificate},
		{"web page", []byte("<html><body>502 Bad Gateway</body></html>"), certs.CodeNotACertificate},
		{"no END", []byte(strings.Split(text, "-----END")[0]), certs.CodeMalformed},
		{"second block damaged", []byte(text + strings.Replace(text, "MII", "M!I", 1)), certs.CodeMalformed},
		{"wrong dashes", []byte(strings.ReplaceAll(text, "-----", "----")), certs.CodeMalformed},
		{"other END", []byte(strings.ReplaceAll(text, "END CERTIFICATE", "END PRIVATE KEY")), certs.CodeMalformed},
		{"cut", issued.Certificate.Raw[:300], certs.CodeMalformed},
		{"something after the end", append(bytes.Clone(issued.Certificate.Raw), 'x'), certs.CodeMalformed},
		{"request", request, certs.CodeRequest},
		{
			"request in PEM",
			pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request}),
			certs.CodeRequest,
		},
		{"public key", public, certs.CodePublicKey},
		{"deep nest", bytes.Repeat([]byte{0x30, 0x80}, 20000), certs.CodeMalformed},
		{
			"ssh key",
			[]byte("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"),
			certs.CodeUnsupportedFormat,
		},
		{"putty key", []byte("PuTTY-User-Key-File-3: ssh-rsa\n"), certs.CodeUnsupportedFormat},
		{"zip bomb", bomb, certs.CodeTooLarge},
		{"zip in zip in zip", nested, certs.CodeUnsupportedFormat},
		{"zip of nothing", zipOf(t, map[string][]byte{"readme.txt": []byte("hello")}), certs.CodeNotACertificate},
		{"many keys", bytes.Repeat(issued.KeyPEM(), 60), certs.CodeTooLarge},
		{"cut zip", zipOf(t, map[string][]byte{"x": []byte(text)})[:200], certs.CodeMalformed},
		{
			"ten million rounds of SHA-512",
			pbes2(t, nil, pbkdf2KDF(t, "1.2.840.113549.2.11", sha512.New, 10_000_000)),
			certs.CodeTooCostly,
		},
		{
			"two thousand million rounds",
			pbes2(t, nil, pbkdf2KDF(t, "1.2.840.113549.2.11", sha512.New, 1<<31-1)),
			certs.CodeTooCostly,
		},
		{"a gigabyte of scrypt", pbes2(t, nil, scryptKDF(t, 1<<20, 8, 1)), certs.CodeTooCostly},
		{"parallel scrypt", pbes2(t, nil, scryptKDF(t, 1<<14, 8, 1<<20)), certs.CodeTooCostly},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := certs.Read(certs.File{Name: "the file", Data: tt.data}, secret.NewTextString("x"))
			wantCode(t, err, tt.code)
			if !strings.HasPrefix(err.Error(), "the file: ") {
				t.Errorf("%q does not name the file", err)
			}
		})
	}
}

// TestReadingIsBounded feeds what is made to be expensive.
func TestReadingIsBounded(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	key, err := issued.Key.PKCS8()
	if err != nil {
		t.Fatal(err)
	}
	sequence := func(body []byte) []byte {
		var b cryptobyte.Builder
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(body) })
		return b.BytesOrPanic()
	}
	fill := func(part []byte) []byte { return bytes.Repeat(part, (certs.MaxFileSize-64)/len(part)) }
	indefinite := append(append([]byte{0x30, 0x80}, bytes.Repeat([]byte{0x30, 0x80, 0, 0}, 250_000)...), 0, 0)
	for name, data := range map[string][]byte{
		"many elements":     sequence(fill([]byte{5, 0})),
		"many streamed":     indefinite,
		"many pem blocks":   fill(pemOf(sequence([]byte{5, 0}))),
		"many certificates": fill(pemOf(issued.Certificate.Raw)),
		"many keys":         fill(issued.KeyPEM()),
		"scrypt keys": fill(pem.EncodeToMemory(&pem.Block{
			Type:  "ENCRYPTED PRIVATE KEY",
			Bytes: pbes2(t, key, scryptKDF(t, 1024, 8, 1)),
		})),
		"escapes":     fill([]byte(`\n`)),
		"base64":      fill([]byte("MIIB")),
		"begin lines": fill([]byte("-----BEGIN ")),
		"utf-16":      utf16Of(strings.Repeat("x", 500_000), 0, 1),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _ = certs.Read(certs.File{Name: name, Data: data}, secret.NewTextString(passphrase))
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
				t.Errorf("%d MiB allocated", used>>20)
			}
		})
	}
}

func TestPrivateKeysDoNotPrint(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", issued.Key)
	encoded, err := json.Marshal(issued.Key)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		fmt.Sprint(issued.Key), fmt.Sprintf("%v", issued.Key), fmt.Sprintf("%+v", issued.Key), fmt.Sprintf("%#v",
			issued.Key),
		fmt.Sprintf("%x", issued.Key), fmt.Sprintf("%d", issued.Key), log.String(), string(encoded),
	} {
		if !strings.Contains(s, "[redacted]") {
			t.Errorf("printed %q", s)
		}
	}
}
