package vault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Files are an upload: any number of files that belong together.
type Files struct {
	Files      []certs.File
	Passphrase secret.Text // for those that need one
	Name       string      // optional name for people

	KeyMode      KeyMode // KeyExportable: of one certificate at a time
	ExportReason string  // why; needed with KeyExportable
	// ids of certificates that those in the files replace, each of the same kind and organization
	Replaces []string

	AcceptExpired bool // somebody has confirmed that what has expired is stored all the same
}

// Preview is one certificate found in an upload, judged and not stored.
type Preview struct {
	Leaf         *certs.Certificate
	Chain        []*certs.Certificate
	HasKey       bool // among the files
	KeyInCustody bool // it was requested here or renews a stored one, and needs no key among the files
	Findings     []rules.Finding
	Renews       []Predecessor // whose place it may take, the surest first
}

// Inspect reads and judges files without storing anything.
func (v *Vault) Inspect(ctx context.Context, caller access.Caller, files Files) ([]Preview, error) {
	if err := v.cfg.Audit.PermitSomewhere(ctx, caller, access.CertInspect, ""); err != nil {
		return nil, err
	}
	uploads, err := v.assemble(ctx, files)
	if err != nil {
		return nil, v.orOffered(ctx, files, err)
	}
	previews := make([]Preview, len(uploads))
	for i, u := range uploads {
		inCustody, err := v.keyInCustody(ctx, caller, u)
		if err != nil {
			return nil, err
		}
		mayKnow, err := v.cfg.Audit.May(ctx, caller, access.CertInspect, u.Leaf.OrganizationIdentifier)
		if err != nil {
			return nil, err
		}
		renews, err := v.Predecessors(ctx, caller, u.Leaf)
		if err != nil {
			return nil, err
		}
		previews[i] = Preview{
			Renews:       renews,
			Leaf:         u.Leaf,
			Chain:        u.Chain,
			HasKey:       u.Key != nil,
			KeyInCustody: inCustody && mayKnow, // of another firm's nothing is told
			Findings:     rules.Judge(u.Leaf, u.Chain, v.cfg.Now()),
		}
	}
	return previews, nil
}

// Import reads files and puts every certificate in them into custody with its key.
// Nothing is written unless all of them are acceptable; each is then an import of its
// own: intent recorded, key stored, document stored, intent fulfilled. It returns the
// records that were stored, even if a later one failed.
func (v *Vault) Import(ctx context.Context, caller access.Caller, files Files) ([]Record, error) {
	object := fileNames(files.Files)
	if len(caller.Parts) > 0 && !caller.May(access.CertImport) {
		at, err := v.atOrganization(ctx, caller, files)
		if err != nil {
			return nil, err
		}
		caller = at
	}
	if err := v.cfg.Audit.Authorize(ctx, caller, access.CertImport, object); err != nil {
		return nil, err
	}
	if files.KeyMode == KeyExportable {
		if err := v.cfg.Audit.Permit(ctx, caller, access.KeyAllowExport, object); err != nil {
			return nil, err
		}
	}
	uploads, err := v.acceptable(ctx, caller, files)
	if err != nil {
		err = v.orOffered(ctx, files, err)
		return nil, v.cfg.Audit.Finish(ctx, caller, access.CertImport, object, note.Note{}, err)
	}
	var stored []Record
	for _, u := range uploads {
		r, err := v.record(ctx, caller, u, files)
		if err == nil {
			err = v.store(ctx, r, u)
		}
		if err := v.cfg.Audit.Finish(ctx, caller, access.CertImport, r.ID, imported(r, u), err); err != nil {
			return stored, err
		}
		r.State = Stored
		stored = append(stored, r)
	}
	return stored, nil
}

// atOrganization is the caller importing what belongs to one organization, all of it: that is found out by reading the
// files, which changes nothing. Files of several, and those that cannot be read, take the right to import everywhere.
func (v *Vault) atOrganization(ctx context.Context, caller access.Caller, files Files) (access.Caller, error) {
	nowhere := caller.At(access.Place{})
	if err := v.cfg.Audit.PermitSomewhere(ctx, caller, access.CertImport, ""); err != nil {
		return nowhere, err
	}
	uploads, err := v.assemble(ctx, files)
	if err != nil || len(uploads) == 0 {
		return nowhere, err
	}
	of := uploads[0].Leaf.OrganizationIdentifier
	for _, u := range uploads {
		if u.Leaf.OrganizationIdentifier != of {
			return nowhere, nil
		}
	}
	return v.at(ctx, caller, of)
}

// at is the caller acting on what is the organization's whose organizationIdentifier that is. Whoever uploads a
// certificate chooses what stands in it: anything else, such as the id of a registration, is nobody's.
func (v *Vault) at(ctx context.Context, caller access.Caller, organizationIdentifier string) (access.Caller, error) {
	if _, err := certs.ParseOrganizationID(organizationIdentifier); err != nil {
		return caller.At(access.Place{}), nil //nolint:nilerr // it belongs nowhere
	}
	return v.cfg.Audit.At(ctx, caller, organizationIdentifier)
}

// imported is what the audit log says of an import.
func imported(r Record, u keyUpload) note.Note {
	code, format := "imported", "%s of %s, SHA-256 %s"
	args := []any{u.Leaf.Kind, u.Leaf.OrganizationIdentifier, u.Leaf.SHA256}
	if r.Line.Version > 1 {
		code, format = code+"_successor", format+", version %d of line %s"
		args = append(args, r.Line.Version, r.Line.ID)
	}
	if r.KeyMode == KeyExportable {
		code, format = code+"_exportable", format+", private key exportable: %s"
		args = append(args, r.Export.Reason)
	}
	return note.New(code, format, args...)
}

