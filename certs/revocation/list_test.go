package revocation_test

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs/revocation"
)

// points is a CRLDistributionPoints (RFC 5280 section 4.2.1.13) with one full name.
func points(uri string) []byte {
	tagged := func(tag byte, content []byte) []byte { return append([]byte{tag, byte(len(content))}, content...) }
	return tagged(0x30, tagged(0x30, tagged(0xa0, tagged(0xa0, tagged(0x86, []byte(uri))))))
}

func TestListsForAuthorities(t *testing.T) {
	a := newAuthority(t, "QTSP")
	ca := *a.leaf
	ca.IsCA = true
	for _, tt := range []struct {
		name string
		raw  []byte
		want revocation.Status
	}{
		{"for CAs", a.list(t, scope(t, "", 0x82, 1, 0xff)), revocation.Good},
		{"for all but CAs", a.list(t, scope(t, "", 0x81, 1, 0xff)), revocation.NoAnswer},
		{"for all", a.list(t, nil, entry(4711, 2)), revocation.Revoked},
	} {
		if got := revocation.JudgeCRL(tt.raw, &ca, a.cert, now); got.Status != tt.want {
			t.Errorf("%s: %s %s", tt.name, got.Status, got.Cause)
		}
	}
}

func TestFreshest(t *testing.T) {
	a := newAuthority(t, "QTSP")
	freshest := asn1.ObjectIdentifier{2, 5, 29, 46}
	l, v := revocation.OpenList(a.list(t, extension(t, freshest, asn1.RawValue{FullBytes: points("http://d.example")})),
		a.cert)
	if l == nil || !slices.Equal(l.Freshest(), []string{"http://d.example"}) {
		t.Fatalf("%+v, %+v", l, v)
	}
	if l, _ = revocation.OpenList(a.list(t, nil), a.cert); l.Freshest() != nil {
		t.Error("a list that names none names one")
	}
}

// One list is opened once, and asked about as many certificates as one likes.
func TestOneListForMany(t *testing.T) {
	a := newAuthority(t, "QTSP")
	l, _ := revocation.OpenList(a.list(t, nil, entry(5, 1)), a.cert)
	for serial, want := range map[int64]revocation.Status{4: revocation.Good, 5: revocation.Revoked} {
		other := &x509.Certificate{SerialNumber: entry(serial, 0).SerialNumber}
		if got := l.Judge(other, now); got.Status != want || got.SHA256 == "" {
			t.Errorf("%d: %+v", serial, got)
		}
	}
}
