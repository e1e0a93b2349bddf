package vault

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Lifecycle takes a stored record to its end. Each step is one transaction, which checks
// its conditions again and returns Conflict if they no longer hold.
type Lifecycle interface {
	// RetireCertificate turns a stored record into a retired one, unless an active bundle names it.
	RetireCertificate(ctx context.Context, r Record) error
	// BeginDestroy turns a retired record into a destroying one, unless an active or draft bundle names it.
	BeginDestroy(ctx context.Context, r Record) error
	// FinishDestroy turns a destroying record into a destroyed one.
	FinishDestroy(ctx context.Context, id string) error
	// ChangeChain gives a stored record another chain, unless it was changed since r.Revision.
	ChangeChain(ctx context.Context, r Record) error
	// ApproveExport records that a second person approved an exportable key.
	ApproveExport(ctx context.Context, r Record) error
}

// CertificateMirror finds the records that changed since custody's copy was written, so
// that a crash between the two is repaired.
type CertificateMirror interface {
	// StaleCertificates returns up to limit of the records whose copy in custody is older.
	StaleCertificates(ctx context.Context, limit int) ([]Record, error)
	// CopiedCertificate notes that custody has the record as of r.Revision.
	CopiedCertificate(ctx context.Context, r Record) error
}

// Uses says what depends on a certificate or on its key.
type Uses interface {
	// CertificateUses returns the bundle versions that name the certificate, of registrations in the reach: the first
	// of them, those in use and drafts before all others, and how many there are.
	CertificateUses(ctx context.Context, reach access.Reach, id string, limit int) (Mentions, error)
	// CurrentUses returns at most limit active and draft bundle versions that name the certificate.
	CurrentUses(ctx context.Context, reach access.Reach, id string, limit int) ([]Use, error)
	// KeyShared reports whether another certificate, which is not being destroyed, has the key of r.
	KeyShared(ctx context.Context, r Record) (bool, error)
}

// Use is a bundle version that names a certificate.
type Use struct {
	RegistrationID string
	InstitutionID  string
	Version        int
	State          string // draft, active, superseded
}

// Mentions is the bundle versions that name a certificate.
type Mentions struct {
	First []Use
	Tally []Tally // of all of them, by institution and state
}

// Tally counts the bundle versions at an institution that are in a state.
type Tally struct {
	InstitutionID string
	State         string
	N             int
	Versions      int // their numbers, added up: of others, it is another in all likelihood
}

// Count is how many are in one of the states, or without any state how many there are.
func (m Mentions) Count(states ...string) int {
	count := 0
	for _, t := range m.Tally {
		if len(states) == 0 || slices.Contains(states, t.State) {
			count += t.N
		}
	}
	return count
}

// What Use.State says.
const (
	useDraft  = "draft"
	useActive = "active"
)
