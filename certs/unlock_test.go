package certs_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Firefox and NSS derive with 600,000 iterations, in their old default with SHA-1 and three derivations for a key.
func TestFirefoxExportOpens(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	old, err := pkcs12.LegacyRC2.WithIterations(600_000).Encode(issued.Key.Signer(), issued.Certificate.X509, nil,
		"right")
	if err != nil {
		t.Fatal(err)
	}
	budget := certs.NewBudget(t.Context())
	whole := budget.Left()
	// A wrong passphrase costs one derivation of the integrity code, and what is right is found behind it.
	contents, err := certs.ReadWithin(budget, certs.File{Name: "firefox.p12", Data: old},
		secret.NewTextString("old1\nold2\nright"))
	if err != nil {
		t.Fatal(err)
	}
	if len(contents.Keys) != 1 || len(contents.Certificates) != 1 {
		t.Errorf("%d keys and %d certificates", len(contents.Keys), len(contents.Certificates))
	}
	if spent := whole - budget.Left(); spent > whole/2 {
		t.Errorf("%d of %d units for one file: a QWAC and a QSealC do not open together", spent, whole)
	}
}

func TestTheRightPassphraseIsNeverCalledWrong(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	key, err := issued.Key.PKCS8()
	if err != nil {
		t.Fatal(err)
	}
	cheap := pbes2(t, key, pbkdf2KDF(t, "1.2.840.113549.2.11", sha512.New, 1000))
	costly := pbes2(t, nil, pbkdf2KDF(t, "1.2.840.113549.2.11", sha512.New, 1_500_000)) // 9 million units a try
	wrong := strings.Repeat("wrong\n", 1) + "wrong2\nwrong3\nwrong4\nwrong5\nwrong6\nwrong7\n"
	for _, tt := range []struct {
		name       string
		data       []byte
		passphrase string
		code, says string
	}{
		{"the eighth", cheap, wrong + passphrase, "", ""},
		{"the ninth", cheap, wrong + "wrong8\n" + passphrase, certs.CodeManyPassphrases, "the first 8 passphrases"},
		{"none of eight", cheap, wrong, certs.CodePassphraseWrong, "does not open"},
		{"no work left for the third", costly, "a\nb\nc", certs.CodeTooCostly, "more than 2 passphrases"},
		{"too costly at once", pbes2(t, nil, pbkdf2KDF(t, "1.2.840.113549.2.11", sha512.New, 10_000_000)), "a",
			certs.CodeTooCostly, "600,000 iterations or fewer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := certs.Read(certs.File{Name: "x.key", Data: tt.data}, secret.NewTextString(tt.passphrase))
			if tt.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantCode(t, err, tt.code)
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
		})
	}
}

// All files of an upload share a budget, and what is too much says that it is the files together.
func TestBudgetIsForAllFiles(t *testing.T) {
	costly := pbes2(t, nil, pbkdf2KDF(t, "1.2.840.113549.2.11", sha512.New, 1_000_000))
	budget := certs.NewBudget(t.Context())
	for range 10 {
		before := budget.Left()
		_, err := certs.ReadWithin(budget, certs.File{Name: "x.key", Data: costly}, secret.NewTextString("a"))
		if e, ok := errors.AsType[*certs.Error](err); ok && e.Code == certs.CodeTooCostly {
			if e.Case != "files" || before-budget.Left() > 10_000 {
				t.Errorf("%s: %v, for %d units", e.Case, err, before-budget.Left())
			}
			return
		}
	}
	t.Error("the budget never ended")
}

// A client that leaves ends what is done for it, in the middle of a derivation.
func TestReadingEndsWithItsContext(t *testing.T) {
	costly := pbes2(t, nil, pbkdf2KDF(t, "1.2.840.113549.2.11", sha512.New, 3_000_000))
	ctx := &leaving{Context: t.Context(), after: 20}
	_, err := certs.ReadWithin(certs.NewBudget(ctx), certs.File{Name: "x.key", Data: costly}, secret.NewTextString("a"))
	wantCode(t, err, certs.CodeTooCostly)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not for the client's leaving", err)
	}
	if ctx.asked > ctx.after+10 {
		t.Errorf("asked %d times: it went on", ctx.asked)
	}
}

// leaving is the context of a client that leaves after it was asked so often.
type leaving struct {
	context.Context
	asked, after int
}

func (l *leaving) Err() error {
	if l.asked++; l.asked > l.after {
		return context.Canceled
	}
	return nil
}

