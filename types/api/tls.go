package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/secret"
)

// TLSRegistrations are the registrations that a service account is bound to.
type TLSRegistrations struct {
	Registrations []TLSRegistration `json:"registrations"` // by application, then institution
	// where to begin watching, so that no change after this answer is missed
	Cursor string `json:"cursor"`
}

// TLSRegistration is one registration that a service account is bound to.
type TLSRegistration struct {
	RegistrationID string           `json:"registration_id"`
	ApplicationID  string           `json:"application_id"`
	Application    string           `json:"application"` // its name
	InstitutionID  string           `json:"institution_id"`
	Institution    string           `json:"institution"` // its name
	Environment    string           `json:"environment"` // sandbox or live
	Purposes       []ServicePurpose `json:"purposes"`    // that this account has here
	Ready          bool             `json:"ready"`       // a version is active and nothing blocks it
	Version        int              `json:"version"`     // the active one; 0: none
	// when the first of its certificates ends; null: none is active
	NotAfter *time.Time `json:"not_after"`
	Blockers []string   `json:"blockers"` // codes of what blocks the use of the active version
}

// TLSConfiguration is all that a program needs to call a bank: one version of a bundle, never parts of two.
type TLSConfiguration struct {
	RegistrationID string           `json:"registration_id"`
	ApplicationID  string           `json:"application_id"`
	Application    string           `json:"application"` // its name
	InstitutionID  string           `json:"institution_id"`
	Institution    string           `json:"institution"` // its name
	Environment    string           `json:"environment"` // sandbox or live
	Purposes       []ServicePurpose `json:"purposes"`    // that this account has here
	Version        int              `json:"version"`     // of the bundle, from 1
	ActivatedAt    time.Time        `json:"activated_at"`
	// when the first of its certificates ends; the configuration is no use after that
	NotAfter  time.Time       `json:"not_after"`
	Transport TLSCertificate  `json:"transport"` // the QWAC
	Signing   *TLSCertificate `json:"signing"`   // the QSealC; null without the purpose signing
	// CA certificates as PEM that the bank's certificate may come from
	TrustAnchors []string `json:"trust_anchors"`
	// trust the system's roots too; always so where there are no trust anchors
	SystemRoots bool `json:"system_roots"`
	// DNS names; if any, the bank's certificate must also be for one of them
	PinnedNames []string    `json:"pinned_names"`
	Servers     []TLSServer `json:"servers"`         // to present the QWAC to, and nobody else
	MinVersion  string      `json:"min_tls_version"` // 1.2 or 1.3
	// the bank asks for the QWAC only after a request, by renegotiation of TLS 1.2
	Renegotiation bool   `json:"renegotiation"`
	ClientID      string `json:"client_id"` // empty without the purpose credentials
}

// TLSServer is one server of the bank.
type TLSServer struct {
	Use        string `json:"use"`         // accounts, payments or token
	BaseURL    string `json:"base_url"`    // https
	ServerName string `json:"server_name"` // to verify the server's certificate by, and for SNI
	Address    string `json:"address"`     // host:port
}

// TLSCertificate is a certificate with what can be done with its key.
type TLSCertificate struct {
	ChainPEM  string    `json:"chain_pem"` // the certificate first, then its issuers
	SHA256    string    `json:"sha256"`    // of the certificate
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Key       TLSKey    `json:"key"`
}

// TLSKey is a private key.
type TLSKey struct {
	Mode TLSKeyMode `json:"mode"`
	Type string     `json:"type"` // rsa-3072, ecdsa-p256 and so on, as in NewCSR
	// what it can sign with: for the QWAC SignatureScheme names of TLS (RFC 8446 section 4.2.3), such as
	// rsa_pss_rsae_sha256, in the order of preference; for the QSealC algorithms of SigningRequest
	Algorithms []string `json:"algorithms"`
	// to POST to, relative to the server: HandshakeRequest for the QWAC, SigningRequest for the QSealC
	SigningURL string `json:"signing_url"`
	ExportURL  string `json:"export_url"` // to POST KeyExport to; empty unless this account may export this key
}

// TLSKeyMode says whether a private key stays where it is.
type TLSKeyMode string

// The modes. A key of either signs remotely.
const (
	TLSKeyRemote     TLSKeyMode = "remote"     // it does not leave custody
	TLSKeyExportable TLSKeyMode = "exportable" // it can be handed out, with the purpose export
)

