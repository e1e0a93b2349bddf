package rules_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

var (
	qcOID = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}
)

// sample is a certificate made for one rule to speak about, and the rule's code.
type sample struct {
	code    string
	request qtsp.Request
	patch   func(der []byte) []byte // on the finished certificate
	chain   func(t *testing.T, q *qtsp.QTSP) []*certs.Certificate
	at      time.Time // now
}

// qc changes the QcStatements before they are encoded.
func qc(change func(q *certs.QCStatements, p *certs.PSD2)) func(*x509.Certificate) {
	return func(template *x509.Certificate) {
		q := certs.QCStatements{
			Compliance: true,
			Types:      []string{"0.4.0.1862.1.6.3"},
			PDS:        []certs.PDS{{URL: "https://qtsp.example/en", Language: "en"}},
		}
		p := certs.PSD2{
			Roles:   []certs.Role{{OID: "0.4.0.19495.1.3", Name: "PSP_AI"}},
			NCAName: "Prudential Supervisory and Resolution Authority",
			NCAID:   "FR-ACPR",
		}
		change(&q, &p)
		value, err := certs.EncodeQCStatements(q, &p)
		if err != nil {
			panic(err)
		}
		qtsp.SetExtension(template, qcOID, false, value)
	}
}

func role(oid, name string) func(*x509.Certificate) {
	return qc(func(_ *certs.QCStatements, p *certs.PSD2) { p.Roles = []certs.Role{{OID: oid, Name: name}} })
}

func nca(name, id string) func(*x509.Certificate) {
	return qc(func(_ *certs.QCStatements, p *certs.PSD2) { p.NCAName, p.NCAID = name, id })
}

// rawQC sets the extension's bytes.
func rawQC(value string) func(*x509.Certificate) {
	return func(template *x509.Certificate) {
		b, err := hex.DecodeString(value)
		if err != nil {
			panic(err)
		}
		qtsp.SetExtension(template, qcOID, false, b)
	}
}

func policies(oids ...string) func(*x509.Certificate) {
	return func(template *x509.Certificate) {
		template.Policies = nil
		for _, s := range oids {
			oid, err := x509.ParseOID(s)
			if err != nil {
				panic(err)
			}
			template.Policies = append(template.Policies, oid)
		}
	}
}

// without leaves attributes out of the subject.
func without(oid ...int) func(*x509.Certificate) {
	return func(template *x509.Certificate) {
		template.Subject.ExtraNames = slices.DeleteFunc(template.Subject.ExtraNames,
			func(a pkix.AttributeTypeAndValue) bool {
				return a.Type.Equal(oid)
			})
	}
}

// foreign is a signer whose public key is not its own: enough for a certificate.
type foreign struct {
	crypto.Signer
	public crypto.PublicKey
}

func (f foreign) Public() crypto.PublicKey { return f.public }

// replace puts other bytes, given in hex, in the place of the first occurrence of
// old, and makes the lengths of the elements around it right again.
func replace(old, replacement string) func([]byte) []byte {
	return func(der []byte) []byte {
		o, _ := hex.DecodeString(old)
		r, _ := hex.DecodeString(replacement)
		return qtsp.Patch(der, o, r)
	}
}

func issuing(t *testing.T, q *qtsp.QTSP) []*certs.Certificate {
	return []*certs.Certificate{qtsp.Parse(t, q.Chain()[0])}
}

func rootFirst(t *testing.T, q *qtsp.QTSP) []*certs.Certificate {
	return []*certs.Certificate{qtsp.Parse(t, q.Root().Raw), qtsp.Parse(t, q.Chain()[0])}
}

func codes(findings []rules.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, f.Code)
	}
	return all
}

// TestFindingsAreTrueOfRealCertificates has what certificates of issuers in the trusted lists are like: what is said
// of them, and what is not.
func TestFindingsAreTrueOfRealCertificates(t *testing.T) {
	q := qtsp.Must(t)
	seal := func(change func(*x509.Certificate)) qtsp.Request {
		return qtsp.Request{KeyType: qtsp.P256, Kind: certs.QSealC, Change: change}
	}
	qwac := func(change func(*x509.Certificate)) qtsp.Request {
		return qtsp.Request{KeyType: qtsp.P256, Change: change}
	}
	lists := func(urls ...string) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.CRLDistributionPoints = urls }
	}
	for _, tt := range []struct {
		name         string
		request      qtsp.Request
		says, silent string
	}{
		{"a QWAC under QCP-w-psd2 alone", qwac(policies("0.4.0.19495.3.1")), "policy_psd2_alone", "policy_not_etsi"},
		{"a time-stamping unit", seal(func(c *x509.Certificate) {
			qtsp.SetExtension(c, asn1.ObjectIdentifier{2, 5, 29, 37}, true,
				[]byte("\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08"))
		}), "seal_other_purpose", "eku_critical"},
		{"a seal for mail and TLS clients", seal(purposes(x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection)),
			"seal_client_auth", "seal_for_tls"},
		{"a seal with a counted serial number", seal(func(c *x509.Certificate) { c.SerialNumber = big.NewInt(4711) }),
			"", "serial_short"},
		{"revocation lists behind ldap", qwac(lists("ldap://crl.example")), "", "crl_not_http"},
		{"revocation lists behind https", qwac(lists("https://crl.example")), "crl_not_http", ""},
		{"a QWAC for browsers without a common name", qwac(func(c *x509.Certificate) {
			policies("2.23.140.1.1", "0.4.0.194112.1.4")(c)
			without(2, 5, 4, 3)(c)
		}), "", "subject_incomplete"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := codes(rules.Judge(q.MustIssue(t, tt.request).Certificate, nil, time.Now()))
			if tt.says != "" && !slices.Contains(got, tt.says) {
				t.Errorf("%s is not said; found %v", tt.says, got)
			}
			if tt.silent != "" && slices.Contains(got, tt.silent) {
				t.Errorf("%s is said", tt.silent)
			}
		})
	}
}

