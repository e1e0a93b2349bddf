package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/secret"
)

// ServicePurpose is something a service account may do with the registrations it is bound to.
type ServicePurpose string

// The purposes. An account without the one that an operation needs is answered with
// 403 purpose_missing.
const (
	// TLS handshakes with the QWAC; needed for the TLS configuration, its events and reports
	PurposeTransport   ServicePurpose = "transport"
	PurposeSigning     ServicePurpose = "signing"     // signatures of digests and HTTP requests with the QSealC
	PurposeCredentials ServicePurpose = "credentials" // the client id and client secret
	PurposeExport      ServicePurpose = "export"      // the private keys, if they are exportable
	PurposeAccounts    ServicePurpose = "accounts"    // consents, and the accounts they give access to
	PurposePayments    ServicePurpose = "payments"    // payments
)

// ServiceAccount is a program that works with registrations, and what it may do with them.
type ServiceAccount struct {
	ID          string `json:"id"`
	Name        string `json:"name"`        // unique
	Owner       string `json:"owner"`       // who answers for it: a team or a person
	Description string `json:"description"` // what it is for
	// what it may do, in the registrations of its bindings and nowhere else
	Purposes []ServicePurpose `json:"purposes"`
	Bindings []ServiceBinding `json:"bindings"`
	Limits   ServiceLimits    `json:"limits"`
	Tokens   []ServiceToken   `json:"tokens"` // that have not been revoked, newest first
	// who counts as its service without a token of it, newest first
	Identities []ServiceIdentity `json:"identities"`
	// id of the change request for what it does not have yet; empty: there is none
	ApprovalID string     `json:"approval_id"`
	CreatedBy  string     `json:"created_by"` // name of a user
	CreatedAt  time.Time  `json:"created_at"`
	EndedAt    *time.Time `json:"ended_at"` // null: it is in use
	LastUsedAt *time.Time `json:"last_used_at"`
}

// ServiceBinding names registrations: that of an application at one institution, or all of an
// application in one environment, those to come included. One of institution_id and environment is given.
type ServiceBinding struct {
	ApplicationID string `json:"application_id"`
	InstitutionID string `json:"institution_id,omitempty"` // empty: every institution of the environment
	Environment   string `json:"environment,omitempty"`    // sandbox or live; answers always have it
}

// ServiceLimits bound what a service account can do in a time. More is answered with 503 and Retry-After.
type ServiceLimits struct {
	// requests and signatures, by each replica; a short burst of twice as many is let through
	PerSecond int `json:"per_second"`
	// signatures, exports and readings of credentials in a UTC day, by all replicas together; 0: no limit
	PerDay int `json:"per_day"`
}

// NewServiceAccount is a service account to be made, or what an existing one shall be.
type NewServiceAccount struct {
	Name        string           `json:"name"` // at most 100 characters
	Owner       string           `json:"owner"`
	Description string           `json:"description"`
	Purposes    []ServicePurpose `json:"purposes"`
	Bindings    []ServiceBinding `json:"bindings"`         // at most 100
	Limits      ServiceLimits    `json:"limits,omitzero"`  // left out: 500 a second and no limit a day
	Reason      string           `json:"reason,omitempty"` // for the second person
}

// ServiceAccountChange is a service account after a change that may take two people.
type ServiceAccountChange struct {
	Done       bool           `json:"done"`        // false: a second person has to approve it
	ApprovalID string         `json:"approval_id"` // of the request that waits; empty when it is done
	Account    ServiceAccount `json:"account"`
}

// ServiceToken is a bearer token of a service account, without the token itself.
type ServiceToken struct {
	ID         string     `json:"id"`
	Hint       string     `json:"hint"` // its last four characters
	CreatedBy  string     `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at"` // to the minute
}

// NewServiceToken asks for a token.
type NewServiceToken struct {
	ExpiresAt time.Time `json:"expires_at"` // at most 366 days from now
}

// IssuedServiceToken is a new token. It is shown this once. Encoded again, it is "[redacted]".
type IssuedServiceToken struct {
	// skp_, 43 characters of base 62 (32 random bytes) and 6 that are the CRC-32 (IEEE) of those 43 in base 62
	Token secret.Text `json:"token"`
	ServiceToken
}

