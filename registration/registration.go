// Package registration knows the banks, and how far our applications are
// registered with them: organization, application, registration, the steps people do in
// the bank's portal, versioned bundles, and what still blocks their use.
package registration

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/secret"
)

// Organization is our legal entity as the NCA authorised it.
type Organization struct {
	ID                     string
	LegalName              string
	Country                string // ISO 3166-1 alpha-2
	OrganizationIdentifier string // PSDXX-NCA-number; the bank's "agreement number"
	ContactEmail           string
	CreatedAt              time.Time
}

// Application is what the bank's portal calls an application: what its customers see asking for access.
type Application struct {
	ID             string
	OrganizationID string
	Name           string
	RedirectURIs   []string // compared exactly by the bank
	ClientURI      string
	TermsURI       string
	CreatedAt      time.Time
}

// Registration is an application at an institution.
type Registration struct {
	ID            string
	ApplicationID string
	InstitutionID string
	CreatedAt     time.Time
}

// StepRecord is what was noted about one step.
type StepRecord struct {
	Step      string
	State     StepState
	Note      string
	ChangedBy string
	ChangedAt time.Time
}

// StepState is how far a step is.
type StepState string

// The states a person gives a step.
const (
	Todo      StepState = "todo"
	Waiting   StepState = "waiting" // for the bank
	StepDone  StepState = "done"
	NotNeeded StepState = "not_needed" // with the reason in the note
)

// BundleState is where a bundle version is in its life.
type BundleState string

// The states of a bundle. At most one version is a draft and at most one is active.
const (
	Draft      BundleState = "draft"
	Active     BundleState = "active"
	Superseded BundleState = "superseded"
)

// Bundle is everything that is needed to talk to one institution, as one
// version: it is activated as a whole or not at all.
type Bundle struct {
	ID             string
	RegistrationID string
	Version        int // 1, 2, 3, ...
	State          BundleState
	QWACID         string
	QSealCID       string
	ClientID       string
	CredentialsRef string     // where custody has client id and secret
	TrustAnchors   []string   // CA certificates as PEM, trusted for this bank besides those of its profile
	Test           TestResult // of this version's content
	ActivatedBy    string
	ActivatedAt    time.Time
	CreatedBy      string
	CreatedAt      time.Time
}

// TestResult is the outcome of the latest connection test.
type TestResult struct {
	At     time.Time // zero: never tested
	Passed bool
	Detail string
}

// Parties stores organizations and applications.
type Parties interface {
	AddOrganization(ctx context.Context, o Organization) error
	Organizations(ctx context.Context) ([]Organization, error)
	AddApplication(ctx context.Context, a Application) error
	Applications(ctx context.Context) ([]Application, error)
}

// Registrations stores registrations and the state of their steps.
type Registrations interface {
	AddRegistration(ctx context.Context, r Registration) error
	Registrations(ctx context.Context) ([]Registration, error)
	SetStep(ctx context.Context, registrationID string, s StepRecord) error
	Steps(ctx context.Context, registrationID string) ([]StepRecord, error)
}

// Bundles stores bundle versions.
type Bundles interface {
	// Bundles returns all versions of a registration, newest first.
	Bundles(ctx context.Context, registrationID string) ([]Bundle, error)
	// SaveDraft writes the registration's only draft: a new version, or the same one changed.
	SaveDraft(ctx context.Context, b Bundle) error
	// SwitchBundle makes from superseded and to active, at once; either may be nil.
	// It is a Conflict if one of them is not in the state or has not the content that the
	// caller read, or if a version other than from is active.
	SwitchBundle(ctx context.Context, from, to *Bundle) error
	// AmendBundle changes the test result of a version whose content is
	// still the given one; Conflict if it changed meanwhile.
	AmendBundle(ctx context.Context, b Bundle) error
}

// Certificates is what we need of custody's certificates.
type Certificates interface {
	Certificate(ctx context.Context, caller access.Caller, id string) (leaf *certs.Certificate, chain []*certs.Certificate, err error)
	// AllowedOnLive reports, as a Conflict, why a live registration may not use the certificate.
	AllowedOnLive(ctx context.Context, caller access.Caller, id string) error
}

// CredentialStore takes client credentials into custody.
type CredentialStore interface {
	PutCredentials(ctx context.Context, caller access.Caller, clientID string, clientSecret secret.Text) (ref string, err error)
}
