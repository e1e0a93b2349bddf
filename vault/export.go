package vault

import (
	"context"
	"crypto"
	"encoding/pem"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/internal/inprocess"
)

// exportChoosable refuses, before anything is written, a choice of KeyExportable that cannot be.
func exportChoosable(uploads []keyUpload, files Files) error {
	switch {
	case files.KeyMode == "" || files.KeyMode == KeyHeld:
		return nil
	case files.KeyMode != KeyExportable:
		return fault.New(fault.Invalid, "key_mode_unknown", "The key mode is %q, which is usual, or %q.", KeyHeld,
			KeyExportable)
	case len(uploads) != 1:
		return fault.New(fault.Invalid, "export_one_certificate",
			"An exportable private key is uploaded with its certificate alone; upload the others separately.")
	case uploads[0].keyID != "" && (uploads[0].shares == nil || uploads[0].shares.KeyMode != KeyExportable):
		return fault.New(fault.Conflict, "key_held",
			"The private key of this certificate is in custody already and never leaves it; an exportable key "+
				"must be another one.")
	}
	return reasonGiven(files.ExportReason)
}

func reasonGiven(reason string) error {
	if n := len([]rune(strings.TrimSpace(reason))); n == 0 || n > note.MaxReason {
		return fault.New(fault.Invalid, "reason_missing", "Give a reason, of at most %d characters; it is recorded.",
			note.MaxReason)
	}
	return nil
}

// importKey puts a key where its mode says.
func (v *Vault) importKey(ctx context.Context, r Record, key *certs.PrivateKey) error {
	if r.KeyMode == KeyExportable {
		return v.cfg.Custody.ImportExportableKey(ctx, r.ID, key)
	}
	return v.cfg.Custody.ImportKey(ctx, r.ID, key)
}

func (v *Vault) destroyKey(ctx context.Context, r Record) error {
	if r.KeyMode == KeyExportable {
		return v.cfg.Custody.DestroyExportableKey(ctx, r.KeyID)
	}
	return v.cfg.Custody.DestroyKey(ctx, r.KeyID)
}

// signer opens the key of a record. An exportable one signs in this process.
func (v *Vault) signer(ctx context.Context, r Record) (crypto.Signer, error) {
	if r.KeyMode != KeyExportable {
		return v.cfg.Custody.Signer(ctx, r.KeyID, r.Leaf.X509.PublicKey)
	}
	key, err := v.exportableKey(ctx, r)
	if err != nil {
		return nil, err
	}
	return inprocess.Signer(key.Signer()), nil
}

func (v *Vault) exportableKey(ctx context.Context, r Record) (*certs.PrivateKey, error) {
	key, err := v.cfg.Custody.ExportKey(ctx, r.KeyID)
	if err != nil {
		return nil, err
	}
	if key.SPKISHA256() != r.Leaf.SPKISHA256 {
		return nil, fault.New(fault.Conflict, "custody_key_mismatch",
			"The key %q in custody does not belong to this certificate.", r.KeyID)
	}
	return key, nil
}

// ExportedKey is a private key on its way out. Whoever has it wipes it.
type ExportedKey struct {
	Record   Record
	KeyPEM   secret.Text // PKCS#8
	ChainPEM string
}

// Copies knows where copies of keys may be.
type Copies interface {
	// NoteExport records that a key is about to be given to a caller as a file of a format.
	NoteExport(ctx context.Context, caller access.Caller, keyID, format string) error
}

// Incidents knows which certificates were declared compromised.
type Incidents interface {
	// Compromised reports whether a certificate is frozen, and since when.
	Compromised(ctx context.Context, certificateID string) (at time.Time, is bool, err error)
}

// ExportKey gives an exportable private key to a workload that needs the file, in the format that it will have. Where
// live takes two people, both have agreed to it first. Each time is authorised, audited, and noted as a copy before the
// key leaves.
func (v *Vault) ExportKey(ctx context.Context, caller access.Caller, id, format string) (ExportedKey, error) {
	var exported ExportedKey
	err := v.cfg.Audit.Do(ctx, caller, access.KeyExport, id, func() (_ note.Note, err error) {
		exported, err = v.export(ctx, caller, id, format)
		return note.New("key_exported", "the private key was exported"), err
	})
	if err != nil {
		exported.KeyPEM.Wipe()
		return ExportedKey{}, err
	}
	return exported, nil
}

// Exportable refuses, as ExportKey does, a key that cannot be exported now.
func (v *Vault) Exportable(ctx context.Context, caller access.Caller, id string) error {
	if err := v.cfg.Audit.Permit(ctx, caller, access.KeyExport, id); err != nil {
		return err
	}
	_, err := v.exportable(ctx, id)
	return err
}

func (v *Vault) exportable(ctx context.Context, id string) (Record, error) {
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err == nil {
		err = usable(r)
	}
	if err != nil {
		return Record{}, err
	}
	if r.KeyMode != KeyExportable {
		return Record{}, fault.New(fault.Conflict, "key_held",
			"The private key of %q never leaves custody; have custody sign, or upload a certificate with another key "+
				"as exportable.", r.Name)
	}
	switch at, is, err := v.cfg.Incidents.Compromised(ctx, id); {
	case err != nil:
		return Record{}, err
	case is:
		return Record{}, fault.New(fault.Conflict, "certificate_compromised",
			"The certificate %q was declared compromised on %s and is frozen; choose or order another one.", r.Name,
			at.Format(time.DateOnly))
	}
	// A certificate belongs to no environment, so what is agreed for live is agreed for all.
	if r.Export.ApprovedBy == "" && v.cfg.Approvals.Required(ctx, environment.Live) {
		return Record{}, exportNotApproved(r)
	}
	return r, nil
}

func (v *Vault) export(ctx context.Context, caller access.Caller, id, format string) (ExportedKey, error) {
	r, err := v.exportable(ctx, id)
	if err != nil {
		return ExportedKey{}, err
	}
	if err := v.cfg.Copies.NoteExport(ctx, caller, r.KeyID, format); err != nil {
		return ExportedKey{}, err
	}
	key, err := v.exportableKey(ctx, r)
	if err != nil {
		return ExportedKey{}, err
	}
	der, err := key.PKCS8()
	if err != nil {
		return ExportedKey{}, fault.Wrap(err, fault.Internal, "key_not_encodable",
			"The private key cannot be written; the log has the reason.")
	}
	defer clear(der)
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	defer clear(text)
	return ExportedKey{Record: r, KeyPEM: secret.NewText(text), ChainPEM: r.ChainPEM()}, nil
}

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
