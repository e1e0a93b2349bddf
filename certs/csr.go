package certs

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

// CodeCSRInvalid is the code of an [*Error] about what a request was to say.
const CodeCSRInvalid = "csr_invalid"

// CSRTemplate is what to ask a qualified issuer for.
type CSRTemplate struct {
	Kind                   Kind     // QWAC or QSealC
	CommonName             string   // QWAC: "" means the first domain name; QSealC: "" means the organization
	Organization           string   // legal name
	OrganizationIdentifier string   // "PSDFR-ACPR-12345"
	Country                string   // two letters
	Locality, State        string   // optional
	DNSNames               []string // QWAC only, at least one
	Roles                  []string // "PSP_AI" ...
	NCAName, NCAID         string   // NCAName "" means the English name from the EBA's list
}

// CreateCSR makes a CSR (PKCS#10, DER) for a PSD2 QWAC or
// QSealC: the subject with organizationIdentifier, and as requested extensions
// the QcStatements, key usage and, for a QWAC, extended key usage and domain
// names (TS 119 495 clause 5, EN 319 412-3 and -4). The signer signs it and so
// proves that it has the key; it may be in Vault. An order that no issuer would
// accept is an [*Error] with code csr_invalid.
func CreateCSR(signer crypto.Signer, o CSRTemplate) ([]byte, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	extensions, err := o.extensions()
	if err != nil {
		return nil, badCSR("unwritable", err, "The request cannot be written: %v.", err)
	}
	template := &x509.CertificateRequest{Subject: o.subject(), DNSNames: o.DNSNames, ExtraExtensions: extensions}
	request, err := x509.CreateCertificateRequest(rand.Reader, template, signer)
	if err != nil {
		return nil, badCSR("unsigned", err, "The request could not be signed with this key.")
	}
	return request, nil
}

// badCSR is an error of a request, whose sentences have no text in common: each is a case of its own.
func badCSR(which string, cause error, format string, args ...any) error {
	e := newError(CodeCSRInvalid, cause, format, args...)
	e.Case = which
	return e
}

// complete fills what follows from the rest and refuses what cannot be. What was pasted with blanks around it is
// meant without: in a certificate they would stay for years.
func (o *CSRTemplate) complete() error {
	for _, value := range []*string{
		&o.CommonName, &o.Organization, &o.OrganizationIdentifier, &o.Country, &o.Locality, &o.State,
		&o.NCAName, &o.NCAID,
	} {
		*value = strings.TrimFunc(*value, text.IsBlank)
	}
	if o.Kind != QWAC && o.Kind != QSealC {
		return badCSR("kind", nil, "Choose whether to order a QWAC or a QSealC.")
	}
	if o.Kind == QSealC && len(o.DNSNames) > 0 {
		return badCSR("domains_of_seal", nil, "A QSealC is for no domain name; leave the domain names out.")
	}
	if o.Kind == QWAC && len(o.DNSNames) == 0 {
		return badCSR("domains_missing", nil, "A QWAC is for at least one domain name; give one that you control.")
	}
	for _, name := range o.DNSNames {
		if !text.IsDomain(name) {
			return badCSR("domain", nil, "%q is not a domain name.", name)
		}
	}
	if o.Organization == "" {
		return badCSR("organization", nil, "Give the organization's legal name.")
	}
	if !text.IsCountry(o.Country) {
		return badCSR("country", nil, "%q is not a country code; give two capital letters, such as FR.", o.Country)
	}
	if _, err := ParseOrganizationID(o.OrganizationIdentifier); err != nil {
		return badCSR("organization_identifier", err, "The organizationIdentifier %q is not well formed: %v.",
			o.OrganizationIdentifier, err)
	}
	if o.CommonName == "" {
		o.CommonName = o.Organization
		if o.Kind == QWAC {
			o.CommonName = o.DNSNames[0]
		}
	}
	if o.Kind == QWAC && text.IsDomain(o.CommonName) && !slices.Contains(o.DNSNames, o.CommonName) {
		return badCSR("common_name", nil, "The common name %s has to be one of the domain names.", o.CommonName)
	}
	return o.completePSD2()
}

func (o *CSRTemplate) completePSD2() error {
	if len(o.Roles) == 0 {
		return badCSR("roles_missing", nil, "Give at least one role, such as PSP_AI.")
	}
	if twice := text.Repeated(o.Roles); len(twice) > 0 {
		return badCSR("role_repeated", nil, "The role %s is given more than once.", twice[0])
	}
	if !text.NCAIDForm.MatchString(o.NCAID) || !text.IsCountry(o.NCAID[:2]) {
		return badCSR("authority", nil, "%q does not identify an authority; give one such as FR-ACPR.", o.NCAID)
	}
	if o.NCAName == "" {
		nca, _ := LookupNCA(o.NCAID)
		o.NCAName = nca.Name
	}
	if o.NCAName == "" || !text.IsLatin(o.NCAName) {
		return badCSR("authority_name", nil,
			"Give the name of the authority %s in Latin letters, in English if it has one.", o.NCAID)
	}
	return nil
}