// A Java key store's key is masked with its passphrase for every 20 bytes, and a traditional JCEKS key hashes it in
// every iteration: both are charged by its length.
func TestWorkGrowsWithThePassphrase(t *testing.T) {
	spent := func(data []byte, passphrase string) int {
		budget := certs.NewBudget(t.Context())
		whole := budget.Left()
		_, _ = certs.ReadWithin(budget, certs.File{Name: "x", Data: data}, secret.NewTextString(passphrase))
		return whole - budget.Left()
	}
	long := strings.Repeat("p", 4000)
	for name, make := range map[string]func(passphrase string) []byte{
		"JCEKS": func(passphrase string) []byte { return keyStore(t, passphrase, jceksKey(t, 100_000)) },
		"JKS":   func(passphrase string) []byte { return keyStore(t, passphrase, jksKey(t, 100_000)) },
	} {
		if short, long := spent(make("pw"), "pw"), spent(make(long), long); long < 20*short {
			t.Errorf("%s: %d units with a short passphrase and %d with a long one", name, short, long)
		}
	}
	// What took 27 seconds is refused, for no more than the whole budget.
	_, err := certs.Read(certs.File{Name: "x", Data: keyStore(t, long, jceksKey(t, 1_190_000))},
		secret.NewTextString(long))
	wantCode(t, err, certs.CodeTooCostly)
}

// keyStore is a Java key store with one protected key.
func keyStore(t *testing.T, passphrase string, key []byte) []byte {
	t.Helper()
	var b cryptobyte.Builder
	for _, v := range []uint32{0xcececece, 2, 1, 1} {
		b.AddUint32(v)
	}
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte("k")) })
	b.AddUint64(0)
	b.AddUint32(uint32(len(key)))
	b.AddBytes(key)
	b.AddUint32(0)
	body := b.BytesOrPanic()
	sum := sha1.Sum(bytes.Join([][]byte{utf16Of(passphrase, 1, 0)[2:], []byte("Mighty Aphrodite"), body}, nil))
	return append(body, sum[:]...)
}

// protected is an EncryptedPrivateKeyInfo.
func protected(t *testing.T, oid string, data []byte, parameters func(b *cryptobyte.Builder)) []byte {
	t.Helper()
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addOID(t, b, oid)
			b.AddASN1(asn1.SEQUENCE, parameters)
		})
		b.AddASN1OctetString(data)
	})
	return b.BytesOrPanic()
}

func jceksKey(t *testing.T, iterations int64) []byte {
	t.Helper()
	return protected(t, "1.3.6.1.4.1.42.2.19.1", make([]byte, 64), func(b *cryptobyte.Builder) {
		b.AddASN1OctetString([]byte("saltsalt"))
		b.AddASN1Int64(iterations)
	})
}

func jksKey(t *testing.T, size int) []byte {
	t.Helper()
	return protected(t, "1.3.6.1.4.1.42.2.17.1.1", make([]byte, size), func(*cryptobyte.Builder) {})
}

// pfx is a PKCS#12 without keys, whose integrity code is made of one round of SHA-1 with the passphrase as PKCS#12
// hashes it.
func pfx(t *testing.T, bmp []byte, safes ...func(b *cryptobyte.Builder)) []byte {
	t.Helper()
	var content cryptobyte.Builder
	content.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, safe := range safes {
			b.AddASN1(asn1.SEQUENCE, safe)
		}
	})
	data := content.BytesOrPanic()
	fill := func(b []byte) []byte {
		if len(b) == 0 {
			return nil
		}
		return bytes.Repeat(b, 64)[:64*((len(b)+63)/64)]
	}
	key := sha1.Sum(bytes.Join([][]byte{bytes.Repeat([]byte{3}, 64), fill([]byte("saltsalt")), fill(bmp)}, nil))
	mac := hmac.New(sha1.New, key[:])
	mac.Write(data)
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(3)
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addOID(t, b, "1.2.840.113549.1.7.1")
			b.AddASN1(asn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				b.AddASN1OctetString(data)
			})
		})
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { addOID(t, b, "1.3.14.3.2.26") })
				b.AddASN1OctetString(mac.Sum(nil))
			})
			b.AddASN1OctetString([]byte("saltsalt"))
		})
	})
	return b.BytesOrPanic()
}

// open is a safe that is not encrypted, with one certificate.
func open(t *testing.T, certificate []byte) func(b *cryptobyte.Builder) {
	context := asn1.Tag(0).ContextSpecific().Constructed()
	var bags cryptobyte.Builder
	bags.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addOID(t, b, "1.2.840.113549.1.12.10.1.3")
			b.AddASN1(context, func(b *cryptobyte.Builder) {
				b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
					addOID(t, b, "1.2.840.113549.1.9.22.1")
					b.AddASN1(context, func(b *cryptobyte.Builder) { b.AddASN1OctetString(certificate) })
				})
			})
		})
	})
	return func(b *cryptobyte.Builder) {
		addOID(t, b, "1.2.840.113549.1.7.1")
		b.AddASN1(context, func(b *cryptobyte.Builder) { b.AddASN1OctetString(bags.BytesOrPanic()) })
	}
}

