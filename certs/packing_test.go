package certs_test

import (
	"archive/zip"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"hash"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"go.mozilla.org/pkcs7"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/scrypt"
	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

const passphrase = "pässword"

// packed is one certificate with its key in one of the forms people send.
type packed struct {
	name      string
	data      []byte
	encrypted bool
	certs     int
	keys      int
}

func packings(t testing.TB, issued *qtsp.Issued) []packed {
	t.Helper()
	key, err := issued.Key.PKCS8()
	if err != nil {
		t.Fatal(err)
	}
	crt, full, keyPEM := pemOf(issued.Certificate.Raw), issued.CertificatePEM(), issued.KeyPEM()
	all := append(append([]byte(nil), full...), keyPEM...)
	text := string(full)
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	degenerate, err := pkcs7.DegenerateCertificate(append(bytes.Clone(issued.Certificate.Raw), issued.Chain[0]...))
	if err != nil {
		t.Fatal(err)
	}
	plain := []packed{
		{"der", issued.Certificate.Raw, false, 1, 0},
		{"pem", full, false, 2, 0},
		{"pem with key", all, false, 2, 1},
		{"text around", []byte("Bag Attributes\n    friendlyName: x\n" + text + "\nRegards"), false, 2, 0},
		{"text that begins with a zero", []byte("0 s:CN = psd2.example\n" + text), false, 2, 0},
		{"crlf", []byte(strings.ReplaceAll(text, "\n", "\r\n")), false, 2, 0},
		{"cr", []byte(strings.ReplaceAll(text, "\n", "\r")), false, 2, 0},
		{"byte order mark", append([]byte("\xef\xbb\xbf"), full...), false, 2, 0},
		{"utf-16 little endian", utf16Of(text, 0, 1), false, 2, 0},
		{"utf-16 big endian", utf16Of(text, 1, 0), false, 2, 0},
		{"json", quoted, false, 2, 0},
		{"url path", []byte(url.PathEscape(text)), false, 2, 0},
		{"url query", []byte(url.QueryEscape(text)), false, 2, 0},
		{"no line ends", []byte(strings.ReplaceAll(text, "\n", "")), false, 2, 0},
		{"indented", []byte(strings.ReplaceAll(text, "\n", "\n    ")), false, 2, 0},
		{"no-break spaces", []byte(strings.ReplaceAll(text, "\n", "\u00a0\n")), false, 2, 0},
		{"base64", []byte(base64.StdEncoding.EncodeToString(issued.Certificate.Raw)), false, 1, 0},
		{"base64 of pem", []byte(base64.StdEncoding.EncodeToString(full)), false, 2, 0},
		{"pkcs7 der", degenerate, false, 2, 0},
		{"pkcs7 pem", pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: degenerate}), false, 2, 0},
		{"pkcs7 as certificate", pemOf(degenerate), false, 2, 0},
		{"trusted certificate", pem.EncodeToMemory(&pem.Block{
			Type:  "TRUSTED CERTIFICATE",
			Bytes: append(bytes.Clone(issued.Certificate.Raw), 0x30, 0),
		}), false, 1, 0},
		{"pkcs8 der", key, false, 0, 1},
		{"zip", zipOf(t, map[string][]byte{
			"a/readme.txt": []byte("Dear customer"),
			"a/cert.cer":   crt,
			"key.pem":      keyPEM,
		}), false, 1, 1},
	}
	return append(plain, encryptedPackings(t, issued, key)...)
}

func encryptedPackings(t testing.TB, issued *qtsp.Issued, key []byte) []packed {
	t.Helper()
	chain := []*x509.Certificate{qtsp.Parse(t, issued.Chain[0]).X509}
	var all []packed
	for name, encoder := range map[string]*pkcs12.Encoder{
		"modern": pkcs12.Modern2023,
		"3des":   pkcs12.LegacyDES,
		"rc2":    pkcs12.LegacyRC2,
	} {
		data, err := encoder.Encode(issued.Key.Signer(), issued.Certificate.X509, chain, passphrase)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, packed{"pkcs12 " + name, data, true, 2, 1})
	}
	for name, c := range map[string]x509.PEMCipher{
		"des":    x509.PEMCipherDES,
		"3des":   x509.PEMCipher3DES,
		"aes128": x509.PEMCipherAES128,
		"aes256": x509.PEMCipherAES256,
	} {
		//nolint:staticcheck // old files are like this
		block, err := x509.EncryptPEMBlock(rand.Reader, "PRIVATE KEY", key, []byte(passphrase), c)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, packed{"old pem " + name, pem.EncodeToMemory(block), true, 0, 1})
	}
	all = append(all,
		packed{"pkcs8 scrypt", pbes2(t, key, scryptKDF(t, 1024, 8, 1)), true, 0, 1},
		packed{"pkcs8 sha-384", pbes2(t, key, pbkdf2KDF(t, "1.2.840.113549.2.10", sha512.New384, 1000)), true, 0, 1},
		packed{"zip of pkcs12", zipOf(t, map[string][]byte{"x.p12": all[0].data}), true, 2, 1},
		packed{"jks", jksOf(t, issued, key), true, 2, 1})
	return all
}