// A rule whose clause nobody has read says no more than that something may be worth a look.
func TestWhatWasNotReadIsANotice(t *testing.T) {
	for _, r := range rules.All() {
		if r.Basis == "" && r.Severity != rules.SeverityNotice {
			t.Errorf("%s is a %s, and its clause (%s) was not read", r.Code, r.Severity, r.Clause)
		}
	}
}

func TestEveryRuleSpeaks(t *testing.T) {
	q := qtsp.Must(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := q.MustIssue(t, qtsp.Request{Key: key}).Certificate
	silent := codes(rules.Judge(good, issuing(t, q), time.Now()))
	spoken := map[string]bool{"self_signed": true} // has a test of its own
	for i, s := range samples(t) {
		spoken[s.code] = true
		t.Run(fmt.Sprintf("%d %s", i, s.code), func(t *testing.T) {
			if s.request.Key == nil {
				s.request.Key = key
			}
			c := mint(t, q, s)
			var chain []*certs.Certificate
			if s.chain != nil {
				chain = s.chain(t, q)
			}
			at := s.at
			if at.IsZero() {
				at = time.Now()
			}
			findings := rules.Judge(c, chain, at)
			if !slices.Contains(codes(findings), s.code) {
				t.Errorf("not found; found %v", codes(findings))
			}
			if slices.Contains(silent, s.code) && s.code != "policy_general" {
				t.Error("found in a good certificate as well")
			}
			for _, f := range findings {
				if strings.Contains(f.Message, "%!") || f.Clause == "" || f.Remedy == "" {
					t.Errorf("%s is not complete: %+v", f.Code, f)
				}
			}
		})
	}
	for _, r := range rules.All() {
		if !spoken[r.Code] && !strings.HasPrefix(r.Code, "pair_") && !strings.HasPrefix(r.Code, "order_") {
			t.Errorf("no sample for rule %s", r.Code)
		}
	}
}

func mint(t *testing.T, q *qtsp.QTSP, s sample) *certs.Certificate {
	t.Helper()
	issued, err := q.Issue(s.request)
	if err != nil {
		t.Fatal(err)
	}
	if s.patch == nil {
		return issued.Certificate
	}
	patched := s.patch(bytes.Clone(issued.Certificate.Raw))
	if bytes.Equal(patched, issued.Certificate.Raw) {
		t.Fatal("the patch changed nothing")
	}
	return qtsp.Parse(t, patched)
}

func TestSelfSignedIsRefused(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{Key: key})
	template := *issued.Certificate.X509
	template.ExtraExtensions = []pkix.Extension{{Id: qcOID, Value: mustExtension(t, issued.Certificate).Value}}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if got := codes(rules.Judge(qtsp.Parse(t, der), nil, time.Now())); !slices.Contains(got, "self_signed") {
		t.Errorf("found %v", got)
	}
}

func mustExtension(t *testing.T, c *certs.Certificate) certs.Extension {
	t.Helper()
	x, ok := c.Extension(qcOID.String())
	if !ok {
		t.Fatal("no QcStatements")
	}
	return x
}

// TestJudgingIsBounded judges a certificate with as much in it as it may hold.
func TestJudgingIsBounded(t *testing.T) {
	many := qc(func(_ *certs.QCStatements, p *certs.PSD2) {
		p.Roles = nil
		for i := range 3000 {
			p.Roles = append(p.Roles, certs.Role{OID: "1.2.3", Name: fmt.Sprint(i % 100)})
		}
	})
	q := qtsp.Must(t)
	c := q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256, Change: many}).Certificate
	if n := len(rules.Judge(c, nil, time.Now())); n > 40 {
		t.Errorf("%d findings", n)
	}
	huge := qtsp.Request{
		KeyType: qtsp.P256,
		Change:  func(c *x509.Certificate) { qtsp.SetExtension(c, []int{1, 2, 3}, false, make([]byte, 70<<10)) },
	}
	_, err := q.Issue(huge)
	var refusal *certs.Error
	if !errors.As(err, &refusal) || refusal.Code != certs.CodeTooLarge {
		t.Errorf("error %v, want one with code %s", err, certs.CodeTooLarge)
	}
}