func (o *CSRTemplate) subject() pkix.Name {
	var name pkix.Name
	for _, a := range []struct {
		oid   asn1.ObjectIdentifier
		value string
	}{
		{asn1.ObjectIdentifier{2, 5, 4, 6}, o.Country}, {asn1.ObjectIdentifier{2, 5, 4, 8}, o.State}, {
			asn1.ObjectIdentifier{2, 5, 4, 7},
			o.Locality,
		},
		{asn1.ObjectIdentifier{2, 5, 4, 10}, o.Organization}, {
			asn1.ObjectIdentifier{2, 5, 4, 97},
			o.OrganizationIdentifier,
		},
		{asn1.ObjectIdentifier{2, 5, 4, 3}, o.CommonName},
	} {
		if a.value != "" {
			name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{Type: a.oid, Value: a.value})
		}
	}
	return name
}

func (o *CSRTemplate) extensions() ([]pkix.Extension, error) {
	roles, err := Roles(o.Roles...)
	if err != nil {
		return nil, err
	}
	statements, err := EncodeQCStatements(
		QCStatements{Compliance: true, Types: []string{o.Kind.QcType()}},
		&PSD2{Roles: roles, NCAName: o.NCAName, NCAID: o.NCAID})
	if err != nil {
		return nil, err
	}
	// digitalSignature is bit 0 and nonRepudiation bit 1 (RFC 5280 section 4.2.1.3).
	usage, unused := byte(0x80), byte(7)
	if o.Kind == QSealC {
		usage, unused = 0x40, 6
	}
	extensions := []pkix.Extension{
		{
			Id:       asn1.ObjectIdentifier{2, 5, 29, 15},
			Critical: true,
			Value:    []byte{byte(cbasn1.BIT_STRING), 2, unused, usage},
		},
		{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}, Value: statements},
	}
	if o.Kind == QWAC {
		e := encoder{}
		var b cryptobyte.Builder
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			e.oid(b, oids.ServerAuth)
			e.oid(b, oids.ClientAuth)
		})
		uses, err := b.Bytes()
		if err = errors.Join(e.err, err); err != nil {
			return nil, err
		}
		extensions = append(extensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Value: uses})
	}
	return extensions, nil
}

// CSR is a certificate signing request as read.
type CSR struct {
	Subject     string // RFC 4514
	SubjectName Name
	SPKISHA256  string
	Key         PublicKeyInfo
	QC          QCStatements
	PSD2        *PSD2
	Extensions  // requested
}

// OrganizationIdentifier is as in the certificate that is asked for.
func (r *CSR) OrganizationIdentifier() string {
	return strings.TrimFunc(r.SubjectName.First(oids.OrganizationIdentifier), text.IsBlank)
}

// ParseCSR reads a PKCS#10 request, DER, and checks that it was signed with
// its own key. Its error is an [*Error].
func ParseCSR(raw []byte) (*CSR, error) {
	parsed, err := x509.ParseCertificateRequest(raw)
	if err != nil {
		return nil, newError(CodeMalformed, err, "This is not a CSR, or it is damaged.")
	}
	if err := parsed.CheckSignature(); err != nil {
		return nil, newError(CodeMalformed, err,
			"The CSR is not signed with its own key; make it anew.")
	}
	name, err := der.Read(parsed.RawSubject)
	if err != nil {
		return nil, newError(CodeMalformed, err, "The CSR is damaged.")
	}
	spki, err := der.Read(parsed.RawSubjectPublicKeyInfo)
	if err != nil {
		return nil, newError(CodeMalformed, err, "The CSR is damaged.")
	}
	all := make([]Extension, len(parsed.Extensions))
	for i, x := range parsed.Extensions {
		all[i] = Extension{OID: x.Id.String(), Critical: x.Critical, Value: x.Value}
	}
	r := &CSR{
		SubjectName: parseName(name),
		SPKISHA256:  sha256Hex(spki.Full),
		Key:         parsePublicKey(spki),
		Extensions:  understand(all),
	}
	r.Subject = r.SubjectName.String()
	if x, ok := r.Extension(oids.QCStatements); ok {
		r.QC, r.PSD2 = decodeQCStatements(x)
	}
	return r, nil
}