// RegistrationServices says which services use a registration, and with which version.
type RegistrationServices struct {
	RegistrationID string     `json:"registration_id"`
	Version        int        `json:"version"` // the active one; 0: none
	ActivatedAt    *time.Time `json:"activated_at"`
	// every service that has a version is over to Version, with its certificate, or has stopped
	Finished bool `json:"finished"`
	Over     int  `json:"over"`  // how many of Services use Version
	Total    int  `json:"total"` // how many of Services have not stopped
	// one for each instance that has told of itself, and for each account that has told nothing
	Services []RegistrationService `json:"services"`
}

// RegistrationService is how far one instance of a service is.
type RegistrationService struct {
	AccountID string          `json:"account_id"`
	Account   string          `json:"account"`  // its name
	Instance  string          `json:"instance"` // as it calls itself; empty: what the server has seen of the account
	State     ServiceProgress `json:"state"`
	Version   int             `json:"version"`      // it uses; 0: none yet
	SHA256    string          `json:"sha256"`       // of the certificate it presents; empty: it has not said
	Hosts     []string        `json:"hosts"`        // it presents it to
	UsedAt    *time.Time      `json:"last_used_at"` // when Version was last used
	ToldAt    *time.Time      `json:"last_told_at"` // when it last reported; null: never
	Problem   string          `json:"problem"`      // why it does not use the active version, in its own words
}

// ServiceProgress is how far an instance of a service is.
type ServiceProgress string

// The states of an instance.
const (
	ServiceOver    ServiceProgress = "over"    // it uses the active version
	ServiceBehind  ServiceProgress = "behind"  // it uses a former one
	ServiceHeld    ServiceProgress = "held"    // it cannot use the active one, and says why
	ServiceSilent  ServiceProgress = "silent"  // it uses a former one, and has said nothing for 15 minutes
	ServiceStopped ServiceProgress = "stopped" // it has said that it stops
	ServiceUnused  ServiceProgress = "unused"  // it may use the registration and has not
	// ServiceMismatched says that it presents another certificate than the version has that it names, or that there is
	// no such version.
	ServiceMismatched ServiceProgress = "mismatched"
)

// ServiceIdentityKind is by what somebody who has no token of an account shows that they are its service.
type ServiceIdentityKind string

// The kinds of identities.
const (
	// a JWT of the platform that it runs on, exchanged at /v1/token
	IdentityWorkload ServiceIdentityKind = "workload"
	// a client certificate that a proxy passes on with each request
	IdentityCertificate ServiceIdentityKind = "certificate"
)

// NewServiceIdentity is somebody who shall count as an account's service. In a pattern, * is any number of
// characters other than : and /.
type NewServiceIdentity struct {
	Kind ServiceIdentityKind `json:"kind"`
	// one of those that are configured (workload_issuers); of a certificate, the SHA-256 of an anchor
	// (client_certificates.anchors_file), which is needed for a name
	Issuer   string `json:"issuer"`
	Audience string `json:"audience,omitempty"` // whom the JWT has to be meant for
	// a pattern, which does not begin with *: system:serviceaccount:payments:reports; of a certificate, spki: and the
	// SHA-256 of its public key, dns: and a DNS name, or uri: and an address
	Subject string            `json:"subject"`
	Claims  map[string]string `json:"claims,omitempty"` // further claims that the JWT has to have, each with a pattern
}

// ServiceIdentity is somebody who counts as an account's service without a token of it.
type ServiceIdentity struct {
	ID         string              `json:"id"`
	Kind       ServiceIdentityKind `json:"kind"`
	Issuer     string              `json:"issuer"`
	Audience   string              `json:"audience"`
	Subject    string              `json:"subject"`
	Claims     map[string]string   `json:"claims"`
	CreatedBy  string              `json:"created_by"`
	CreatedAt  time.Time           `json:"created_at"`
	LastUsedAt *time.Time          `json:"last_used_at"` // to the minute
}

// Words of a token exchange (RFC 8693).
const (
	GrantTokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
	TokenTypeJWT       = "urn:ietf:params:oauth:token-type:jwt"
	TokenTypeID        = "urn:ietf:params:oauth:token-type:id_token"
	TokenTypeAccess    = "urn:ietf:params:oauth:token-type:access_token"
)

// WorkloadToken is the answer of POST /v1/token (RFC 8693, section 2.2.1). Encoded again, its token is "[redacted]".
type WorkloadToken struct {
	AccessToken     secret.Text `json:"access_token"`
	IssuedTokenType string      `json:"issued_token_type"` // TokenTypeAccess
	TokenType       string      `json:"token_type"`        // Bearer
	ExpiresIn       int         `json:"expires_in"`        // seconds
}
