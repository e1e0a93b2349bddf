package qtsp

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
)

// KeyType is what key to generate.
type KeyType string

// The key types.
const (
	RSA2048 KeyType = "rsa2048"
	RSA3072 KeyType = "rsa3072" // also the zero value
	P256    KeyType = "p256"
)

// Request says what to issue. Its zero value is a QWAC of a French account
// information and payment initiation provider; only what matters need be set.
type Request struct {
	Kind    certs.Kind    // QWAC
	Key     crypto.Signer // nil: a key of KeyType is generated
	KeyType KeyType

	Organization           string   // "Exemple Paiement SAS"
	OrganizationIdentifier string   // "PSDFR-ACPR-12345"
	Country                string   // "FR"
	CommonName             string   // first DNS name of a QWAC, organization of a QSealC
	Roles                  []string // PSP_AI, PSP_PI
	NCAName, NCAID         string   // ACPR
	DNSNames               []string // QWAC: psd2.exemple-paiement.example

	NotBefore, NotAfter time.Time // from an hour ago, for a year

	Change func(*x509.Certificate) // last word on the template, for bad certificates
}

// Issued is a certificate with its chain and key.
type Issued struct {
	Certificate *certs.Certificate
	Chain       [][]byte
	Key         *certs.PrivateKey
}

// MustIssue is Issue for tests.
func (q *QTSP) MustIssue(t testing.TB, r Request) *Issued {
	t.Helper()
	issued, err := q.Issue(r)
	if err != nil {
		t.Fatalf("certstest: %v", err)
	}
	return issued
}

// Issue mints a certificate.
func (q *QTSP) Issue(r Request) (*Issued, error) {
	r = q.defaults(r)
	if r.Key == nil {
		key, err := generate(r.KeyType)
		if err != nil {
			return nil, err
		}
		r.Key = key
	}
	template, err := q.template(r)
	if err != nil {
		return nil, err
	}
	if r.Change != nil {
		r.Change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, q.issuing, r.Key.Public(), q.issKey)
	if err != nil {
		return nil, fmt.Errorf("certstest: create certificate: %w", err)
	}
	certificate, err := certs.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	key, err := certs.NewPrivateKey(r.Key)
	if err != nil {
		return nil, err
	}
	return &Issued{Certificate: certificate, Chain: q.Chain(), Key: key}, nil
}

func (q *QTSP) defaults(r Request) Request {
	r.Kind = cmp.Or(r.Kind, certs.QWAC)
	r.Organization = cmp.Or(r.Organization, "Exemple Paiement SAS")
	r.OrganizationIdentifier = cmp.Or(r.OrganizationIdentifier, "PSDFR-ACPR-12345")
	r.Country = cmp.Or(r.Country, "FR")
	r.NCAName = cmp.Or(r.NCAName, "Prudential Supervisory and Resolution Authority")
	r.NCAID = cmp.Or(r.NCAID, "FR-ACPR")
	if r.Roles == nil {
		r.Roles = []string{"PSP_AI", "PSP_PI"}
	}
	if r.Kind == certs.QWAC && r.DNSNames == nil {
		r.DNSNames = []string{"psd2.exemple-paiement.example"}
	}
	if r.CommonName == "" {
		r.CommonName = r.Organization
		if r.Kind == certs.QWAC && len(r.DNSNames) > 0 {
			r.CommonName = r.DNSNames[0]
		}
	}
	if r.NotBefore.IsZero() {
		r.NotBefore = q.now.Add(-time.Hour)
	}
	if r.NotAfter.IsZero() {
		r.NotAfter = r.NotBefore.AddDate(1, 0, 0)
	}
	return r
}

func (q *QTSP) template(r Request) (*x509.Certificate, error) {
	statements, err := statements(r)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject: subject(
			attribute{oidCountry, r.Country}, attribute{oidOrganization, r.Organization},
			attribute{oidOrganizationIdentifier, r.OrganizationIdentifier}, attribute{oidCommonName, r.CommonName}),
		NotBefore:             r.NotBefore,
		NotAfter:              r.NotAfter,
		BasicConstraintsValid: true,
		OCSPServer:            []string{"http://ocsp.qtsp.example"},
		IssuingCertificateURL: []string{"http://ca.qtsp.example/issuing.cer"},
		CRLDistributionPoints: []string{"http://crl.qtsp.example/issuing.crl"},
		ExtraExtensions: []pkix.Extension{{
			Id:    asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3},
			Value: statements,
		}},
	}
	if q.base != "" {
		template.OCSPServer = []string{q.base + ocspPath}
		template.IssuingCertificateURL = []string{q.base + issuingPath}
		template.CRLDistributionPoints = []string{q.base + listPath}
	}
	policies := []string{"0.4.0.194112.1.1"} // QCP-l
	switch r.Kind {
	case certs.QWAC:
		policies = []string{"0.4.0.194112.1.6", "0.4.0.19495.3.1"} // QNCP-w-gen, QCP-w-psd2
		template.KeyUsage = x509.KeyUsageDigitalSignature
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
		template.DNSNames = r.DNSNames
	case certs.QESign:
		policies = []string{"0.4.0.194112.1.0"} // QCP-n
		template.KeyUsage = x509.KeyUsageContentCommitment
	default:
		template.KeyUsage = x509.KeyUsageContentCommitment
	}
	for _, p := range policies {
		oid, err := x509.ParseOID(p)
		if err != nil {
			return nil, fmt.Errorf("certstest: policy: %w", err)
		}
		template.Policies = append(template.Policies, oid)
	}
	return template, nil
}

func statements(r Request) ([]byte, error) {
	roles, err := certs.Roles(r.Roles...)
	if err != nil {
		return nil, err
	}
	q := certs.QCStatements{
		Compliance: true,
		PDS:        []certs.PDS{{URL: "https://qtsp.example/pds_en.pdf", Language: "en"}},
	}
	if t := r.Kind.QcType(); t != "" {
		q.Types = []string{t}
	}
	return certs.EncodeQCStatements(q, &certs.PSD2{Roles: roles, NCAName: r.NCAName, NCAID: r.NCAID})
}
