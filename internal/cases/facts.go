package cases

import (
	"context"
	"time"
)

// Facts reads what is known of watched things by their ids. Something that does not exist is a NotFound, and among
// many it is missing.
type Facts interface {
	CertificateFacts(ctx context.Context, ids []string, places int) (map[string]*CertificateFacts, error)
	RegistrationFacts(ctx context.Context, ids []string, now time.Time) (map[string]*RegistrationFacts, error)
	ConsentFacts(ctx context.Context, id string) (ConsentFacts, error)
	StepFacts(ctx context.Context, subject, step string) (StepFacts, error)
	ApprovalFacts(ctx context.Context, id string) (ApprovalFacts, error)
	ServiceFacts(ctx context.Context, id string) (ServiceFacts, error)
	BankHostFacts(ctx context.Context, institutionID, host string, now time.Time) (BankHostFacts, error)
	JobFacts(ctx context.Context, name string) (JobFacts, error)
}

// CertificateFacts are of a certificate, and of the versions in use that name it.
type CertificateFacts struct {
	Name, Kind          string
	Organization        string // its organizationIdentifier
	Issuer              string
	Ended               bool // retired or destroyed
	NotBefore, NotAfter time.Time
	ChainPEM            string   // leaf first
	Registrations       []string // in use there; the first, by id
	Count               int      // of all of them
	Institutions        []string // of all of them
	Successors          int      // registrations that used it and use something else now

	Revoked       Refused // itself
	IssuerRevoked Refused // one of its chain, by its subject
	Compromised   Refused // itself, as somebody has declared
	Withdrawn     Refused // the service that issued it, by its name
	Unauthorised  Refused // its authorisation, by its number
	RoleUnlisted  Refused // roles of it, "PSP_PI (FR)"
}

// Refused is what a bank refuses because of others.
type Refused struct {
	Name string
	At   time.Time // zero: it is not
}

// RegistrationFacts are of the version in use, and of what services say.
type RegistrationFacts struct {
	Name          string // application and institution
	InstitutionID string
	Version       int // 0: none is in use
	ActivatedAt   time.Time
	Certificates  []string  // ids that any of its versions names
	Behind        int       // services that have used a former version since
	Services      int       // that have used any
	SecretEnds    time.Time // of the client secret in use, as somebody was told; zero: nobody was
	SecretSince   time.Time // when its version was saved
	// of the agreements of its organization with banks, likewise, by the ids of the enrolments
	AgreementEnds map[string]time.Time
}

// ConsentFacts are of a consent.
type ConsentFacts struct {
	Active                  bool
	RegistrationID          string
	InstitutionID           string
	AuthorizedAt, ExpiresAt time.Time
}

// StepFacts are of a step that was noted.
type StepFacts struct {
	Waiting  bool // for the bank
	Since    time.Time
	RemindAt time.Time // zero: never
	Owner    string
	// InstitutionID is that of the registration; an enrolment has none.
	InstitutionID string
}

// ApprovalFacts are of a request.
type ApprovalFacts struct {
	Open                   bool
	Action, Object         string
	Environment            string
	RequestedBy            string
	RequestedAt, ExpiresAt time.Time
	// of what was carried out in an emergency, and nobody has reviewed; zero: it is nothing of the kind
	UnreviewedSince time.Time
	DecidedBy       string
	Alone           bool   // one person has requested and decided it
	Thing           string // id of what was changed
}

// ServiceFacts are of a service account and of the token of it that ends last.
type ServiceFacts struct {
	Name, Owner string
	Ended       bool
	Tokens      int
	Used        bool // any of them was
	CreatedAt   time.Time
	ExpiresAt   time.Time
}

// BankHostFacts are of a host of a bank that is in use, and of what it presents.
type BankHostFacts struct {
	InUse      bool
	First      Served // which ends first, of what it presents
	Newest     Served
	Authority  string // the issuer that is known to be right
	Registered int    // versions in use at the bank
}

// Served is a certificate that a host presents.
type Served struct {
	NotBefore, NotAfter time.Time // zero: nothing was presented yet
	FirstSeen           time.Time
	Authority           string
	Untrusted           string // the reason; empty: it is trusted
}

// JobFacts are of shared periodic work.
type JobFacts struct {
	FailingSince time.Time // zero: it does not
	Failure      string
}
