package registration

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Parties stores organizations and applications.
type Parties interface {
	AddOrganization(ctx context.Context, o Organization) error
	// OrganizationPage returns a page of the list Organizations.
	OrganizationPage(ctx context.Context, reach access.Reach, q listing.Query) (listing.Page[Organization], error)
	AddApplication(ctx context.Context, a Application) error
	// ApplicationPage returns a page of the list Applications.
	ApplicationPage(ctx context.Context, reach access.Reach, q listing.Query) (listing.Page[Application], error)
}

// PartyLookup finds organizations and applications by what else is known of them.
type PartyLookup interface {
	// OrganizationsByIdentifier returns those with the numbers that certificates have of them.
	OrganizationsByIdentifier(ctx context.Context, identifiers []string) ([]Organization, error)
	// FirstApplications returns the applications of organizations by name, of each at most so many.
	FirstApplications(ctx context.Context, organizations []string, most int) ([]Application, error)
}

// Changes stores what is changed about organizations, applications and enrolments,
// each together with the entries of its history.
type Changes interface {
	UpdateOrganization(ctx context.Context, o Organization, history []HistoryEntry) error
	UpdateApplication(ctx context.Context, a Application, history []HistoryEntry) error
	UpdateEnrolment(ctx context.Context, e Enrolment, history []HistoryEntry) error
}

// Registrations stores registrations.
type Registrations interface {
	AddRegistration(ctx context.Context, r Registration) error
	// RegistrationPage returns a page of the list Listed; among are the only institutions asked for, nil for all.
	RegistrationPage(
		ctx context.Context, reach access.Reach, q listing.Query, among []string,
	) (listing.Page[Registration], error)
	// CountRegistrations counts what a page would be of.
	CountRegistrations(
		ctx context.Context, reach access.Reach, q listing.Query, among []string,
	) (listing.Count, error)
}

// Enrollees knows which organizations have registrations, archived ones apart.
type Enrollees interface {
	// OrganizationsEnrolled returns organizations that have registrations in the reach, by their ids behind one, at
	// most so many.
	OrganizationsEnrolled(ctx context.Context, reach access.Reach, after string, most int) ([]string, error)
	// CountEnrolled counts the different organizations and banks of registrations; banks are those of institutions.
	CountEnrolled(ctx context.Context, reach access.Reach, banks map[string]string) (listing.Count, error)
}

// Lookup finds single things, and what a list of all registrations needs.
type Lookup interface {
	// RegistrationByID returns one, or fault.NotFound.
	RegistrationByID(ctx context.Context, id string) (Registration, error)
	// ApplicationByID returns one, or fault.NotFound.
	ApplicationByID(ctx context.Context, id string) (Application, error)
	// CurrentBundles returns the drafts and active versions of the registrations, newest first.
	CurrentBundles(ctx context.Context, registrations ...string) (map[string][]Bundle, error)
}

// Selected reads several things at once; those that are not there are left out.
type Selected interface {
	RegistrationsByID(ctx context.Context, ids []string) ([]Registration, error)
	ApplicationsByID(ctx context.Context, ids []string) ([]Application, error)
	OrganizationsByID(ctx context.Context, ids []string) ([]Organization, error)
	// EnrolmentsByID returns those something was noted about.
	EnrolmentsByID(ctx context.Context, ids []string) ([]Enrolment, error)
}

// Checklist stores how far steps are. A subject is an enrolment or a registration.
type Checklist interface {
	// SetSteps writes the records of one subject together with the entries of their history.
	SetSteps(ctx context.Context, subject string, records []checklist.Record, history []HistoryEntry) error
	// Steps returns what was noted about the subjects, all of them if none is named.
	Steps(ctx context.Context, subjects ...string) (map[string][]checklist.Record, error)
	// History returns the changes of the subjects, the newest first.
	History(ctx context.Context, subjects ...string) ([]HistoryEntry, error)
}

// EvidenceStore stores evidence files, encrypted.
type EvidenceStore interface {
	AddEvidence(ctx context.Context, e evidence.File, sealed []byte, history HistoryEntry) error
	// Evidence returns what there is of the subjects, all if none is named.
	Evidence(ctx context.Context, subjects ...string) (map[string][]evidence.File, error)
	// EvidenceFile returns one file, or fault.NotFound.
	EvidenceFile(ctx context.Context, id string) (evidence.File, []byte, error)
}