// RefuseImport records an import that failed before the files could be read, and returns cause.
func (v *Vault) RefuseImport(ctx context.Context, caller access.Caller, cause error) error {
	return v.cfg.Audit.Do(ctx, caller, access.CertImport, "", func() (note.Note, error) { return note.Note{}, cause })
}

// notYetStored refuses a certificate that is stored already. One that an
// interrupted import left pending is resolved first, so that trying again helps.
func (v *Vault) notYetStored(ctx context.Context, leaf *certs.Certificate) error {
	r, err := v.cfg.Records.CertificateByFingerprint(ctx, leaf.SHA256)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.State == Pending {
		if v.cfg.Now().Sub(r.CreatedAt) < v.cfg.Grace {
			return fault.New(fault.Conflict, "import_in_progress",
				"This certificate is being imported just now or its import was interrupted; try again in %s.",
				v.cfg.Grace.Round(time.Second))
		}
		outcome, err := v.resolve(ctx, v.importIntent(r))
		if err != nil {
			return err
		}
		if outcome == removed {
			return nil
		}
	}
	if r.State == Destroying || r.State == Destroyed {
		return fault.New(fault.Conflict, "certificate_destroyed",
			"The certificate %q was destroyed here and is not taken back; ask your QTSP for a new one.", r.Name)
	}
	return fault.New(fault.Conflict, codeExists, "This certificate is already in custody, as %q.", r.Name)
}

// store is the write path. The document is written after the key, so a
// document in custody means that its key is there: it is the point of no return.
func (v *Vault) store(ctx context.Context, r Record, u keyUpload) error {
	if err := v.cfg.Intents.BeginImport(ctx, r); err != nil {
		return err
	}
	// From here on a failure leaves the intent for Reconcile, because nobody knows
	// whether a write that timed out has reached custody.
	version, doc := 0, document(r)
	if u.own {
		request, current, err := v.cfg.Custody.Get(ctx, r.ID)
		if err != nil {
			return err
		}
		version = current
		for name, value := range request { // its document gives way to the certificate's
			doc[requestPrefix+name] = value
		}
	}
	if u.keyID == "" {
		if err := v.importKey(ctx, r, u.Key); err != nil {
			return err
		}
	}
	if _, err := v.cfg.Custody.Put(ctx, r.ID, doc, version); err != nil {
		return err
	}
	if err := v.cfg.Intents.FinishImport(ctx, r.ID); err != nil {
		return v.overtaken(ctx, u, r.ID, err)
	}
	return nil
}

// overtaken cleans up after an import that took so long that Reconcile gave it up (a
// paused machine, a wrong clock): what it has written since would be an orphan. An
// intent that is still there is left for Reconcile.
func (v *Vault) overtaken(ctx context.Context, u keyUpload, id string, cause error) error {
	if _, err := v.cfg.Records.CertificateByID(ctx, id); !errors.Is(err, fault.NotFound) || u.own {
		return cause
	}
	errs := []error{cause, v.cfg.Custody.Delete(ctx, id)}
	if u.keyID == "" {
		errs = append(errs, v.cfg.Custody.DestroyKey(ctx, id), v.cfg.Custody.DestroyExportableKey(ctx, id))
	}
	return errors.Join(errs...)
}

func (v *Vault) record(ctx context.Context, caller access.Caller, u keyUpload, files Files) (Record, error) {
	name := files.Name
	if name == "" {
		name = displayName(u.Leaf)
	}
	id := uid.New()
	if u.own {
		id = u.keyID
	}
	keyID := u.keyID
	if keyID == "" {
		keyID = id
	}
	r := Record{
		ID:        id,
		KeyID:     keyID,
		State:     Pending,
		Name:      name,
		Leaf:      u.Leaf,
		Chain:     u.Chain,
		KeyMode:   KeyHeld,
		Custody:   v.cfg.Custody.Mode(),
		CreatedAt: v.cfg.Now(),
		CreatedBy: caller.ID,
	}
	switch {
	case u.shares != nil: // the choice was made about the key, so it goes with the key
		r.KeyMode, r.Export = u.shares.KeyMode, u.shares.Export
	case files.KeyMode == KeyExportable:
		r.KeyMode, r.Export = KeyExportable, ExportChoice{Reason: strings.TrimSpace(files.ExportReason), By: caller.ID}
	}
	if u.line == "" && !u.own { // nothing can have this id yet
		r.Line = Line{ID: id, Version: 1, Change: First}
		return r, nil
	}
	var err error
	r.Line, err = v.nextInLine(ctx, cmp.Or(u.line, id), u.Leaf)
	return r, err
}

// displayName is the name of a certificate for people: purpose, owner and end.
func displayName(c *certs.Certificate) string {
	owner := c.OrganizationIdentifier
	if owner == "" {
		owner = c.SubjectName.CommonName()
	}
	return fmt.Sprintf("%s %s (%s)", kindName(c.Kind), owner, certs.Day(c.NotAfter).Format(time.DateOnly))
}

func kindName(k certs.Kind) string {
	return map[certs.Kind]string{
		certs.QWAC:   "QWAC",
		certs.QSealC: "QSealC",
		certs.QESign: "signature certificate",
		certs.Other:  "certificate",
	}[k]
}
