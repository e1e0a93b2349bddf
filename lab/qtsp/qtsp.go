// Package qtsp is a throw-away qualified issuer in memory. It mints QWACs
// and QSealCs with correct QcStatements for tests and for evaluation; nothing it
// issues is worth anything outside.
package qtsp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// QTSP is an issuer: a root and the issuing CA under it. It is safe for
// concurrent use.
type QTSP struct {
	now             time.Time
	root, issuing   *x509.Certificate
	rootKey, issKey crypto.Signer
	name            string // of its organization
	base            string // URL of its Service; empty: it has none
}

var shared = sync.OnceValues(func() (*QTSP, error) { return New(time.Now()) })

// Must returns the QTSP all tests of a binary share.
func Must(t testing.TB) *QTSP {
	t.Helper()
	q, err := shared()
	if err != nil {
		t.Fatalf("certstest: %v", err)
	}
	return q
}

// New makes a QTSP whose certificates are valid around now unless a request says otherwise.
func New(now time.Time) (*QTSP, error) { return NewAt(now, "") }

// NewAt is New for a QTSP whose certificates name a Service at base.
func NewAt(now time.Time, base string) (*QTSP, error) {
	return NewNamed(now, base, "Sealkeeper Test QTSP")
}

// NewNamed is NewAt for a QTSP of another name.
func NewNamed(now time.Time, base, name string) (*QTSP, error) {
	q := &QTSP{now: now.Truncate(time.Second), base: strings.TrimSuffix(base, "/"), name: name}
	var err error
	if q.rootKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("certstest: root key: %w", err)
	}
	if q.issKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("certstest: issuing key: %w", err)
	}
	root := q.authority("Sealkeeper Test Root CA", 10)
	if q.root, err = sign(root, root, q.rootKey.Public(), q.rootKey); err != nil {
		return nil, err
	}
	issuing := q.authority("Sealkeeper Test Qualified CA", 5)
	issuing.MaxPathLenZero = true
	if q.base != "" {
		issuing.IssuingCertificateURL = []string{q.base + rootPath}
		issuing.CRLDistributionPoints = []string{q.base + rootListPath}
		issuing.OCSPServer = []string{q.base + ocspPath}
	}
	q.issuing, err = sign(issuing, q.root, q.issKey.Public(), q.rootKey)
	return q, err
}

func (q *QTSP) authority(name string, years int) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: serial(),
		Subject: subject(
			attribute{oidCountry, "FR"}, attribute{oidOrganization, q.name},
			attribute{oidOrganizationIdentifier, "VATFR-40303265045"}, attribute{oidCommonName, name}),
		// Backdated a year, so that expired leaves can be minted under it.
		NotBefore:             q.now.AddDate(-2, 0, 0),
		NotAfter:              q.now.AddDate(years, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// Root returns the root certificate.
func (q *QTSP) Root() *x509.Certificate { return q.root }

// Reissued returns another certificate of the issuing CA, of the same name and key, that ends as said.
func (q *QTSP) Reissued(notAfter time.Time) (*x509.Certificate, error) {
	again := *q.issuing
	again.SerialNumber, again.NotAfter = serial(), notAfter
	return sign(&again, q.root, q.issKey.Public(), q.rootKey)
}

// Base is the URL of the Service that its certificates name; empty: they name one that nobody runs.
func (q *QTSP) Base() string { return q.base }

// Chain returns the DER of the issuing CA: what a leaf is sent with.
func (q *QTSP) Chain() [][]byte { return [][]byte{q.issuing.Raw} }

// Pool returns a pool that trusts the root alone.
func (q *QTSP) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(q.root)
	return pool
}

// ServerCertificate returns an ordinary TLS server certificate for hosts, names
// or IP addresses, under the same root.
func (q *QTSP) ServerCertificate(hosts ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certstest: server key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      subject(attribute{oidCommonName, "Simulated server"}),
		NotBefore:    q.now.Add(-time.Hour),
		NotAfter:     q.now.AddDate(0, 3, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	leaf, err := sign(template, q.issuing, key.Public(), q.issKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw, q.issuing.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// Marshal writes the QTSP as PEM, keys included, so that it can be kept.
func (q *QTSP) Marshal() ([]byte, error) {
	var out []byte
	for _, part := range []struct {
		certificate *x509.Certificate
		key         crypto.Signer
	}{{q.root, q.rootKey}, {q.issuing, q.issKey}} {
		der, err := x509.MarshalPKCS8PrivateKey(part.key)
		if err != nil {
			return nil, fmt.Errorf("certstest: marshal key: %w", err)
		}
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: part.certificate.Raw})...)
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
	}
	return out, nil
}

// Unmarshal reads what Marshal wrote. Certificates it issues from then on are
// valid around the current time.
func Unmarshal(b []byte) (*QTSP, error) {
	q := &QTSP{now: time.Now().Truncate(time.Second)}
	for _, part := range []struct {
		certificate **x509.Certificate
		key         *crypto.Signer
	}{{&q.root, &q.rootKey}, {&q.issuing, &q.issKey}} {
		certificate, rest := pem.Decode(b)
		if certificate == nil {
			return nil, errors.New("certstest: certificate is missing")
		}
		key, rest := pem.Decode(rest)
		if key == nil {
			return nil, errors.New("certstest: key is missing")
		}
		var err error
		if *part.certificate, err = x509.ParseCertificate(certificate.Bytes); err != nil {
			return nil, fmt.Errorf("certstest: %w", err)
		}
		parsed, err := x509.ParsePKCS8PrivateKey(key.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certstest: %w", err)
		}
		signer, ok := parsed.(crypto.Signer)
		if !ok {
			return nil, errors.New("certstest: key cannot sign")
		}
		*part.key, b = signer, rest
	}
	if urls := q.issuing.IssuingCertificateURL; len(urls) > 0 {
		q.base = strings.TrimSuffix(urls[0], rootPath)
	}
	return q, nil
}

func sign(template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("certstest: create certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certstest: read certificate back: %w", err)
	}
	return certificate, nil
}

func serial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
}

var (
	oidCommonName             = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidCountry                = asn1.ObjectIdentifier{2, 5, 4, 6}
	oidOrganization           = asn1.ObjectIdentifier{2, 5, 4, 10}
	oidOrganizationIdentifier = asn1.ObjectIdentifier{2, 5, 4, 97}
)

type attribute struct {
	oid   asn1.ObjectIdentifier
	value string
}

// subject keeps the order of its attributes, which pkix.Name's fields do not.
func subject(attributes ...attribute) pkix.Name {
	var name pkix.Name
	for _, a := range attributes {
		if a.value != "" {
			name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{Type: a.oid, Value: a.value})
		}
	}
	return name
}
