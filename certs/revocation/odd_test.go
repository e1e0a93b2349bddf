package revocation_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"

	"github.com/sealkeeper/sealkeeper/certs/revocation"
)

var ecdsaSHA256 = []byte{0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2}

// signed puts a signature after what is signed, as lists and OCSP answers have it.
func (a *authority) signed(t *testing.T, tbs []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(tbs)
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return built(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(tbs)
			b.AddBytes(ecdsaSHA256)
			b.AddASN1BitString(signature)
		})
	})
}

func built(t *testing.T, build func(*cryptobyte.Builder)) []byte {
	t.Helper()
	var b cryptobyte.Builder
	build(&b)
	raw, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func generalized(b *cryptobyte.Builder, text string) {
	b.AddASN1(cbasn1.GeneralizedTime, func(b *cryptobyte.Builder) { b.AddBytes([]byte(text)) })
}

// written is a list with what no library writes. An entry is the content of a serial number.
func (a *authority) written(t *testing.T, from, until string, entries ...string) []byte {
	t.Helper()
	return a.signed(t, built(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			b.AddBytes(ecdsaSHA256)
			b.AddBytes(a.cert.RawSubject)
			generalized(b, from)
			if until != "" {
				generalized(b, until)
			}
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, serial := range entries {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1(cbasn1.INTEGER, func(b *cryptobyte.Builder) { b.AddBytes([]byte(serial)) })
						generalized(b, from)
					})
				}
			})
		})
	}))
}

// Lists that no library writes, and that are read or refused all the same.
func TestOddLists(t *testing.T) {
	a := newAuthority(t, "QTSP")
	from, until := now.Add(-time.Hour).Format("20060102150405Z"), now.Add(time.Hour).Format("20060102150405Z")
	const number = "\x12\x67" // 4711
	long := a.written(t, from, until, number)
	if long[1] != 0x81 {
		t.Fatal("its length is written in another way")
	}
	long = append([]byte{0x30, 0x82, 0, long[2]}, long[3:]...)
	beyond := a.written(t, from, "99991231235959-0100")
	before := a.written(t, "00000101000000+0100", until, number)
	for name, tt := range map[string]struct {
		raw    []byte
		status revocation.Status
		cause  revocation.Cause
	}{
		"without a next update":  {a.written(t, from, ""), revocation.Good, ""},
		"as is usual":            {a.written(t, from, until, "\x01", number), revocation.Revoked, ""},
		"a number with a zero":   {a.written(t, from, until, "\x01", "\x00"+number), revocation.Revoked, ""},
		"a number with zeros":    {a.written(t, from, until, "\x00\x00\x00"+number), revocation.Revoked, ""},
		"another number":         {a.written(t, from, until, "\x12\x67\x00"), revocation.Good, ""},
		"an empty number":        {a.written(t, from, until, ""), revocation.Good, ""},
		"a length in BER":        {long, revocation.NoAnswer, revocation.Malformed},
		"until the end of time":  {a.written(t, from, "99991231235959Z"), revocation.Good, ""},
		"until after that":       {beyond, revocation.NoAnswer, revocation.Malformed},
		"before there were days": {before, revocation.NoAnswer, revocation.Malformed},
	} {
		if got := revocation.JudgeCRL(tt.raw, a.leaf, a.cert, now); got.Status != tt.status || got.Cause != tt.cause {
			t.Errorf("%s: %s %s, want %s %s", name, got.Status, got.Cause, tt.status, tt.cause)
		}
	}
}

// said is one of several single responses.
type said struct {
	issuer *x509.Certificate
	hash   crypto.Hash
	good   bool
}

var hashes = map[crypto.Hash]asn1.ObjectIdentifier{
	crypto.SHA1:   {1, 3, 14, 3, 2, 26},
	crypto.SHA256: {2, 16, 840, 1, 101, 3, 4, 2, 1},
}

// several is an answer with several single responses for the leaf's serial number.
func (a *authority) several(t *testing.T, until string, all ...said) []byte {
	t.Helper()
	at := now.Format("20060102150405Z")
	tbs := built(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.Tag(1).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				b.AddBytes(a.cert.RawSubject)
			})
			generalized(b, at)
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, one := range all {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { a.single(t, b, one, at, until) })
				}
			})
		})
	})
	return built(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Enum(0)
			b.AddASN1(cbasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1})
					b.AddASN1OctetString(a.signed(t, tbs))
				})
			})
		})
	})
}

