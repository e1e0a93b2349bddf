package vault

import (
	"context"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Retire takes a certificate out of use for good: it is not used, signed with or
// chosen any more. Its key stays until it is destroyed, and a QSealC stays published.
// Refused while an active bundle names it. done is false when a second person has to
// agree first. There is no way back: a certificate that was taken out of use by mistake is uploaded anew.
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
