package certs_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// withPeriod is a certificate whose times are written as these GeneralizedTimes.
func withPeriod(t *testing.T, notBefore, notAfter string) *certs.Certificate {
	t.Helper()
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256}).Certificate
	general := func(text string) []byte { return append([]byte{0x18, byte(len(text))}, text...) }
	utc := func(at time.Time) []byte { return append([]byte{0x17, 13}, at.Format("060102150405Z")...) }
	raw := qtsp.Patch(issued.Raw, utc(issued.NotBefore), general(notBefore))
	return qtsp.Parse(t, qtsp.Patch(raw, utc(issued.NotAfter), general(notAfter)))
}

// A date that does not exist is left out, and not shown as another one.
func TestYearZeroIsNoDate(t *testing.T) {
	c := withPeriod(t, "00000101000001Z", "99991231235959Z")
	if !c.NotBefore.IsZero() || c.NotAfter.Year() != 9999 {
		t.Errorf("%s to %s", c.NotBefore, c.NotAfter)
	}
	findings := rules.Judge(c, nil, time.Now())
	text, err := json.Marshal(rules.FactsOf(c, findings))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "0001-01-01") || strings.Contains(string(text), "not_before") ||
		!strings.Contains(string(text), "validity_unreadable") {
		t.Errorf("%s", text)
	}
	for _, f := range rules.JudgePair(c, c, time.Now()) {
		if strings.Contains(f.Message, "January 1") {
			t.Errorf("%s: %s", f.Code, f.Message)
		}
	}
	for _, f := range rules.Judge(qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256}).Certificate,
		[]*certs.Certificate{c}, time.Now()) {
		if f.Code == "issuer_expired" {
			t.Errorf("an issuer without a date: %s", f.Message)
		}
	}
}

// Days are counted beyond the 292 years of a time.Duration.
func TestDaysOfLongPeriods(t *testing.T) {
	c := withPeriod(t, "20200101000000Z", "99991231235959Z")
	if days := certs.Days(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), c.NotAfter); days != 2912442 {
		t.Errorf("%d days", days)
	}
}

// A key that cannot be used is called by its name; one for RSA-PSS alone says so, as its certificate does.
func TestKeysHaveNames(t *testing.T) {
	pkcs8 := func(oid, curve string, key []byte) []byte {
		var b cryptobyte.Builder
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(0)
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				addOID(t, b, oid)
				if curve != "" {
					addOID(t, b, curve)
				}
			})
			b.AddASN1OctetString(key)
		})
		return b.BytesOrPanic()
	}
	for oid, want := range map[string]string{
		"2.16.840.1.101.3.4.3.17": "of kind ML-DSA-44,",
		"2.16.840.1.101.3.4.3.18": "of kind ML-DSA-65,",
		"2.16.840.1.101.3.4.3.19": "of kind ML-DSA-87,",
		"1.3.101.113":             "of kind Ed448,",
		"1.2.840.10040.4.1":       "of kind DSA,",
		"1.2.3.4":                 "of kind 1.2.3.4,",
	} {
		_, err := certs.Read(certs.File{Name: "x", Data: pkcs8(oid, "", []byte{4, 1, 1})}, secret.Text{})
		wantCode(t, err, certs.CodeUnsupportedKey)
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v", err)
		}
	}
	ec := []byte{0x30, 6, 2, 1, 1, 4, 1, 1}
	_, err := certs.Read(certs.File{
		Name: "x",
		Data: pkcs8("1.2.840.10045.2.1", "1.2.840.10045.3.0.5", ec),
	}, secret.Text{})
	if err == nil || !strings.Contains(err.Error(), "curve c2tnb191v1") {
		t.Errorf("%v", err)
	}
	plain, err := qtsp.Must(t).MustIssue(t, qtsp.Request{}).Key.PKCS8()
	if err != nil {
		t.Fatal(err)
	}
	var outer, inner cryptobyte.String
	s := cryptobyte.String(plain)
	if !s.ReadASN1(&outer, asn1.SEQUENCE) || !outer.SkipASN1(asn1.INTEGER) || !outer.SkipASN1(asn1.SEQUENCE) ||
		!outer.ReadASN1(&inner, asn1.OCTET_STRING) {
		t.Fatal("no PKCS#8")
	}
	for oid, want := range map[string]string{
		"1.2.840.113549.1.1.1":  "RSA",
		"1.2.840.113549.1.1.10": "RSA-PSS",
	} {
		keys := read(t, "x", pkcs8(oid, "", inner)).Keys
		if got := keys[0].Algorithm(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
