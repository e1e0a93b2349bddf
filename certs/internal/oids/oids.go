// Package oids names the object identifiers that certificates are read and judged by.
package oids

// Attributes of names.
const (
	CommonName             = "2.5.4.3"
	SerialNumber           = "2.5.4.5"
	Country                = "2.5.4.6"
	Locality               = "2.5.4.7"
	State                  = "2.5.4.8"
	Organization           = "2.5.4.10"
	OrganizationalUnit     = "2.5.4.11"
	OrganizationIdentifier = "2.5.4.97"
)

// Extensions of certificates and CSRs.
const (
	QCStatements   = "1.3.6.1.5.5.7.1.3"
	SubjectKeyID   = "2.5.29.14"
	KeyUsage       = "2.5.29.15"
	SubjectAltName = "2.5.29.17"
	Basic          = "2.5.29.19"
	IssuerAltName  = "2.5.29.18"
	CRLPoints      = "2.5.29.31"
	Policies       = "2.5.29.32"
	FreshestCRL    = "2.5.29.46"
	AuthorityKeyID = "2.5.29.35"
	ExtKeyUsage    = "2.5.29.37"
	NoRevAvail     = "2.5.29.56"
	AuthorityInfo  = "1.3.6.1.5.5.7.1.1"
	SCTs           = "1.3.6.1.4.1.11129.2.4.2"
	Poison         = "1.3.6.1.4.1.11129.2.4.3"
	ShortTerm      = "0.4.0.194121.2.1"
	CABFOrgID      = "2.23.140.3.1"
)

// Extended key usages.
const (
	ServerAuth      = "1.3.6.1.5.5.7.3.1"
	ClientAuth      = "1.3.6.1.5.5.7.3.2"
	CodeSigning     = "1.3.6.1.5.5.7.3.3"
	EmailProtection = "1.3.6.1.5.5.7.3.4"
	TimeStamping    = "1.3.6.1.5.5.7.3.8"
	OCSPSigning     = "1.3.6.1.5.5.7.3.9"
	Any             = "2.5.29.37.0"
	TLSBinding      = "0.4.0.194115.1.0"
)

// QcStatements (EN 319 412-5, TS 119 495), and the types of certificates in them.
const (
	QcCompliance      = "0.4.0.1862.1.1"
	QcLimitValue      = "0.4.0.1862.1.2"
	QcRetention       = "0.4.0.1862.1.3"
	QcSSCD            = "0.4.0.1862.1.4"
	QcPDS             = "0.4.0.1862.1.5"
	QcType            = "0.4.0.1862.1.6"
	QcLegislation     = "0.4.0.1862.1.7"
	QcIdentMethod     = "0.4.0.1862.1.8"
	QcQSCDLegislation = "0.4.0.1862.1.9"
	SyntaxV1          = "1.3.6.1.5.5.7.11.1"
	SyntaxV2          = "1.3.6.1.5.5.7.11.2"
	SemanticsLegal    = "0.4.0.194121.1.2"
	PSD2Statement     = "0.4.0.19495.2"
	TypeSign          = "0.4.0.1862.1.6.1"
	TypeSeal          = "0.4.0.1862.1.6.2"
	TypeWeb           = "0.4.0.1862.1.6.3"
)

// Kinds of keys.
const (
	RSA     = "1.2.840.113549.1.1.1"
	RSAPSS  = "1.2.840.113549.1.1.10"
	EC      = "1.2.840.10045.2.1"
	Ed25519 = "1.3.101.112"
)
