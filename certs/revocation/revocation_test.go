package revocation_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/revocation"
)

const point = "http://crl.example/1.crl"

var now = time.Now().UTC().Truncate(time.Second) // package ocsp dates answers by the clock

// authority is an issuer with its key, and a leaf of it.
type authority struct {
	cert, leaf *x509.Certificate
	key        *ecdsa.PrivateKey
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	root := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.AddDate(-1, 0, 0),
		NotAfter:              now.AddDate(1, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	a.cert = a.issue(t, root, root, a.key.Public())
	a.leaf = a.issue(t, &x509.Certificate{
		SerialNumber:          big.NewInt(4711),
		Subject:               pkix.Name{CommonName: "leaf"},
		NotBefore:             now.AddDate(0, -1, 0),
		NotAfter:              now.AddDate(0, 1, 0),
		CRLDistributionPoints: []string{point},
	}, a.cert, newKey(t).Public())
	return a
}

func (a *authority) issue(t testing.TB, template, parent *x509.Certificate, key crypto.PublicKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, a.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// responder is a certificate for answering, as change makes it.
func (a *authority) responder(t testing.TB, change func(*x509.Certificate)) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "responder"},
		NotBefore:    now.AddDate(0, -1, 0),
		NotAfter:     now.AddDate(0, 1, 0),
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning},
		ExtraExtensions: []pkix.Extension{{
			Id:    asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, // ocsp-nocheck
			Value: []byte{5, 0},
		}},
	}
	if change != nil {
		change(template)
	}
	return a.issue(t, template, a.cert, key.Public()), key
}

func good(a *authority) ocsp.Response {
	return ocsp.Response{
		Status:       ocsp.Good,
		SerialNumber: a.leaf.SerialNumber,
		ThisUpdate:   now.Add(-time.Hour),
		NextUpdate:   now.Add(time.Hour),
	}
}