func utf16Of(s string, low, high int) []byte {
	var b []byte
	for _, u := range append([]uint16{0xfeff}, utf16.Encode([]rune(s))...) {
		pair := [2]byte{}
		pair[low], pair[high] = byte(u), byte(u>>8)
		b = append(b, pair[:]...)
	}
	return b
}

func zipOf(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, data := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// jksOf writes a Java key store as Sun's provider does: the key masked with a
// chain of SHA-1, the store sealed with one more.
func jksOf(t testing.TB, issued *qtsp.Issued, key []byte) []byte {
	t.Helper()
	chars := func(s string) []byte { return utf16Of(s, 1, 0)[2:] }
	sum := func(parts ...[]byte) []byte {
		h := sha1.Sum(bytes.Join(parts, nil))
		return h[:]
	}
	masked, last := make([]byte, 20, 20+len(key)), make([]byte, 20)
	for i, c := range key {
		if i%20 == 0 {
			last = sum(chars("key password"), last)
		}
		masked = append(masked, c^last[i%20])
	}
	masked = append(masked, sum(chars("key password"), key)...)
	var protected cryptobyte.Builder
	protected.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addOID(t, b, "1.3.6.1.4.1.42.2.17.1.1")
			b.AddASN1(asn1.NULL, func(*cryptobyte.Builder) {})
		})
		b.AddASN1OctetString(masked)
	})
	var b cryptobyte.Builder
	blob := func(data []byte) {
		b.AddUint32(uint32(len(data)))
		b.AddBytes(data)
	}
	text := func(s string) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(s)) })
	}
	b.AddUint32(0xfeedfeed)
	b.AddUint32(2) // version
	b.AddUint32(1) // entries
	b.AddUint32(1) // a private key
	text("qwac")
	b.AddUint64(0) // created
	blob(protected.BytesOrPanic())
	b.AddUint32(2)
	for _, der := range [][]byte{issued.Certificate.Raw, issued.Chain[0]} {
		text("X.509")
		blob(der)
	}
	body := b.BytesOrPanic()
	return append(body, sum(chars("store password"), []byte("Mighty Aphrodite"), body)...)
}

// kdf is an AlgorithmIdentifier's content and the key it derives.
type kdf struct {
	algorithm func(b *cryptobyte.Builder)
	key       []byte
}

func addOID(t testing.TB, b *cryptobyte.Builder, s string) {
	t.Helper()
	oid, err := x509.ParseOID(s)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := oid.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(raw) })
}

func scryptKDF(t testing.TB, n, r, p int) kdf {
	t.Helper()
	var key []byte
	if n <= 1024 {
		var err error
		if key, err = scrypt.Key([]byte(passphrase), []byte("saltsalt"), n, r, p, 32); err != nil {
			t.Fatal(err)
		}
	}
	return kdf{key: key, algorithm: func(b *cryptobyte.Builder) {
		addOID(t, b, "1.3.6.1.4.1.11591.4.11")
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1OctetString([]byte("saltsalt"))
			for _, v := range []int{n, r, p} {
				b.AddASN1Int64(int64(v))
			}
		})
	}}
}

func pbkdf2KDF(t testing.TB, prf string, newHash func() hash.Hash, iterations int) kdf {
	t.Helper()
	var key []byte
	if iterations <= 1000 {
		var err error
		if key, err = pbkdf2.Key(newHash, passphrase, []byte("saltsalt"), iterations, 32); err != nil {
			t.Fatal(err)
		}
	}
	return kdf{key: key, algorithm: func(b *cryptobyte.Builder) {
		addOID(t, b, "1.2.840.113549.1.5.12")
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1OctetString([]byte("saltsalt"))
			b.AddASN1Int64(int64(iterations))
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { addOID(t, b, prf) })
		})
	}}
}

// pbes2 encrypts a key as PKCS#8 with AES-256. Without a derived key the body is
// nonsense, for parameters that must be refused before any work is done.
func pbes2(t testing.TB, plain []byte, k kdf) []byte {
	t.Helper()
	data := make([]byte, 64)
	if k.key != nil {
		block, err := aes.NewCipher(k.key)
		if err != nil {
			t.Fatal(err)
		}
		n := 16 - len(plain)%16
		data = append(bytes.Clone(plain), bytes.Repeat([]byte{byte(n)}, n)...)
		cipher.NewCBCEncrypter(block, make([]byte, 16)).CryptBlocks(data, data)
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addOID(t, b, "1.2.840.113549.1.5.13")
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(asn1.SEQUENCE, k.algorithm)
				b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
					addOID(t, b, "2.16.840.1.101.3.4.1.42")
					b.AddASN1OctetString(make([]byte, 16))
				})
			})
		})
		b.AddASN1OctetString(data)
	})
	return b.BytesOrPanic()
}