// HandshakeRequest asks for the signature of a TLS client's CertificateVerify, with the QWAC. It takes what is
// signed, never its digest, and only what a TLS client signs.
type HandshakeRequest struct {
	Version int `json:"version"` // of the configuration whose chain is presented
	// TLS SignatureScheme by its name, one of Key.Algorithms
	Scheme string `json:"scheme"`
	// TLS 1.3: 64 spaces, "TLS 1.3, client CertificateVerify", a zero byte and the transcript hash (RFC 8446 section
	// 4.4.3). TLS 1.2: the handshake messages from ClientHello to ClientKeyExchange (RFC 5246 section 7.4.8), with
	// this version's certificate in the client's Certificate message. At most 45 KB.
	Message []byte `json:"message"`
}

// HandshakeSignature is the signature of a CertificateVerify.
type HandshakeSignature struct {
	Signature []byte `json:"signature"` // of ECDSA an ASN.1 SEQUENCE of r and s
}

// SigningRequest asks for the signature of one digest, or of several, with the QSealC. A batch is one act in the
// audit log.
type SigningRequest struct {
	Version int `json:"version"` // of the configuration whose QSealC is meant
	// rsa-sha256 (PKCS#1 v1.5), rsa-pss-sha256 (salt as long as the hash), ecdsa-sha256, or the same with sha384 or
	// sha512; one of Key.Algorithms
	Algorithm string   `json:"algorithm"`
	Digest    []byte   `json:"digest,omitempty"`
	Digests   [][]byte `json:"digests,omitempty"` // instead of Digest: up to 100
}

// HTTPSignatureRequest asks for the headers with which a bank accepts a request, by the bank's profile.
type HTTPSignatureRequest struct {
	Version int    `json:"version"` // of the configuration whose QSealC signs
	Product string `json:"product"` // ais or pis: banks sign different headers for accounts and payments
	Method  string `json:"method"`
	URL     string `json:"url"` // absolute; its host is one of the configuration's servers
	// that the request will have and the bank wants signed, such as psu-ip-address; of each name one value. A
	// client-id need not be given
	Headers map[string]string `json:"headers,omitempty"`
	// SHA-256 of the body; left out: the request has none
	BodySHA256 []byte `json:"body_sha256,omitempty"`
}

// HTTPSignature are the headers to set on the request, exactly as they are: Signature, Digest, X-Request-Id
// and what else the bank's profile has.
type HTTPSignature struct {
	Headers map[string]string `json:"headers"`
}

// TLSCredentials are a client id and secret at the bank. Each reading is audited. Encoded again, the secret is
// "[redacted]".
type TLSCredentials struct {
	RegistrationID string      `json:"registration_id"`
	Version        int         `json:"version"` // of the bundle they belong to: the active one
	ClientID       string      `json:"client_id"`
	ClientSecret   secret.Text `json:"client_secret"` // empty: the bank gives none
	// what else the bank gives, by the institution's id of it
	Credentials map[string]secret.Text `json:"credentials"`
	TokenURL    string                 `json:"token_url"`
}

// NewBankToken asks for an access token of the bank, for a request that the service makes itself. Each is audited.
type NewBankToken struct {
	ConsentID string `json:"consent_id,omitempty"` // empty: the application's own token, as payments need
	// the issued_at of the token that the bank has refused: another one is wanted
	Refused *time.Time `json:"refused,omitempty"`
}

// BankToken is an access token of the bank. Encoded again, it is "[redacted]".
type BankToken struct {
	AccessToken secret.Text `json:"access_token"`
	IssuedAt    time.Time   `json:"issued_at"`
	ExpiresAt   time.Time   `json:"expires_at"`
}

// KeyExport asks for the exportable private keys of a version. Each is audited.
type KeyExport struct {
	Version int       `json:"version"`          // the active one
	Format  KeyFormat `json:"format,omitempty"` // left out: pem
}

// KeyFormat is how an exported key is written.
type KeyFormat string

// The formats.
const (
	KeyFormatPEM    KeyFormat = "pem"
	KeyFormatPKCS12 KeyFormat = "pkcs12"
	KeyFormatJKS    KeyFormat = "jks"
)

