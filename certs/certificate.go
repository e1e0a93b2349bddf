package certs

import (
	"crypto/x509"
	"math/big"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
)

// Kind is what a certificate says it is for.
type Kind string

// The kinds, told from QcType (EN 319 412-5 clause 4.2.3) alone: key usages and
// names are too often wrong to decide by.
const (
	QWAC   Kind = "qwac"   // website authentication: the transport certificate
	QSealC Kind = "qsealc" // electronic seal: the signing certificate
	QESign Kind = "qesign" // electronic signature of a natural person
	Other  Kind = "other"  // no QcType
)

// Certificate is one certificate as read. It is immutable and safe for
// concurrent use. Facts that the certificate does not state are zero.
type Certificate struct {
	Raw     []byte            // DER
	X509    *x509.Certificate // nil when crypto/x509 refuses it: readable, but of no use for TLS
	Refusal string            // why crypto/x509 refused it, "" when it did not

	SHA256     string // of the DER, lower-case hex
	SPKISHA256 string // of the SubjectPublicKeyInfo, lower-case hex
	Kind       Kind

	Subject, Issuer         string // RFC 4514
	SubjectName, IssuerName Name
	OrganizationIdentifier  string // first 2.5.4.97 of the subject, without blanks around it
	Version                 int    // 1 to 3
	Serial                  string // lower-case hex
	NotBefore, NotAfter     time.Time

	Key                PublicKeyInfo
	SignatureAlgorithm string // "SHA256-RSA"; dotted OID when not a known one

	PSD2 *PSD2        // nil when there is no PSD2 statement
	QC   QCStatements // compliance, types, SSCD, PDS ...
	Extensions

	rawSubject, rawIssuer []byte
	serial                *big.Int
	keyID                 string
}

// PublicKeyInfo is the certified key.
type PublicKeyInfo struct {
	Algorithm string // "RSA", "RSA-PSS", "ECDSA", "Ed25519"; dotted OID when not a known one
	Bits      int    // 0 when not known
	Curve     string // "P-256"; dotted OID when not a known one, "explicit" when spelled out
	Exponent  string // RSA public exponent in decimal
}

// maxCertificate bounds a certificate in bytes, and with it all that is made of
// what it says.
const maxCertificate = 64 << 10

// ParseCertificate reads one DER certificate. It reads what crypto/x509 refuses
// too, as long as it has the outline of a certificate. Its error is an [*Error].
func ParseCertificate(raw []byte) (*Certificate, error) {
	if len(raw) > maxCertificate {
		return nil, newError(CodeTooLarge, nil,
			"This certificate is larger than 64 KiB; certificates for PSD2 take two or three.")
	}
	root, err := der.Read(raw)
	if err != nil {
		return nil, newError(CodeNotACertificate, err,
			"This is not a certificate: its DER encoding is damaged or has bytes after its end.")
	}
	tbs, signature, ok := outline(root)
	if !ok {
		return nil, newError(CodeNotACertificate, der.ErrSyntax, "This is not a certificate.")
	}
	raw = append([]byte(nil), raw...)
	c := &Certificate{
		Raw:                raw,
		SHA256:             sha256Hex(raw),
		Version:            tbs.version,
		SPKISHA256:         sha256Hex(tbs.spki.Full),
		keyID:              publicKeyID(tbs.spki.Full),
		Key:                parsePublicKey(tbs.spki),
		SubjectName:        parseName(tbs.subject),
		IssuerName:         parseName(tbs.issuer),
		rawSubject:         tbs.subject.Full,
		rawIssuer:          tbs.issuer.Full,
		serial:             tbs.serial.Integer(),
		SignatureAlgorithm: signatureName(signature),
	}
	c.Serial = c.serial.Text(16)
	c.Subject, c.Issuer = c.SubjectName.String(), c.IssuerName.String()
	c.OrganizationIdentifier = c.SubjectName.OrganizationIdentifier()
	c.NotBefore, c.NotAfter = parseValidity(tbs.validity)
	c.Extensions = parseExtensions(tbs.extensions)
	if ext, ok := c.Extension(oids.QCStatements); ok {
		c.QC, c.PSD2 = decodeQCStatements(ext)
	}
	c.Kind = c.QC.kind()
	c.X509, err = x509.ParseCertificate(raw)
	if err != nil {
		c.X509, c.Refusal = nil, err.Error()
	}
	return c, nil
}

// HasRole reports whether the certificate carries a PSD2 role by its name, "PSP_AI".
func (c *Certificate) HasRole(name string) bool {
	if c.PSD2 == nil {
		return false
	}
	for _, r := range c.PSD2.Roles {
		if r.Canonical() == name {
			return true
		}
	}
	return false
}

// RawSubject returns the subject's DER: chains are linked by it byte for byte.
func (c *Certificate) RawSubject() []byte { return c.rawSubject }

// RawIssuer returns the issuer's DER.
func (c *Certificate) RawIssuer() []byte { return c.rawIssuer }

// SelfIssued reports whether subject and issuer are the same name: a root.
func (c *Certificate) SelfIssued() bool { return string(c.rawSubject) == string(c.rawIssuer) }

// ShortName is the common name of the subject, or all of it where it has none.
func (c *Certificate) ShortName() string { return shortName(c.SubjectName, c.Subject) }

// ShortIssuerName is the same of the issuer.
func (c *Certificate) ShortIssuerName() string { return shortName(c.IssuerName, c.Issuer) }

func shortName(name Name, full string) string {
	if cn := name.CommonName(); cn != "" {
		return cn
	}
	return full
}

// SerialNumber is the serial number as a number. RFC 5280 wants it positive, which not all are.
func (c *Certificate) SerialNumber() *big.Int { return new(big.Int).Set(c.serial) }

// SameKey reports whether two certificates are for one key.
func (c *Certificate) SameKey(other *Certificate) bool {
	return c.keyID != "" && c.keyID == other.keyID
}

const aDay = 24 * time.Hour

// Day returns the day that a time of a certificate is on, as midnight in UTC. It is the day in UTC, as the certificate
// itself (RFC 5280, 4.1.2.5) and every tool that prints it has it, so that one certificate has one date everywhere;
// where a bank's clock is ahead of UTC, it is never the later of two.
func Day(t time.Time) time.Time { return t.UTC().Truncate(aDay) }

// Days counts the whole days from one time to another. A time.Duration ends after 292 years, and certificates are
// valid until 9999.
func Days(from, to time.Time) int { return int((to.Unix() - from.Unix()) / int64(aDay/time.Second)) }
