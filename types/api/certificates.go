package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Certificate is a certificate whose private key is, or was, in custody.
type Certificate struct {
	ID        string                  `json:"id"`
	Name      string                  `json:"name"` // for people
	State     CertificateState        `json:"state"`
	Custody   string                  `json:"custody"` // where the private key is: embedded or vault
	CreatedAt time.Time               `json:"created_at"`
	ChainPEM  string                  `json:"chain_pem"` // the certificate first, then its issuers
	KeyMode   KeyMode                 `json:"key_mode"`
	Export    *ExportChoice           `json:"export"` // nil when the private key is held
	Line      CertificateLine         `json:"line"`
	Retired   *CertificateRetirement  `json:"retired"`
	Destroyed *CertificateDestruction `json:"destroyed"` // the decision to destroy it
	rules.Facts
}

// CertificateRow is what a list says of a certificate.
type CertificateRow struct {
	ID        string           `json:"id"`
	Name      string           `json:"name"` // for people
	State     CertificateState `json:"state"`
	Custody   string           `json:"custody"` // where the private key is: embedded or vault
	CreatedAt time.Time        `json:"created_at"`
	KeyMode   KeyMode          `json:"key_mode"`
	Line      CertificateLine  `json:"line"`

	SHA256                 string     `json:"sha256"` // of the DER, lower-case hex
	Kind                   certs.Kind `json:"kind"`
	Organization           string     `json:"organization"` // the subject's name
	OrganizationIdentifier string     `json:"organization_identifier"`
	Issuer                 string     `json:"issuer"` // its name
	Serial                 string     `json:"serial"`
	NotBefore              *time.Time `json:"not_before"` // nil when it cannot be read
	NotAfter               *time.Time `json:"not_after"`

	Findings    int            `json:"findings"` // how many there are
	Worst       *rules.Finding `json:"worst"`    // the most serious of them; nil: none
	Uses        int            `json:"uses"`     // active and draft bundles that name it
	SuccessorID string         `json:"successor_id"`
}

// CertificateState is where a certificate is in its life.
type CertificateState string

// The states of a certificate.
const (
	CertificatePending    CertificateState = "pending" // its import is in progress or was interrupted
	CertificateStored     CertificateState = "stored"
	CertificateRetired    CertificateState = "retired"    // out of use for good; its key is still there
	CertificateDestroying CertificateState = "destroying" // its destruction is in progress or was interrupted
	CertificateDestroyed  CertificateState = "destroyed"
)

// KeyMode says whether the private key is exportable.
type KeyMode string

// The modes of a private key.
const (
	KeyHeld       KeyMode = "held" // not exportable
	KeyExportable KeyMode = "exportable"
)

// ExportChoice says why a private key is exportable, who chose so, and who approved its export and its use on live.
type ExportChoice struct {
	Reason     string     `json:"reason"`
	By         string     `json:"by"`          // id of a user
	ApprovedBy string     `json:"approved_by"` // id of a user; empty: nobody yet
	ApprovedAt *time.Time `json:"approved_at"`
}

// CertificateLine is a certificate's place in its line: the certificates that replaced one another.
type CertificateLine struct {
	ID      string `json:"id"`
	Version int    `json:"version"` // from 1
	Change  string `json:"change"`  // from the version before: first, renewal, rekey or replacement
}

// CertificateRetirement says who took a certificate out of use, when and why.
type CertificateRetirement struct {
	Reason string    `json:"reason"`
	By     string    `json:"by"` // id of a user
	At     time.Time `json:"at"`
}

// CertificateDestruction is the decision to destroy a certificate.
type CertificateDestruction struct {
	By string    `json:"by"` // id of a user
	At time.Time `json:"at"`
}

// InspectedCertificate is a certificate among files that were judged and not stored.
type InspectedCertificate struct {
	HasKey bool `json:"has_key"` // its private key is among the files
	// Its key is in custody: from a CSR made there, or from the certificate that this one renews.
	KeyInCustody bool `json:"key_in_custody"`
	// Stored certificates whose place it may take, the surest first.
	Renews []Predecessor `json:"renews"`
	rules.Facts
}

// Predecessor is a stored certificate whose place another one may take.
type Predecessor struct {
	CertificateRow
	// By is request (the CSR names it), key (both have one), identity (organization, kind and roles are the same) or
	// organization (the roles are others).
	By     string `json:"by"`
	Likely bool   `json:"likely"` // it is the one that the console presets
}

