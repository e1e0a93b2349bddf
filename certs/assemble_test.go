package certs_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

func read(t testing.TB, name string, parts ...[]byte) *certs.Contents {
	t.Helper()
	contents, err := certs.Read(certs.File{Name: name, Data: bytes.Join(parts, nil)}, secret.Text{})
	if err != nil {
		t.Fatal(err)
	}
	return contents
}

func TestAssembleMatchesAcrossFiles(t *testing.T) {
	q := qtsp.Must(t)
	qwac := q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	qsealc := q.MustIssue(t, qtsp.Request{Kind: certs.QSealC, KeyType: qtsp.P256})
	root := pemOf(q.Root().Raw)
	uploads, err := certs.Assemble([]*certs.Contents{
		read(t, "key.pem", qsealc.KeyPEM()), read(t, "roots.pem", root, qwac.CertificatePEM()), read(t, "seal.pem",
			qsealc.CertificatePEM(), qwac.KeyPEM()),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(uploads) != 2 {
		t.Fatalf("%d leaves, want 2", len(uploads))
	}
	for i, want := range []*qtsp.Issued{qwac, qsealc} {
		u := uploads[i]
		if u.Leaf.SHA256 != want.Certificate.SHA256 || u.Key == nil || u.Key.SPKISHA256() != want.Key.SPKISHA256() {
			t.Errorf("leaf %d: wrong leaf or key", i)
		}
		if len(u.Chain) != 2 || !bytes.Equal(u.Chain[0].Raw, q.Chain()[0]) || !bytes.Equal(u.Chain[1].Raw,
			q.Root().Raw) {
			t.Errorf("leaf %d: the chain is not issuing CA and root", i)
		}
	}
}

// selfSignedCA is what people make by hand: a root that nobody issued anything with yet.
func selfSignedCA(t testing.TB) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Own CA"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		NotBefore:             time.Now(),
		NotAfter:              time.Now().Add(time.Hour),
		KeyUsage:              x509.KeyUsageCRLSign | x509.KeyUsageCertSign,
		SubjectKeyId:          []byte{1, 2, 3},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return qtsp.Parse(t, raw).X509, key
}

// A certificate for issuing others that comes with its key is called what it is.
func TestKeyOfAnIssuer(t *testing.T) {
	ca, key := selfSignedCA(t)
	data, err := pkcs12.Modern2023.Encode(key, ca, nil, "x")
	if err != nil {
		t.Fatal(err)
	}
	contents, err := certs.Read(certs.File{Name: "ca.p12", Data: data}, secret.NewTextString("x"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = certs.Assemble([]*certs.Contents{contents})
	wantCode(t, err, certs.CodeKeyOfIssuer)
	if want := "The key in ca.p12 belongs to Own CA, which is a certificate for issuing others (CA)"; err == nil ||
		!strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v", err)
	}
}

func TestAssembleRefusals(t *testing.T) {
	q := qtsp.Must(t)
	one := q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	two := q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	certificate, key := read(t, "a.pem", one.CertificatePEM()), read(t, "b.pem", two.KeyPEM())
	for _, tt := range []struct {
		name     string
		contents []*certs.Contents
		code     string
		says     string
	}{
		{"key of another, with a chain", []*certs.Contents{certificate, key}, certs.CodeKeyMismatch,
			"The key in b.pem does not belong to the certificate in a.pem; add"},
		{"key of none",
			[]*certs.Contents{
				certificate,
				read(t, "c.pem", q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256}).CertificatePEM()),
				key,
			},
			certs.CodeKeyMismatch, "The key in b.pem belongs to none of the 2 certificates in a.pem, c.pem; add"},
		{"key alone", []*certs.Contents{key}, certs.CodeKeyMismatch, "came without a certificate"},
		{"issuer alone", []*certs.Contents{read(t, "ca.pem", pemOf(q.Chain()[0]))}, certs.CodeNoLeaf,
			"Only issuing certificates"},
		{"nothing", nil, certs.CodeNoLeaf, "Only issuing certificates"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := certs.Assemble(tt.contents)
			wantCode(t, err, tt.code)
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("says %q", err)
			}
		})
	}
}

// TestChainsEnd gives certificates that issued each other, and many of one name.
func TestChainsEnd(t *testing.T) {
	q := qtsp.Must(t)
	key := q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256}).Key.Signer()
	issue := func(subject, issuer string) *certs.Certificate {
		parent := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: issuer}}
		template := &x509.Certificate{
			SerialNumber:          big.NewInt(2),
			Subject:               pkix.Name{CommonName: subject},
			IsCA:                  true,
			BasicConstraintsValid: true,
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		return qtsp.Parse(t, der)
	}
	a, b := issue("a", "b"), issue("b", "a")
	if chain := certs.ChainOf(a, []*certs.Certificate{a, b}); len(chain) != 1 || chain[0] != b {
		t.Errorf("a chain of %d", len(chain))
	}
	ladder := []*certs.Certificate{}
	for i := range 20 {
		ladder = append(ladder, issue(fmt.Sprint(i), fmt.Sprint(i+1)))
	}
	if chain := certs.ChainOf(ladder[0], ladder); len(chain) != 8 {
		t.Errorf("a chain of %d, want it to end at 8", len(chain))
	}
}