// ExportedFile is an exported key in the format that was asked for. Encoded again, it is "[redacted]".
type ExportedFile struct {
	PrivateKeyPEM secret.Text `json:"private_key_pem,omitzero"` // PKCS#8, unencrypted; for pkcs12 and jks left out
	ChainPEM      string      `json:"chain_pem"`                // the certificate first, then its issuers
	KeyStore      []byte      `json:"key_store,omitempty"`      // the file, for pkcs12 and jks
	Passphrase    secret.Text `json:"passphrase,omitzero"`      // of the key store, made for it
}

// ExportedKeys are the exportable private keys of one version with their chains.
type ExportedKeys struct {
	RegistrationID string        `json:"registration_id"`
	Version        int           `json:"version"`
	Transport      *ExportedFile `json:"transport"` // null: it is not exportable
	// null: it is not exportable, or the account lacks the purpose signing
	Signing *ExportedFile `json:"signing"`
}

// TLSEvents answers a long poll: what has changed since the cursor that was sent.
type TLSEvents struct {
	Events []TLSEvent `json:"events"` // one for each registration at most; empty when the wait was over
	// Events name every registration that the account is bound to: it is not bound to any other any more
	Complete bool   `json:"complete"`
	Cursor   string `json:"cursor"` // to send the next time
}

// TLSEvent says that something of a registration is not as it was. It says what is now and not what happened
// meanwhile: of several changes only the newest is told.
type TLSEvent struct {
	Kind           TLSEventKind `json:"kind"`
	RegistrationID string       `json:"registration_id"`
	Version        int          `json:"version"` // the active one; 0: none
}

// TLSEventKind is what an event says.
type TLSEventKind string

// The kinds of events. In a stream of server-sent events they are the event's name; the stream has a further
// one, "synced", whose data is TLSSynced.
const (
	TLSChanged TLSEventKind = "changed" // read the configuration again; with version 0, none is in use
	TLSGone    TLSEventKind = "gone"    // the account is not bound to it any more, or it does not exist
)

// TLSSynced says that everything up to the cursor has been told.
type TLSSynced struct {
	Cursor string `json:"cursor"`
	// the events since the "synced" before name every registration that the account is bound to
	Complete bool `json:"complete"`
}

// ServiceReport tells what an instance of a service presents, at least every ReportAnswer.Every seconds, after
// each change of version, and when it stops. It replaces what the instance has told before.
type ServiceReport struct {
	// which process of the service this is, such as its host name; at most 100 characters
	Instance string           `json:"instance"`
	InUse    []CertificateUse `json:"in_use"` // one for each registration and host; at most 1,000
	Stopped  bool             `json:"stopped,omitempty"`
}

// CertificateUse is which certificate is presented to which host.
type CertificateUse struct {
	RegistrationID string    `json:"registration_id"`
	Host           string    `json:"host"` // host:port
	Version        int       `json:"version"`
	SHA256         string    `json:"sha256"`                // of the certificate
	LastUsedAt     time.Time `json:"last_used_at,omitzero"` // the last handshake that presented it
	// why a newer version is not used, at most 500 characters; it is shown in the console
	Problem string `json:"problem,omitempty"`
	// what the host has shown at the last handshake; it is shown in the console as said by the service
	Server *ServerSeen `json:"server,omitempty"`
}

// ServerSeen is what a host of a bank has shown at a handshake.
type ServerSeen struct {
	SHA256   string    `json:"sha256"` // of its certificate; empty: none came
	Issuer   string    `json:"issuer"` // distinguished name
	NotAfter time.Time `json:"not_after,omitzero"`
	Sent     int       `json:"sent"`   // certificates
	Reason   string    `json:"reason"` // why the handshake failed, as in BankHost; empty: it did not
	SeenAt   time.Time `json:"seen_at"`
}

// ProblemRefusedByProxy begins the Problem of a version that a proxy such as Envoy was handed and has not taken. The
// proxy's own words follow. The console says the beginning in the language of whoever reads it.
const ProblemRefusedByProxy = "refused by the proxy: "

// ReportAnswer says which versions are active, so that a service that has missed an event notices.
type ReportAnswer struct {
	Versions []TLSEvent `json:"versions"` // of the registrations reported on
	Every    int        `json:"every"`    // seconds until the next report
}
