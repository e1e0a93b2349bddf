package certs_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"go.mozilla.org/pkcs7"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// authority is an issuing name with a key, of which there may be several certificates.
type authority struct {
	name string
	key  crypto.Signer
}

func newAuthority(t *testing.T, name string) authority {
	t.Helper()
	return authority{name, qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256}).Key.Signer()}
}

// certify issues a certificate about a that ends in some years.
func (a authority) certify(t *testing.T, about authority, years int, ca bool) *certs.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: about.name},
		NotBefore:             time.Now().AddDate(-5, 0, 0),
		NotAfter:              time.Now().AddDate(years, 0, 0),
		IsCA:                  ca,
		BasicConstraintsValid: true,
	}
	parent := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: a.name}}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, about.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return qtsp.Parse(t, der)
}

func names(chain []*certs.Certificate) string {
	var all []string
	for _, c := range chain {
		all = append(all, c.SubjectName.CommonName()+c.NotAfter.Format(" 2006"))
	}
	return strings.Join(all, ", ")
}

func TestTheBestChainIsTaken(t *testing.T) {
	root, other, issuing, impostor := newAuthority(t, "root"), newAuthority(t, "other"), newAuthority(t, "issuing"),
		newAuthority(t, "issuing")
	leaf := issuing.certify(t, newAuthority(t, "leaf"), 2, false)
	late, expired, early := root.certify(t, issuing, 9, true), root.certify(t, issuing, -1, true),
		root.certify(t, issuing, 1, true)
	cross := other.certify(t, issuing, 5, true)
	anchor, foreign := root.certify(t, root, 10, true), other.certify(t, other, 20, true)
	stranger := root.certify(t, impostor, 10, true)
	for name, tt := range map[string]struct{ given, want []*certs.Certificate }{
		"nothing":             {nil, nil},
		"a stranger":          {[]*certs.Certificate{stranger, anchor, foreign}, nil},
		"the expired alone":   {[]*certs.Certificate{expired}, []*certs.Certificate{expired}},
		"re-issued":           {[]*certs.Certificate{expired, early, late}, []*certs.Certificate{late}},
		"ends after the leaf": {[]*certs.Certificate{early, anchor, cross}, []*certs.Certificate{cross}},
		"reaches a root":      {[]*certs.Certificate{late, cross, foreign}, []*certs.Certificate{cross, foreign}},
		"of two roots": {
			[]*certs.Certificate{foreign, cross, stranger, anchor, late},
			[]*certs.Certificate{late, anchor},
		},
	} {
		if got := certs.ChainOf(leaf, tt.given); names(got) != names(tt.want) {
			t.Errorf("%s: got %s, want %s", name, names(got), names(tt.want))
		}
	}
	if got := certs.WithoutRoot([]*certs.Certificate{late, anchor}); names(got) != names([]*certs.Certificate{late}) {
		t.Errorf("without its root it is %s", names(got))
	}
}

func TestAChainFitsOrItIsSaidWhy(t *testing.T) {
	root, issuing, impostor := newAuthority(t, "root"), newAuthority(t, "issuing"), newAuthority(t, "issuing")
	leaf := issuing.certify(t, newAuthority(t, "leaf"), 2, false)
	good, anchor := root.certify(t, issuing, 3, true), root.certify(t, root, 10, true)
	for name, tt := range map[string]struct {
		chain []*certs.Certificate
		code  string
	}{
		"fits":             {[]*certs.Certificate{good, anchor}, ""},
		"without its root": {[]*certs.Certificate{good}, ""},
		"none":             {nil, certs.CodeChainMisfit},
		"another key":      {[]*certs.Certificate{root.certify(t, impostor, 3, true)}, certs.CodeChainMisfit},
		"order":            {[]*certs.Certificate{anchor, good}, certs.CodeChainMisfit},
		"a foreign one":    {[]*certs.Certificate{good, issuing.certify(t, impostor, 3, true)}, certs.CodeChainMisfit},
		"must not issue":   {[]*certs.Certificate{root.certify(t, issuing, 3, false)}, certs.CodeChainMisfit},
		"twice":            {[]*certs.Certificate{good, good}, certs.CodeChainMisfit},
		"expired":          {[]*certs.Certificate{root.certify(t, issuing, -1, true)}, certs.CodeChainExpired},
	} {
		err := certs.CheckChain(leaf, tt.chain, time.Now())
		e, _ := errors.AsType[*certs.Error](err)
		if (tt.code == "") != (err == nil) || e != nil && e.Code != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestManyWaysEnd gives authorities that all certified each other, several times over.
func TestManyWaysEnd(t *testing.T) {
	one, two := newAuthority(t, "one"), newAuthority(t, "two")
	given := []*certs.Certificate{}
	for range 20 {
		given = append(given, one.certify(t, two, 1, true), two.certify(t, one, 1, true))
	}
	leaf := one.certify(t, newAuthority(t, "leaf"), 1, false)
	if chain := certs.ChainOf(leaf, given); len(chain) == 0 || len(chain) > 8 {
		t.Errorf("a chain of %d", len(chain))
	}
}

func TestWhatAnIssuersAddressAnswers(t *testing.T) {
	q := qtsp.Must(t)
	issuing := q.Chain()[0]
	several, err := pkcs7.DegenerateCertificate(issuing)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"DER": issuing, "PEM": pemOf(issuing), "PKCS#7": several} {
		found, err := certs.ReadIssuers(t.Context(), certs.File{Name: "http://pki.example/ca", Data: data})
		if err != nil || len(found) != 1 || string(found[0].Raw) != string(issuing) {
			t.Errorf("%s: %d certificates, %v", name, len(found), err)
		}
	}
	page := []byte("<!doctype html>")
	for name, data := range map[string][]byte{"nothing": nil, "a page": page, "cut": issuing[:99]} {
		if _, err := certs.ReadIssuers(t.Context(), certs.File{Name: "x", Data: data}); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}