// Emails stores the e-mails to banks.
type Emails interface {
	// AddEmail records one that was sent.
	AddEmail(ctx context.Context, c email.Email, history HistoryEntry) error
	// AnswerEmail records the answer to one that has none; else Conflict.
	AnswerEmail(ctx context.Context, c email.Email, history HistoryEntry) error
	// Emails returns those of the subjects, the newest first, all if none is named.
	Emails(ctx context.Context, subjects ...string) (map[string][]email.Email, error)
}

// Holding is a certificate in custody, as far as the checklist needs to know it.
type Holding struct {
	ID                     string
	Name                   string
	Kind                   certs.Kind
	OrganizationIdentifier string
	NotAfter               time.Time
}

// Makers knows who has stored a certificate.
type Makers interface {
	// CertificateMaker returns a user's id; NotFound where there is no such certificate.
	CertificateMaker(ctx context.Context, id string) (string, error)
}

// Holdings knows which certificates are in custody.
type Holdings interface {
	// NewestCertificates returns of each organization, by its organizationIdentifier, the newest QWAC and the newest
	// QSealC that have not ended.
	NewestCertificates(ctx context.Context, at time.Time, organizations []string) ([]Holding, error)
}

// Bundles stores bundle versions.
type Bundles interface {
	// Bundles returns all versions of a registration, newest first.
	Bundles(ctx context.Context, registrationID string) ([]Bundle, error)
	// SaveDraft writes the registration's only draft: a new version, or the same one whatever it holds.
	SaveDraft(ctx context.Context, b Bundle) error
	// ChangeDraft writes a draft anew, provided it is still what the caller read; else it is a Conflict.
	ChangeDraft(ctx context.Context, before, b Bundle) error
	// SwitchBundle makes from superseded and to active, at once; either may be nil.
	// It is a Conflict if one of them is not in the state or has not the content that the
	// caller read, or if a version other than from is active.
	SwitchBundle(ctx context.Context, from, to *Bundle) error
	// AmendBundle changes the test result of a version whose content is
	// still the given one; Conflict if it changed meanwhile.
	AmendBundle(ctx context.Context, b Bundle) error
	// NoteSecretEnd notes the end of b's client secret with every version of the registration that has it.
	NoteSecretEnd(ctx context.Context, b Bundle) error
	// DropCredentials has former versions name the client secret no longer; Conflict if another version does.
	DropCredentials(ctx context.Context, ref string) error
}

// Certificates is what we need of custody's certificates.
type Certificates interface {
	// Certificate returns a certificate with its chain; NotFound or Conflict where it is not to be had.
	Certificate(ctx context.Context, caller access.Caller, id string) (
		leaf *certs.Certificate, chain []*certs.Certificate, err error)
	// Held returns what Certificate does of each, and whether a live registration may use it.
	Held(ctx context.Context, caller access.Caller, ids []string) (map[string]certs.Held, error)
}

// Revocation is that its issuer has revoked a certificate, or one in its chain.
type Revocation struct {
	At     time.Time
	Issuer string // name of the certificate in the chain that was revoked; empty: it was the certificate itself

	Compromised bool // nobody has revoked it yet: the firm has declared it compromised
}

// Authorisations knows what registers of payment firms say.
type Authorisations interface {
	// Objection is what registers that were read say against using certificates at an institution, in codes, and how
	// old that is; empty: nothing.
	Objection(ctx context.Context, institutionID string, certificateIDs ...string) (string, error)
}

// Revocations knows which certificates were revoked, and what the firm does about it.
type Revocations interface {
	// RevokedCertificates returns what is known to be revoked or was declared compromised, by the id of the certificate
	// in custody.
	RevokedCertificates(ctx context.Context) (map[string]Revocation, error)
	// Renew asks the issuers again, unless that was done within the last minutes. Who does not answer is no error.
	Renew(ctx context.Context, certificateIDs ...string) error
	// StopsUse reports whether the use of what is revoked stops by itself in an environment.
	StopsUse(ctx context.Context, env environment.Name) (bool, error)
}

// CredentialStore takes client credentials into custody, and removes them from it.
type CredentialStore interface {
	// RenewCredentials stores them under a reference of their own, with what of the former ones is not given anew. It
	// returns the ids of all further ones that it has now: custody may have lost some.
	RenewCredentials(
		ctx context.Context, caller access.Caller, former, clientID string, clientSecret secret.Text,
		further map[string]secret.Text,
	) (ref string, kept []string, err error)
	// DestroyCredentials removes what is under ref for good. It is no error if there is nothing.
	DestroyCredentials(ctx context.Context, caller access.Caller, ref string) error
}
