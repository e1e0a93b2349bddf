// Package incident answers one question: which certificate is in other hands, and what has been done about it?
//
// Whoever declares one freezes it: no version that names it is saved or activated, and its key is not exported. What is
// in use goes on, unless the policy says that the use of revoked certificates stops by itself. How far the way out is
// follows from facts: revoked by its issuer, replaced at every bank, out of use for good.
package incident

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// KeyCompromise is the reason for which every certificate of the key is frozen.
const KeyCompromise = "keyCompromise"

// Reasons are those of RFC 5280 section 5.3.1 that a firm can give for one of its own certificates.
func Reasons() []string {
	return []string{
		KeyCompromise, "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation", "privilegeWithdrawn",
	}
}

// Incident is a certificate that somebody has declared compromised.
type Incident struct {
	ID              string
	CertificateID   string
	CertificateName string
	SHA256          string
	KeyID           string // in custody
	SPKISHA256      string // of the key
	WholeKey        bool   // every certificate of the key is meant
	Reason          string // one of Reasons
	What            string // in the words of who declared it
	HappenedAt      time.Time
	DeclaredBy      string // caller id
	DeclaredAt      time.Time
	Told            Telling // the QTSP
	Withdrawal      Withdrawal
	Counts
}

// Counts are of registrations; of those alone that the reader may see.
type Counts struct {
	InUse     int  // that use it still
	Uses      int  // that did when it was declared
	Untold    int  // of them, those whose bank was not told
	Elsewhere bool // some that the reader may not see use it still
}

// Telling says that somebody was told.
type Telling struct {
	By string // caller id
	At time.Time
}

// Withdrawal says that it was declared by mistake.
type Withdrawal struct {
	By, Why string
	At      time.Time // zero: it stands
}

// Standing reports whether the certificate is frozen by it.
func (i Incident) Standing() bool { return i.Withdrawal.At.IsZero() }

// Use is a registration that used the certificate when it was declared.
type Use struct {
	RegistrationID, InstitutionID string
	InUse                         bool // still
	Told                          Telling
}

// Facts are what decides how far the way out is.
type Facts struct {
	Incident
	Revocation revocation.State // by our own check
	RevokedAt  time.Time
	State      vault.State // of the certificate
	Others     []Other     // with KeyCompromise: the certificates of the key that have not ended
	Copies     keycopies.Key
	Waiting    string // id of the request to withdraw it that waits for a second person
}

// Other is another certificate of a compromised key: whoever has the key has this one, too.
type Other struct {
	keycopies.Certificate
	Revoked, Retired bool
}

// Revoked reports whether its issuer says so, and of the others of the key theirs.
func (f Facts) Revoked() bool {
	return f.Revocation == revocation.Revoked &&
		!slices.ContainsFunc(f.Others, func(o Other) bool { return !o.Revoked })
}

// Replaced reports whether nothing uses the certificate any more.
func (f Facts) Replaced() bool { return f.InUse == 0 && !f.Elsewhere }

// Retired reports whether the certificate is out of use for good, and the others of the key are.
func (f Facts) Retired() bool {
	return retired(f.State) && !slices.ContainsFunc(f.Others, func(o Other) bool { return !o.Retired })
}

func retired(s vault.State) bool { return s != vault.Stored && s != vault.Pending }

// Over reports whether there is nothing left to do but to wait for people's copies.
func (f Facts) Over() bool { return !f.Standing() || f.Revoked() && f.Replaced() && f.Retired() }

// FilterStanding is the filter of the list: true, those that stand; false, those declared by mistake.
const FilterStanding = "standing"

// Listed is what can be asked of the list of incidents.
var Listed = listing.Spec{
	Name:    "incidents",
	Sorts:   []string{"-declared_at", "declared_at"},
	Filters: map[string]listing.Check{FilterStanding: listing.OneOf("true", "false")},
}

// ListedUses is what can be asked of the list of an incident's uses.
var ListedUses = listing.Spec{Name: "incident-uses", Sorts: []string{"registration_id"}}

// Store keeps incidents.
type Store interface {
	// AddIncident adds one with the registrations that use the certificate at that moment, and has everything that
	// follows the certificate look at it again. It is a Conflict if one stands.
	AddIncident(ctx context.Context, i Incident) error
	// WithdrawIncident ends a standing one, or is a Conflict.
	WithdrawIncident(ctx context.Context, id string, w Withdrawal) error
	// NoteTold notes that the QTSP, or with an id the bank of a registration, was told; the first telling stays.
	NoteTold(ctx context.Context, id, registrationID string, t Telling) error
	Incident(ctx context.Context, id string) (Incident, error)
	IncidentPage(ctx context.Context, reach access.Reach, q listing.Query) (listing.Page[Incident], error)
	// IncidentUses returns a page of the uses, of registrations in the reach.
	IncidentUses(ctx context.Context, reach access.Reach, id string, q listing.Query) (listing.Page[Use], error)
	// IncidentCounts counts the uses of incidents that are of registrations in the reach, by incident.
	IncidentCounts(ctx context.Context, reach access.Reach, ids []string) (map[string]Counts, error)
	// UsedBy reports whether a registration used the certificate when the incident was declared.
	UsedBy(ctx context.Context, id, registrationID string) (bool, error)
	// IncidentOf returns the one that freezes a certificate, or NotFound.
	IncidentOf(ctx context.Context, certificateID string) (Incident, error)
}