func (a *authority) single(t *testing.T, b *cryptobyte.Builder, one said, at, until string) {
	t.Helper()
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(one.issuer.RawSubjectPublicKeyInfo, &info); err != nil {
		t.Fatal(err)
	}
	sum := func(data []byte) []byte {
		h := one.hash.New()
		h.Write(data)
		return h.Sum(nil)
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(hashes[one.hash]) })
		b.AddASN1OctetString(sum(one.issuer.RawSubject))
		b.AddASN1OctetString(sum(info.Key.Bytes))
		b.AddASN1BigInt(a.leaf.SerialNumber)
	})
	if one.good {
		b.AddASN1(cbasn1.Tag(0).ContextSpecific(), func(*cryptobyte.Builder) {})
	} else {
		b.AddASN1(cbasn1.Tag(1).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { generalized(b, at) })
	}
	generalized(b, at)
	b.AddASN1(cbasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { generalized(b, until) })
}

// Answers that responders give, and package ocsp's own do not.
func TestOddAnswers(t *testing.T) {
	a, stranger := newAuthority(t, "QTSP"), newAuthority(t, "QTSP")
	good, revoked := said{a.cert, crypto.SHA1, true}, said{a.cert, crypto.SHA1, false}
	good2, revoked2 := said{a.cert, crypto.SHA256, true}, said{a.cert, crypto.SHA256, false}
	other := said{stranger.cert, crypto.SHA1, false}
	const end, after = "99991231235959Z", "99991231235959-0100"
	all := func(of ...said) []byte { return a.several(t, now.Add(time.Hour).Format("20060102150405Z"), of...) }
	for name, tt := range map[string]struct {
		raw    []byte
		status revocation.Status
		cause  revocation.Cause
	}{
		"one":                     {all(good2), revocation.Good, ""},
		"by each hash":            {all(good, good2), revocation.Good, ""},
		"revoked by each":         {all(revoked, revoked2), revocation.Revoked, ""},
		"good, then revoked":      {all(good, revoked2), revocation.NoAnswer, revocation.Malformed},
		"revoked, then good":      {all(revoked, good), revocation.NoAnswer, revocation.Malformed},
		"another's comes after":   {all(good, other), revocation.Good, ""},
		"another's comes before":  {all(other, good), revocation.NoAnswer, revocation.OtherCertificate},
		"none":                    {all(), revocation.NoAnswer, revocation.Malformed},
		"until the end of time":   {a.several(t, end, good), revocation.Good, ""},
		"until after that":        {a.several(t, after, good), revocation.NoAnswer, revocation.Malformed},
		"unauthorized":            {ocsp.UnauthorizedErrorResponse, revocation.NoAnswer, revocation.Refused},
		"an error of its own":     {ocsp.InternalErrorErrorResponse, revocation.NoAnswer, revocation.Refused},
		"a signature is wanted":   {ocsp.SigRequredErrorResponse, revocation.NoAnswer, revocation.Refused},
		"the question is damaged": {ocsp.MalformedRequestErrorResponse, revocation.NoAnswer, revocation.Refused},
		"a list":                  {a.list(t, nil), revocation.NoAnswer, revocation.Malformed},
	} {
		if got := revocation.JudgeOCSP(tt.raw, a.leaf, a.cert, now); got.Status != tt.status || got.Cause != tt.cause {
			t.Errorf("%s: %s %s, want %s %s", name, got.Status, got.Cause, tt.status, tt.cause)
		}
	}
}

// The name of who has signed is said in a few words, however long it is.
func TestLongNamesOfSigners(t *testing.T) {
	a := newAuthority(t, strings.Repeat("Autorité qualifiée ", 1000))
	got := revocation.JudgeCRL(a.list(t, nil), a.leaf, a.cert, now)
	if got.Status != revocation.Good || utf8.RuneCountInString(got.Responder) > 300 ||
		!strings.HasPrefix(got.Responder, "Autorité") || strings.Contains(got.Responder, "\ufffd") {
		t.Errorf("%s by %q", got.Status, got.Responder)
	}
}
