package vault

import (
	"context"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// AllowExport allows the export of an exportable key, and the use of its certificate by live
// registrations. Where live takes two people, it requests that.
func (v *Vault) AllowExport(ctx context.Context, caller access.Caller, id string) (done bool, err error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.KeyAllowExport, id); err != nil {
		return false, err
	}
	r, err := v.Get(ctx, caller, id)
	if err != nil {
		return false, err
	}
	return v.requestChange(ctx, caller, v.allowingExport(), id, r.Export.Reason, nil)
}

// Whether an exportable key is exported, in changes.
const (
	notExported = "not exported"
	exported    = "exported"
)

// exportApproval carries out access.KeyAllowExport.
type exportApproval struct{ v *Vault }

// Describe implements approval.Handler.
func (h exportApproval) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	d, err := h.v.describe(ctx, r.Object)
	if err == nil {
		err = usable(d.record)
	}
	switch {
	case err != nil:
		return nil, "", err
	case d.record.KeyMode != KeyExportable:
		return nil, "", fault.New(fault.Conflict, "key_held",
			"The private key of %q never leaves custody; nothing needs to be approved.", d.record.Name)
	case d.record.Export.ApprovedBy != "":
		return nil, "", fault.New(fault.Conflict, "already_approved", "Live registrations may use %q already.",
			d.record.Name)
	}
	return []approval.Change{{
			Field:  "key_mode",
			Before: notExported,
			After:  exported,
			Code:   "change.key_export_allowed",
			Consequence: "The private key is exported to connectors and engineers who request it, and live " +
				"registrations may use the certificate.",
		}},
		recordUses{record: d.record}.fingerprint(), nil // which bundles name it is no part of the question
}

// Apply implements approval.Handler.
func (h exportApproval) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	return h.v.cfg.Audit.Do(ctx, by, access.KeyAllowExport, r.Object, func() (note.Note, error) {
		return r.Recorded(note.New("export_allowed", "export allowed: %s", r.Reason)),
			h.v.allowExport(ctx, by, r.Object)
	})
}

// Applied implements approval.Witness.
func (h exportApproval) Applied(ctx context.Context, r approval.Request) (bool, error) {
	record, err := h.v.cfg.Records.CertificateByID(ctx, r.Object)
	return record.Export.ApprovedBy != "", err
}

func (v *Vault) allowExport(ctx context.Context, by access.Caller, id string) error {
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil || r.Export.ApprovedBy != "" {
		return err
	}
	r.Export.ApprovedBy, r.Export.ApprovedAt = by.ID, v.cfg.Now()
	if err := v.cfg.Lifecycle.ApproveExport(ctx, r); err != nil {
		return err
	}
	v.mirrorSoon(ctx, id)
	return nil
}