// Certificates are those in custody.
type Certificates interface {
	Get(ctx context.Context, caller access.Caller, id string) (vault.Record, error)
}

// Revocation knows what issuers say.
type Revocation interface {
	OfFingerprint(ctx context.Context, caller access.Caller, sha256 string) (revocation.Result, error)
}

// Copies knows where copies of a key may be.
type Copies interface {
	OfCertificate(ctx context.Context, caller access.Caller, certificateID string) (keycopies.Key, error)
}

// Registrations are where certificates are used.
type Registrations interface {
	Registration(ctx context.Context, caller access.Caller, id string) (registration.View, error)
	// OrganizationNamed returns the one with a number that certificates have, or NotFound.
	OrganizationNamed(ctx context.Context, caller access.Caller, identifier string) (registration.Organization, error)
}

// Approvals has a withdrawal carried out when a second person has agreed.
type Approvals interface {
	RequestChange(
		ctx context.Context, caller access.Caller, p approval.NewRequest,
	) (r approval.Request, done bool, err error)
	Waiting(ctx context.Context, object string) ([]approval.Request, error)
}

// Config is what a Service is made of. Every field is required.
type Config struct {
	Store         Store
	Certificates  Certificates
	Revocation    Revocation
	Copies        Copies
	Registrations Registrations
	Approvals     Approvals
	Audit         *audit.Log
	Now           func() time.Time
}

// Service keeps the way out of an incident. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg}
}

// Declaration is what somebody says of a compromised certificate.
type Declaration struct {
	CertificateID string
	Reason        string // one of Reasons
	What          string
	HappenedAt    time.Time // or when it was noticed
}

// Declare freezes a certificate; with KeyCompromise, every certificate of its key. One person is enough.
func (s *Service) Declare(ctx context.Context, caller access.Caller, d Declaration) (Incident, error) {
	d.What = strings.TrimSpace(d.What)
	i := Incident{
		ID:         uid.New(),
		Reason:     d.Reason,
		WholeKey:   d.Reason == KeyCompromise,
		What:       d.What,
		HappenedAt: d.HappenedAt,
		DeclaredBy: caller.ID,
		DeclaredAt: s.cfg.Now(),
	}
	err := s.cfg.Audit.Do(ctx, caller, access.IncidentDeclare, d.CertificateID, func() (note.Note, error) {
		detail := note.New("incident_declared", "declared compromised (%s): %s", d.Reason, d.What)
		if err := d.complete(i.DeclaredAt); err != nil {
			return note.Note{}, err
		}
		r, err := s.cfg.Certificates.Get(ctx, caller, d.CertificateID)
		if err != nil {
			return detail, err
		}
		if r.State != vault.Stored && r.State != vault.Retired {
			return detail, fault.New(fault.Conflict, "incident_not_stored",
				"The certificate %q is not in custody, so there is nothing to freeze.", r.Name)
		}
		i.CertificateID, i.CertificateName, i.SHA256 = r.ID, r.Name, r.Leaf.SHA256
		i.KeyID, i.SPKISHA256 = r.KeyID, r.Leaf.SPKISHA256
		return detail, s.cfg.Store.AddIncident(ctx, i)
	})
	if err != nil {
		return Incident{}, err
	}
	return s.cfg.Store.Incident(ctx, i.ID)
}

func (d Declaration) complete(now time.Time) error {
	if !slices.Contains(Reasons(), d.Reason) {
		return fault.New(fault.Invalid, "incident_reason_unknown",
			"Give one of the reasons of RFC 5280 section 5.3.1: %s.", strings.Join(Reasons(), ", "))
	}
	if n := utf8.RuneCountInString(d.What); n == 0 || n > note.MaxReason {
		return fault.New(fault.Invalid, "reason_missing", "Give a reason, of at most %d characters; it is recorded.",
			note.MaxReason)
	}
	if d.HappenedAt.Year() < 1990 || d.HappenedAt.After(now.Add(24*time.Hour)) {
		return fault.New(fault.Invalid, "incident_day_invalid",
			"Say on which day it happened or was noticed; it is not in the future.")
	}
	return nil
}

// QTSP is the recipient of a letter that is not the bank of a registration.
const QTSP = "qtsp"

// Told notes that the QTSP was told, or the bank of a registration, whose id is the recipient.
func (s *Service) Told(ctx context.Context, caller access.Caller, id, recipient string) error {
	return s.cfg.Audit.Do(ctx, caller, access.IncidentTold, id, func() (note.Note, error) {
		detail := note.New("incident_told", "told: %s", recipient)
		i, err := s.cfg.Store.Incident(ctx, id)
		if err != nil {
			return detail, err
		}
		if !i.Standing() {
			return detail, withdrawn()
		}
		registrationID := recipient
		if recipient == QTSP {
			registrationID = ""
		}
		return detail, s.cfg.Store.NoteTold(ctx, id, registrationID, Telling{By: caller.ID, At: s.cfg.Now()})
	})
}

func withdrawn() error {
	return fault.New(fault.Conflict, "incident_withdrawn", "It was declared by mistake and is withdrawn.")
}
