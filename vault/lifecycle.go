package vault

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/note"
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

// Retire takes a certificate out of use for good: it is not used, signed with or chosen any more. Its key stays until
// it is destroyed, and a QSealC stays published. Refused while an active bundle names it. done is false when a second
// person has to agree first. There is no way back: a certificate that was taken out of use by mistake is uploaded anew.
func (v *Vault) Retire(ctx context.Context, caller access.Caller, id, reason string) (done bool, err error) {
	return v.requestChange(ctx, caller, v.retiring(), id, reason, nil)
}

// retirement carries out access.CertRetire.
type retirement struct{ v *Vault }

// Describe implements approval.Handler.
func (h retirement) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	d, err := h.v.describe(ctx, r.Object)
	if err == nil {
		err = reasonGiven(r.Reason)
	}
	if err == nil {
		err = usable(d.record)
	}
	if err == nil {
		err = d.unnamed(useActive)
	}
	if err != nil {
		return nil, "", err
	}
	changes := []approval.Change{{
		Field:  "state",
		Before: string(Stored),
		After:  string(Retired),
		Code:   "change.certificate_retired",
		Consequence: "It can no longer be used, sign or be chosen, and this cannot be undone; its key stays until " +
			"it is destroyed.",
	}}
	return append(changes, d.lost()...), d.fingerprint(), nil
}

// Apply implements approval.Handler.
func (h retirement) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	return h.v.cfg.Audit.Do(ctx, by, access.CertRetire, r.Object, func() (note.Note, error) {
		return r.Recorded(note.New("reason", "%s", r.Reason)), h.v.retire(ctx, by, r)
	})
}

// Applied implements approval.Witness.
func (h retirement) Applied(ctx context.Context, r approval.Request) (bool, error) {
	record, err := h.v.cfg.Records.CertificateByID(ctx, r.Object)
	return record.State == Retired || ending(record.State), err
}

func (v *Vault) retire(ctx context.Context, by access.Caller, request approval.Request) error {
	r, err := v.cfg.Records.CertificateByID(ctx, request.Object)
	if err != nil || r.State == Retired {
		return err
	}
	r.Retired = Retirement{Reason: request.Reason, By: by.ID, At: v.cfg.Now()}
	if err := v.cfg.Lifecycle.RetireCertificate(ctx, r); err != nil {
		return err
	}
	r.State = Retired
	v.ended.Store(r.ID, usable(r))
	v.mirrorSoon(ctx, r.ID)
	return nil
}

// ending reports whether a certificate is destroyed or about to be.
func ending(s State) bool { return s == Destroying || s == Destroyed }