func answer(t testing.TB, issuer, signer *x509.Certificate, r ocsp.Response, key crypto.Signer) []byte {
	t.Helper()
	raw, err := ocsp.CreateResponse(issuer, signer, r, key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestOCSP(t *testing.T) {
	a, stranger := newAuthority(t, "QTSP"), newAuthority(t, "QTSP")
	delegate, delegateKey := a.responder(t, nil)
	unchecked, uncheckedKey := a.responder(t, func(c *x509.Certificate) { c.ExtraExtensions = nil })
	tls, tlsKey := a.responder(t, func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	over, overKey := a.responder(t, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) })
	foreign, foreignKey := stranger.responder(t, nil)
	with := func(change func(*ocsp.Response)) ocsp.Response {
		r := good(a)
		change(&r)
		return r
	}
	revoked := with(func(r *ocsp.Response) {
		r.Status, r.RevokedAt, r.RevocationReason = ocsp.Revoked, now.Add(-2*time.Hour), ocsp.KeyCompromise
	})
	signed := answer(t, a.cert, a.cert, good(a), a.key)
	for _, tt := range []struct {
		name   string
		raw    []byte
		status revocation.Status
		cause  revocation.Cause
	}{
		{"signed by the issuer", signed, revocation.Good, ""},
		{"signed by the issuer, its certificate along", answer(t, a.cert, a.cert,
			with(func(r *ocsp.Response) { r.Certificate = a.cert }), a.key), revocation.Good, ""},
		{"delegated", answer(t, a.cert, delegate,
			with(func(r *ocsp.Response) { r.Certificate = delegate }), delegateKey), revocation.Good, ""},
		{"delegated, to be checked itself", answer(t, a.cert, unchecked,
			with(func(r *ocsp.Response) { r.Certificate = unchecked }), uncheckedKey), revocation.Good, ""},
		{"delegated without its certificate", answer(t, a.cert, delegate, good(a), delegateKey), revocation.NoAnswer,
			revocation.Forged},
		{"a certificate for TLS answers", answer(t, a.cert, tls,
			with(func(r *ocsp.Response) { r.Certificate = tls }), tlsKey), revocation.NoAnswer, revocation.Forged},
		{"a responder whose certificate has ended", answer(t, a.cert, over,
			with(func(r *ocsp.Response) { r.Certificate = over }), overKey), revocation.NoAnswer, revocation.Forged},
		{"another issuer of the same name", answer(t, a.cert, foreign,
			with(func(r *ocsp.Response) { r.Certificate = foreign }), foreignKey), revocation.NoAnswer,
			revocation.Forged},
		{"another key", answer(t, a.cert, a.cert, good(a), stranger.key), revocation.NoAnswer, revocation.Forged},
		{"of another issuer of the same name", answer(t, stranger.cert, stranger.cert, good(a), stranger.key),
			revocation.NoAnswer, revocation.OtherCertificate},
		{"revoked", answer(t, a.cert, a.cert, revoked, a.key), revocation.Revoked, ""},
		{"unknown", answer(t, a.cert, a.cert, with(func(r *ocsp.Response) { r.Status = ocsp.Unknown }), a.key),
			revocation.Unknown, ""},
		{"another serial number", answer(t, a.cert, a.cert,
			with(func(r *ocsp.Response) { r.SerialNumber = big.NewInt(4712) }), a.key), revocation.NoAnswer,
			revocation.OtherCertificate},
		{"of tomorrow", answer(t, a.cert, a.cert,
			with(func(r *ocsp.Response) { r.ThisUpdate = now.Add(24 * time.Hour) }), a.key), revocation.NoAnswer,
			revocation.Future},
		{"over", answer(t, a.cert, a.cert, with(func(r *ocsp.Response) { r.NextUpdate = now.Add(-time.Second) }),
			a.key), revocation.Stale, revocation.Expired},
		{"without a next update, of today", answer(t, a.cert, a.cert,
			with(func(r *ocsp.Response) { r.NextUpdate = time.Time{} }), a.key), revocation.Good, ""},
		{"without a next update, of last week", answer(t, a.cert, a.cert, with(func(r *ocsp.Response) {
			r.ThisUpdate, r.NextUpdate = now.AddDate(0, 0, -7), time.Time{}
		}), a.key), revocation.Stale, revocation.Expired},
		{"cut off", signed[:len(signed)-7], revocation.NoAnswer, revocation.Malformed},
		{"bytes after the end", append(bytes.Clone(signed), 0), revocation.NoAnswer, revocation.Malformed},
		{"nothing", nil, revocation.NoAnswer, revocation.Malformed},
		{"a page", []byte("<html>"), revocation.NoAnswer, revocation.Malformed},
		{"try later", ocsp.TryLaterErrorResponse, revocation.NoAnswer, revocation.Refused},
		{"too long", make([]byte, 1<<20), revocation.NoAnswer, revocation.Oversized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := revocation.JudgeOCSP(tt.raw, a.leaf, a.cert, now)
			if got.Status != tt.status || got.Cause != tt.cause || len(got.SHA256) != 64 {
				t.Errorf("%+v, want %s %s", got, tt.status, tt.cause)
			}
			if got.Status == revocation.Revoked && (got.Reason != "keyCompromise" || got.RevokedAt.IsZero()) {
				t.Errorf("%+v", got)
			}
			if got.ResponderToCheck != (tt.name == "delegated, to be checked itself") {
				t.Errorf("to be checked: %t", got.ResponderToCheck)
			}
		})
	}
	changed := bytes.Clone(signed)
	changed[len(changed)-1] ^= 1
	if got := revocation.JudgeOCSP(changed, a.leaf, a.cert, now); got.Status != revocation.NoAnswer {
		t.Errorf("a changed signature: %+v", got)
	}
}

// listed is a list with the entries and extensions given.
func (a *authority) list(t testing.TB, change func(*x509.RevocationList), entries ...x509.RevocationListEntry) []byte {
	t.Helper()
	template := &x509.RevocationList{
		Number:                    big.NewInt(7),
		ThisUpdate:                now.Add(-time.Hour),
		NextUpdate:                now.Add(time.Hour),
		RevokedCertificateEntries: entries,
	}
	if change != nil {
		change(template)
	}
	raw, err := x509.CreateRevocationList(rand.Reader, template, a.cert, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func entry(serial int64, reason int) x509.RevocationListEntry {
	return x509.RevocationListEntry{
		SerialNumber:   big.NewInt(serial),
		RevocationTime: now.Add(-2 * time.Hour),
		ReasonCode:     reason,
	}
}

func extension(t testing.TB, oid asn1.ObjectIdentifier, value any) func(*x509.RevocationList) {
	t.Helper()
	der, ok := value.([]byte)
	if !ok {
		var err error
		if der, err = asn1.Marshal(value); err != nil {
			t.Fatal(err)
		}
	}
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: oid, Critical: true, Value: der})
	}
}