func TestDuplicatesAreNamed(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	contents := read(t, "twice.pem", issued.CertificatePEM(), issued.CertificatePEM(), issued.KeyPEM(), issued.KeyPEM())
	if len(contents.Certificates) != 2 || len(contents.Keys) != 1 || len(contents.Duplicates) != 3 {
		t.Errorf("%d certificates, %d keys, duplicates %v", len(contents.Certificates), len(contents.Keys),
			contents.Duplicates)
	}
}

func TestPairs(t *testing.T) {
	q := qtsp.Must(t)
	now := time.Now()
	qwac := q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	for _, tt := range []struct {
		name  string
		other qtsp.Request
		want  []string
	}{
		{"a good pair", qtsp.Request{Kind: certs.QSealC}, nil},
		{"two QWACs", qtsp.Request{}, []string{"pair_qsealc_kind"}},
		{"another organization", qtsp.Request{
			Kind:                   certs.QSealC,
			OrganizationIdentifier: "PSDFR-ACPR-99999",
		}, []string{"pair_organization"}},
		{
			"another name",
			qtsp.Request{Kind: certs.QSealC, Organization: "Exemple SAS"},
			[]string{"pair_organization_name"},
		},
		{"fewer roles", qtsp.Request{Kind: certs.QSealC, Roles: []string{"PSP_AI"}}, []string{"pair_roles"}},
		{"roles in another order", qtsp.Request{Kind: certs.QSealC, Roles: []string{"PSP_PI", "PSP_AI"}}, nil},
		{"another authority", qtsp.Request{Kind: certs.QSealC, NCAID: "IT-BI"}, []string{"pair_authority"}},
		{"the same key", qtsp.Request{Kind: certs.QSealC, Key: qwac.Key.Signer()}, []string{"pair_same_key"}},
		{
			"a shorter life",
			qtsp.Request{Kind: certs.QSealC, NotAfter: now.AddDate(0, 1, 0)},
			[]string{"pair_ends_earlier"},
		},
		{
			"never together",
			qtsp.Request{Kind: certs.QSealC, NotBefore: now.AddDate(2, 0, 0)},
			[]string{"pair_no_common_validity", "pair_ends_earlier"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.other.Key == nil {
				tt.other.KeyType = qtsp.P256
			}
			got := codesOf(rules.JudgePair(qwac.Certificate, q.MustIssue(t, tt.other).Certificate, now))
			if strings.Join(got, " ") != strings.Join(tt.want, " ") {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}
	if got := codesOf(rules.JudgePair(q.MustIssue(t, qtsp.Request{
		Kind:    certs.QSealC,
		KeyType: qtsp.P256,
	}).Certificate, qwac.Certificate, now)); len(got) != 2 {
		t.Errorf("swapped: found %v, want both kinds to be wrong", got)
	}
}

func TestDiffNamesTheConsequences(t *testing.T) {
	q := qtsp.Must(t)
	now := time.Now().Truncate(time.Second)
	old := q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256, NotAfter: now.AddDate(0, 1, 0)})
	for _, tt := range []struct {
		name    string
		renewed qtsp.Request
		want    map[string]rules.Severity // what changed, and how much it matters
	}{
		{"renewed with its key", qtsp.Request{Key: old.Key.Signer()}, map[string]rules.Severity{
			"serial":   "notice",
			"validity": "notice",
		}},
		{"rekeyed", qtsp.Request{KeyType: qtsp.P256}, map[string]rules.Severity{
			"serial":   "notice",
			"validity": "notice",
			"key":      "notice",
		}},
		{"role lost", qtsp.Request{Key: old.Key.Signer(), Roles: []string{"PSP_AI"}}, map[string]rules.Severity{
			"serial":   "notice",
			"validity": "notice",
			"roles":    "error",
		}},
		{"role gained", qtsp.Request{
			Key:   old.Key.Signer(),
			Roles: []string{"PSP_AI", "PSP_PI", "PSP_IC"},
		}, map[string]rules.Severity{"serial": "notice", "validity": "notice", "roles": "notice"}},
		{"clientAuth lost", qtsp.Request{Key: old.Key.Signer(), Change: onlyServer}, map[string]rules.Severity{
			"serial":             "notice",
			"validity":           "notice",
			"extended_key_usage": "error",
		}},
		{"gap", qtsp.Request{Key: old.Key.Signer(), NotBefore: now.AddDate(0, 2, 0)}, map[string]rules.Severity{
			"serial":   "notice",
			"validity": "error",
		}},
		{"shorter", qtsp.Request{Key: old.Key.Signer(), NotAfter: now.AddDate(0, 0, 5)}, map[string]rules.Severity{
			"serial":   "notice",
			"validity": "warning",
		}},
		{
			"another organization", qtsp.Request{Key: old.Key.Signer(), OrganizationIdentifier: "PSDFR-ACPR-1"},
			map[string]rules.Severity{
				"serial":                  "notice",
				"validity":                "notice",
				"organization_identifier": "error",
				"subject":                 "warning",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := map[string]rules.Severity{}
			for _, d := range rules.Diff(old.Certificate, q.MustIssue(t, tt.renewed).Certificate) {
				if d.Consequence == "" {
					t.Errorf("%s has no consequence", d.Field)
				}
				if !d.Same {
					got[d.Field] = d.Severity
				}
			}
			for field, severity := range tt.want {
				if got[field] != severity {
					t.Errorf("%s: %q, want %q", field, got[field], severity)
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("changed: %v, want %v", got, tt.want)
			}
		})
	}
}
