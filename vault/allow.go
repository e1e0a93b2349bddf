package vault

import (
	"context"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// AllowOnLive asks that a key which is stored to be handed out may be, and that live
// registrations may use its certificate. Where live takes two people that takes a second person.
func (v *Vault) AllowOnLive(ctx context.Context, caller access.Caller, id string) (done bool, err error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.CertKeepStored, id); err != nil {
		return false, err
	}
	r, err := v.Get(ctx, caller, id)
	if err != nil {
		return false, err
	}
	return v.propose(ctx, caller, v.allowing(), id, r.Kept.Reason, nil)
}

// What becomes of a stored key, in changes.
const (
	keptBack  = "kept back"
	handedOut = "handed out"
)

// keeping carries out approval.CertificateKeepStored.
type keeping struct{ v *Vault }

// Describe implements approval.Handler.
func (h keeping) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	d, err := h.v.describe(ctx, r.Object)
	if err == nil {
		err = usable(d.record)
	}
	switch {
	case err != nil:
		return nil, "", err
	case d.record.KeyMode != KeyStored:
		return nil, "", fault.New(fault.Conflict, "key_held",
			"The private key of %q never leaves custody; nothing needs to be approved.", d.record.Name)
	case d.record.Kept.ApprovedBy != "":
		return nil, "", fault.New(fault.Conflict, "already_approved", "Live registrations may use %q already.",
			d.record.Name)
	}
	return []approval.Change{{
			Field:  "key_mode",
			Before: keptBack,
			After:  handedOut,
			Code:   "change.certificate_kept_on_live",
			Consequence: "The private key is handed out to connectors and engineers who ask for it, and live " +
				"registrations may use the certificate.",
		}},
		recordUses{record: d.record}.fingerprint(), nil // which bundles name it is no part of the question
}

// Apply implements approval.Handler.
func (h keeping) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	return h.v.cfg.Audit.Do(ctx, by, access.CertKeepStored, r.Object, func() (note.Note, error) {
		return r.Recorded(note.New("allowed_on_live", "allowed on live: %s", r.Reason)),
			h.v.allowOnLive(ctx, by, r.Object)
	})
}

// Applied implements approval.Witness.
func (h keeping) Applied(ctx context.Context, r approval.Request) (bool, error) {
	record, err := h.v.cfg.Records.CertificateByID(ctx, r.Object)
	return record.Kept.ApprovedBy != "", err
}

func (v *Vault) allowOnLive(ctx context.Context, by access.Caller, id string) error {
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil || r.Kept.ApprovedBy != "" {
		return err
	}
	r.Kept.ApprovedBy, r.Kept.ApprovedAt = by.ID, v.cfg.Now()
	if err := v.cfg.Lifecycle.ApproveKept(ctx, r); err != nil {
		return err
	}
	v.mirrorSoon(ctx, id)
	return nil
}