// scope is an issuingDistributionPoint for one URI, with the given fields after it.
func scope(t testing.TB, uri string, more ...byte) func(*x509.RevocationList) {
	name := append([]byte{0x86, byte(len(uri))}, uri...)
	full := append([]byte{0xa0, byte(len(name))}, name...)
	body := append(append([]byte{0xa0, byte(len(full))}, full...), more...)
	if uri == "" {
		body = more
	}
	return extension(t, asn1.ObjectIdentifier{2, 5, 29, 28}, append([]byte{0x30, byte(len(body))}, body...))
}

func TestCRL(t *testing.T) {
	a, stranger := newAuthority(t, "QTSP"), newAuthority(t, "QTSP")
	other := newAuthority(t, "Another QTSP")
	whole := a.list(t, nil, entry(1, 1), entry(4711, 1), entry(9, 0))
	for _, tt := range []struct {
		name   string
		raw    []byte
		status revocation.Status
		cause  revocation.Cause
	}{
		{"an empty list", a.list(t, nil), revocation.Good, ""},
		{"others are on it", a.list(t, nil, entry(1, 1), entry(47110, 1)), revocation.Good, ""},
		{"it is on it", whole, revocation.Revoked, ""},
		{"as PEM", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: whole}), revocation.Revoked, ""},
		{"on hold", a.list(t, nil, entry(4711, 6)), revocation.Revoked, ""},
		{"signed by another of the same name", stranger.list(t, nil), revocation.NoAnswer, revocation.Forged},
		{"of another issuer", other.list(t, nil), revocation.NoAnswer, revocation.OtherCertificate},
		{"of tomorrow", a.list(t, func(l *x509.RevocationList) {
			l.ThisUpdate, l.NextUpdate = now.Add(time.Hour), now.Add(2*time.Hour)
		}), revocation.NoAnswer, revocation.Future},
		{"over", a.list(t, func(l *x509.RevocationList) { l.NextUpdate = now.Add(-time.Second) }), revocation.Stale,
			revocation.Expired},
		{"cut off", whole[:len(whole)-7], revocation.NoAnswer, revocation.Malformed},
		{"bytes after the end", append(bytes.Clone(whole), 0), revocation.NoAnswer, revocation.Malformed},
		{"nothing", nil, revocation.NoAnswer, revocation.Malformed},
		{"its part", a.list(t, scope(t, point), entry(4711, 1)), revocation.Revoked, ""},
		{"its part, and not on it", a.list(t, scope(t, point, 0x81, 1, 0xff)), revocation.Good, ""},
		{"another part", a.list(t, scope(t, "http://crl.example/2.crl")), revocation.NoAnswer, revocation.OtherScope},
		{"for CAs", a.list(t, scope(t, "", 0x82, 1, 0xff)), revocation.NoAnswer, revocation.OtherScope},
		{"for other issuers too", a.list(t, scope(t, point, 0x84, 1, 0xff)), revocation.NoAnswer,
			revocation.OtherScope},
		{"for some reasons, and not on it", a.list(t, scope(t, point, 0x83, 2, 6, 0x40)), revocation.NoAnswer,
			revocation.OtherScope},
		{"for some reasons, and on it", a.list(t, scope(t, point, 0x83, 2, 6, 0x40), entry(4711, 1)),
			revocation.Revoked, ""},
		{"an extension nobody knows", a.list(t, extension(t, asn1.ObjectIdentifier{1, 2, 3}, []byte{5, 0})),
			revocation.NoAnswer, revocation.NotUnderstood},
		{"a delta list alone", a.list(t, extension(t, asn1.ObjectIdentifier{2, 5, 29, 27}, big.NewInt(6))),
			revocation.NoAnswer, revocation.DeltaAlone},
		{"too long", make([]byte, revocation.MaxCRL+1), revocation.NoAnswer, revocation.Oversized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := revocation.JudgeCRL(tt.raw, a.leaf, a.cert, now)
			if got.Status != tt.status || got.Cause != tt.cause {
				t.Errorf("%+v, want %s %s", got, tt.status, tt.cause)
			}
			if tt.name == "on hold" && got.Reason != "certificateHold" ||
				tt.name == "it is on it" && (got.Reason != "keyCompromise" || got.Number.Int64() != 7) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestDeltaCRL(t *testing.T) {
	a := newAuthority(t, "QTSP")
	delta := func(number int64, entries ...x509.RevocationListEntry) []byte {
		return a.list(t, func(l *x509.RevocationList) {
			l.Number = big.NewInt(number)
			extension(t, asn1.ObjectIdentifier{2, 5, 29, 27}, big.NewInt(7))(l)
		}, entries...)
	}
	clean := revocation.JudgeCRL(a.list(t, nil), a.leaf, a.cert, now)
	held := revocation.JudgeCRL(a.list(t, nil, entry(4711, 6)), a.leaf, a.cert, now)
	for _, tt := range []struct {
		name     string
		complete revocation.Verdict
		raw      []byte
		status   revocation.Status
		cause    revocation.Cause
	}{
		{"nothing new, good", clean, delta(8), revocation.Good, ""},
		{"nothing new, on hold", held, delta(8), revocation.Revoked, ""},
		{"revoked since", clean, delta(8, entry(4711, 1)), revocation.Revoked, ""},
		{"released", held, delta(8, entry(4711, 8)), revocation.Good, ""},
		{"older than the complete list", clean, delta(6), revocation.NoAnswer, revocation.DeltaAlone},
		{"no complete list", revocation.Verdict{Status: revocation.NoAnswer}, delta(8), revocation.NoAnswer,
			revocation.DeltaAlone},
		{"no delta list", clean, a.list(t, nil), revocation.NoAnswer, revocation.Malformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, _ := revocation.OpenList(tt.raw, a.cert)
			got := list.Continue(tt.complete, a.leaf, now)
			if got.Status != tt.status || got.Cause != tt.cause {
				t.Errorf("%+v, want %s %s", got, tt.status, tt.cause)
			}
		})
	}
}