// CertificateLink says whose place a certificate takes.
type CertificateLink struct {
	Predecessor string `json:"predecessor"` // id; empty: nobody's, it becomes a line of its own
}

// CertificateChange is a certificate after a change that may take two people.
type CertificateChange struct {
	Done        bool        `json:"done"` // false: a second person has to approve it first
	Certificate Certificate `json:"certificate"`
}

// RetireCertificate takes a certificate out of use.
type RetireCertificate struct {
	Reason string `json:"reason"`
}

// DestroyCertificate destroys a certificate and its private key.
type DestroyCertificate struct {
	Confirmation string `json:"confirmation"` // the first eight hex digits of the certificate's SHA-256
}

// ExportedKey is an exported private key. Encoded again, it is "[redacted]".
type ExportedKey struct {
	PrivateKeyPEM secret.Text `json:"private_key_pem"` // PKCS#8, unencrypted
	ChainPEM      string      `json:"chain_pem"`       // the certificate first, then its issuers
}

// Signatures answers Digest with Signature, and Digests with Signatures in their order.
type Signatures struct {
	Signature  []byte         `json:"signature,omitempty"` // of ECDSA an ASN.1 SEQUENCE of r and s
	Signatures []SignedDigest `json:"signatures,omitempty"`
}

// SignedDigest is one signature of several, or why there is none.
type SignedDigest struct {
	Signature []byte `json:"signature,omitempty"`
	Code      string `json:"code,omitempty"`
	Detail    string `json:"detail,omitempty"`
}

// NewCSR is the content of a CSR. Its key is generated in custody.
type NewCSR struct {
	Kind certs.Kind `json:"kind"` // QWAC or QSealC
	// rsa-2048, rsa-3072, rsa-4096, ecdsa-p256, ecdsa-p384, ecdsa-p521 or ed25519; empty: rsa-3072
	Key string `json:"key,omitempty"`
	// empty: the first domain name of a QWAC, the organization of a QSealC
	CommonName             string   `json:"common_name,omitempty"`
	Organization           string   `json:"organization"`            // legal name
	OrganizationIdentifier string   `json:"organization_identifier"` // PSDFR-ACPR-12345
	Country                string   `json:"country"`                 // ISO 3166-1 alpha-2
	Locality               string   `json:"locality,omitempty"`
	State                  string   `json:"state,omitempty"`     // or province
	DNSNames               []string `json:"dns_names,omitempty"` // at least one for a QWAC, none for a QSealC
	Roles                  []string `json:"roles"`               // PSP_AS, PSP_PI, PSP_AI, PSP_IC
	NCAName                string   `json:"nca_name,omitempty"`  // empty: the authority's English name
	NCAID                  string   `json:"nca_id"`              // FR-ACPR
	// id of the certificate that the new one replaces, of the same kind and organizationIdentifier
	Replaces string `json:"replaces,omitempty"`
}

// CSR is a CSR whose key is in custody.
type CSR struct {
	ID         string     `json:"id"`    // also of the certificate once it is imported
	State      string     `json:"state"` // pending, open (its certificate has not come) or issued
	Name       string     `json:"name"`  // for people
	Kind       certs.Kind `json:"kind"`
	SPKISHA256 string     `json:"spki_sha256"` // of the public key; empty while pending
	CSRPEM     string     `json:"csr_pem"`     // PKCS#10; empty while pending
	CreatedAt  time.Time  `json:"created_at"`
	Replaces   string     `json:"replaces"` // id of the certificate that the new one replaces, if any

	Findings []rules.Finding `json:"findings"` // about its key, while the certificate has not come
}

// ChainOffer is another chain that a stored certificate could have. Nothing is stored until it is set.
type ChainOffer struct {
	ChainPEM string      `json:"chain_pem"` // what setCertificateChain takes as a file
	Links    []ChainLink `json:"links"`     // the certificate's issuer first; without a root
}

// ChainLink is an issuing certificate in a chain.
type ChainLink struct {
	Subject  string    `json:"subject"`
	SHA256   string    `json:"sha256"`
	NotAfter time.Time `json:"not_after"`
	From     string    `json:"from"` // the address that it was fetched from; empty: it is stored already
}