// damaged is an encrypted safe that no passphrase opens.
func damaged(t *testing.T) func(b *cryptobyte.Builder) {
	context := asn1.Tag(0).ContextSpecific()
	return func(b *cryptobyte.Builder) {
		addOID(t, b, "1.2.840.113549.1.7.6")
		b.AddASN1(context.Constructed(), func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(0)
				b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
					addOID(t, b, "1.2.840.113549.1.7.1")
					b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
						addOID(t, b, "1.2.840.113549.1.12.1.3")
						b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
							b.AddASN1OctetString([]byte("saltsalt"))
							b.AddASN1Int64(1)
						})
					})
					b.AddASN1(context, func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, 64)) })
				})
			})
		})
	}
}

// Windows writes a PKCS#12 without a passphrase with none at all, OpenSSL and Java with an empty one.
func TestNoPassphraseInBothForms(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	for name, bmp := range map[string][]byte{"none": nil, "empty": {0, 0}} {
		for _, given := range []string{"", "not needed"} {
			contents, err := certs.Read(certs.File{Name: "x.pfx", Data: pfx(t, bmp, open(t, issued.Certificate.Raw))},
				secret.NewTextString(given))
			if err != nil || len(contents.Certificates) != 1 {
				t.Errorf("%s, given %q: %v", name, given, err)
			}
		}
	}
}

func TestDamagedUnderTheRightPassphrase(t *testing.T) {
	data := pfx(t, append(utf16Of("right", 1, 0)[2:], 0, 0), damaged(t))
	_, err := certs.Read(certs.File{Name: "x.pfx", Data: data}, secret.NewTextString("right"))
	wantCode(t, err, certs.CodeMalformed)
	_, err = certs.Read(certs.File{Name: "x.pfx", Data: data}, secret.NewTextString("other"))
	wantCode(t, err, certs.CodePassphraseWrong)
}

// A passphrase is the same however the file or the form it comes in writes it.
func TestPassphraseInEveryWriting(t *testing.T) {
	const composed, decomposed, latin1 = "1234é567", "1234e\u0301567", "1234\xe9567"
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	files := map[string][]byte{}
	for name, encoder := range map[string]*pkcs12.Encoder{"modern": pkcs12.Modern2023, "old": pkcs12.LegacyDES} {
		for written, passphrase := range map[string]string{
			"composed":   composed,
			"decomposed": decomposed,
			"wide":       "1234Ã©567",
		} {
			var err error
			files[name+" "+written], err = encoder.Encode(issued.Key.Signer(), issued.Certificate.X509, nil, passphrase)
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for given, text := range map[string][]byte{
		"UTF-8":           []byte(composed),
		"with a BOM":      []byte("\xef\xbb\xbf" + composed + "\r\n"),
		"UTF-16LE":        utf16Of(composed+"\r\n", 0, 1),
		"UTF-16BE":        utf16Of(composed+"\r\n", 1, 0),
		"decomposed":      []byte(decomposed + "\n"),
		"Windows-1252":    []byte(latin1 + "\r\n"),
		"the second line": []byte("other\n" + composed),
	} {
		for name, data := range files {
			if _, err := certs.Read(certs.File{Name: name, Data: data}, secret.NewText(text)); err != nil {
				t.Errorf("%s, given as %s: %v", name, given, err)
			}
		}
	}
}

// Where a passphrase is wrong and was given in an odd way, the answer says so.
func TestOddPassphrasesAreSaid(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	data, err := pkcs12.Modern2023.Encode(issued.Key.Signer(), issued.Certificate.X509, nil, "right")
	if err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{
		"wrong":             "",
		"\xef\xbb\xbfwrong": "bom",
		"\xff\xfew\x00":     "bom",
		"wrong\xe9":         "not_utf8",
	} {
		_, err := certs.Read(certs.File{Name: "x.p12", Data: data}, secret.NewTextString(given))
		wantCode(t, err, certs.CodePassphraseWrong)
		if e, _ := errors.AsType[*certs.Error](err); e.Case != want {
			t.Errorf("%q: case %q, want %q", given, e.Case, want)
		}
	}
}

// Scrypt takes memory, which is given back before the next passphrase is tried.
func TestScryptWithManyPassphrases(t *testing.T) {
	block := pem.EncodeToMemory(&pem.Block{
		Type:  "ENCRYPTED PRIVATE KEY",
		Bytes: pbes2(t, nil, scryptKDF(t, 1<<14, 8, 1)),
	})
	_, err := certs.Read(certs.File{Name: "x.key", Data: block}, secret.NewTextString("a\nb\nc\nd\ne\nf\ng\nh"))
	wantCode(t, err, certs.CodePassphraseWrong)
	_, err = certs.Read(certs.File{Name: "x.key", Data: pbes2(t, nil, scryptKDF(t, 1<<16, 8, 1))},
		secret.NewTextString("a"))
	wantCode(t, err, certs.CodeTooCostly)
}