func TestNeeded(t *testing.T) {
	for want, c := range map[bool]*certs.Certificate{
		true:  {},
		false: {Extensions: certs.Extensions{NoRevocation: true}},
	} {
		if revocation.Needed(c) != want {
			t.Errorf("want %t", want)
		}
	}
	if revocation.Needed(&certs.Certificate{Extensions: certs.Extensions{ShortTerm: true}}) {
		t.Error("a short-lived certificate is asked about")
	}
}

// A long list is searched where it lies: what it takes does not grow with its entries.
func TestLongListsAreNotLoaded(t *testing.T) {
	a := newAuthority(t, "QTSP")
	entries := make([]x509.RevocationListEntry, 100_000)
	for i := range entries {
		entries[i] = entry(int64(i)+10_000, 1)
	}
	raw := a.list(t, nil, entries...)
	if n := testing.AllocsPerRun(1, func() {
		if got := revocation.JudgeCRL(raw, a.leaf, a.cert, now); got.Status != revocation.Good {
			t.Errorf("%+v", got)
		}
	}); n > 1000 {
		t.Errorf("%.0f allocations for %d entries", n, len(entries))
	}
}

func BenchmarkCRL(b *testing.B) {
	a := newAuthority(b, "QTSP")
	entries := make([]x509.RevocationListEntry, 100_000)
	for i := range entries {
		entries[i] = entry(int64(i)+10_000, 1)
	}
	raw := a.list(b, nil, entries...)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		revocation.JudgeCRL(raw, a.leaf, a.cert, now)
	}
}

func FuzzOCSP(f *testing.F) {
	a := newAuthority(f, "QTSP")
	f.Add(answer(f, a.cert, a.cert, good(a), a.key))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if got := revocation.JudgeOCSP(raw, a.leaf, a.cert, now); got.Status == "" {
			t.Errorf("%+v", got)
		}
	})
}

func FuzzCRL(f *testing.F) {
	a := newAuthority(f, "QTSP")
	f.Add(a.list(f, scope(f, point), entry(4711, 1)))
	f.Add(a.list(f, extension(f, asn1.ObjectIdentifier{2, 5, 29, 27}, big.NewInt(6))))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if got := revocation.JudgeCRL(raw, a.leaf, a.cert, now); got.Status == "" {
			t.Errorf("%+v", got)
		}
	})
}
