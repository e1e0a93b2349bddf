package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/internal/secret"
)

// Files are what somebody uploads: any number of files that belong together.
type Files struct {
	Files      []certs.File
	Passphrase secret.Text // for those that need one
	Name       string      // optional name for people
}

// Preview is one certificate found in an upload, judged and not stored.
type Preview struct {
	Leaf         *certs.Certificate
	Chain        []*certs.Certificate
	HasKey       bool // among the files
	KeyInCustody bool // it was requested here, and needs no key among the files
	Findings     []certs.Finding
}

// Inspect reads and judges files without storing anything.
func (v *Vault) Inspect(ctx context.Context, caller access.Caller, files Files) ([]Preview, error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.CertInspect, ""); err != nil {
		return nil, err
	}
	uploads, err := assemble(files)
	if err != nil {
		return nil, err
	}
	previews := make([]Preview, len(uploads))
	for i, u := range uploads {
		_, err := v.openRequest(ctx, u.Leaf)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return nil, err
		}
		previews[i] = Preview{Leaf: u.Leaf, Chain: u.Chain, HasKey: u.Key != nil, KeyInCustody: err == nil,
			Findings: certs.Judge(u.Leaf, u.Chain, v.cfg.Now())}
	}
	return previews, nil
}

// Import reads files, and puts every certificate in them into custody with its
// key. Nothing is written unless all of them can be; each is then an import of
// its own: intent recorded, key stored, document stored, intent fulfilled.
// The records returned are those stored, also when a later one failed.
func (v *Vault) Import(ctx context.Context, caller access.Caller, files Files) ([]Record, error) {
	object := fileNames(files.Files)
	if err := v.cfg.Audit.Authorize(ctx, caller, access.CertImport, object); err != nil {
		return nil, err
	}
	uploads, err := v.acceptable(ctx, files)
	if err != nil {
		return nil, v.cfg.Audit.Finish(ctx, caller, access.CertImport, object, "", err)
	}
	var stored []Record
	for _, u := range uploads {
		r := v.record(caller, u, files.Name)
		err := v.store(ctx, r, u)
		detail := fmt.Sprintf("%s of %s, SHA-256 %s", r.Leaf.Kind, r.Leaf.OrganizationIdentifier, r.Leaf.SHA256)
		if err := v.cfg.Audit.Finish(ctx, caller, access.CertImport, r.ID, detail, err); err != nil {
			return stored, err
		}
		r.State = Stored
		stored = append(stored, r)
	}
	return stored, nil
}

// RefuseImport records an import that failed before the files could be read, and returns cause.
func (v *Vault) RefuseImport(ctx context.Context, caller access.Caller, cause error) error {
	if err := v.cfg.Audit.Authorize(ctx, caller, access.CertImport, ""); err != nil {
		return err
	}
	return v.cfg.Audit.Finish(ctx, caller, access.CertImport, "", "", cause)
}

// acceptable reads the files and refuses, before anything is written, what cannot be stored.
func (v *Vault) acceptable(ctx context.Context, files Files) ([]keyed, error) {
	found, err := assemble(files)
	if err != nil {
		return nil, err
	}
	// Asked before the intent is recorded, so that an outage leaves nothing behind.
	if err := v.cfg.Custody.Health(ctx); err != nil {
		return nil, err
	}
	var uploads []keyed
	var known error
	for _, u := range found {
		if u.Leaf.X509 == nil {
			return nil, fault.New(fault.Invalid, "certificate_unusable",
				"The certificate of %s can be read but not be used for TLS or signatures; ask your QTSP for one with a common key type and encoding.", u.Leaf.Subject)
		}
		err := v.notYetStored(ctx, u.Leaf)
		if _, code, _ := fault.Public(err); err != nil && code == codeExists {
			known = err // passed over: an upload that was cut off after one of several can be repeated
			continue
		}
		if err != nil {
			return nil, err
		}
		k, err := v.findKey(ctx, u)
		if err != nil {
			return nil, err
		}
		uploads = append(uploads, k)
	}
	if len(uploads) == 0 {
		return nil, known
	}
	return uploads, nil
}

// codeExists is the code of a certificate that is stored already.
const codeExists = "certificate_exists"

// keyed is an upload whose key is known: in the files, or in custody already.
type keyed struct {
	certs.Upload
	requestID string // of the request whose key it is; empty when the key is in the files
}

// findKey looks for the key in custody first: a certificate that was requested
// here needs no key among the files, and one that is there is not imported again.
func (v *Vault) findKey(ctx context.Context, u certs.Upload) (keyed, error) {
	request, err := v.openRequest(ctx, u.Leaf)
	switch {
	case err == nil:
		return keyed{Upload: u, requestID: request.ID}, nil
	case !errors.Is(err, fault.NotFound):
		return keyed{}, err
	case u.Key == nil:
		return keyed{}, fault.New(fault.Invalid, "key_missing",
			"The private key of %s is neither among the files nor was it requested here; upload it together with the certificate.", u.Leaf.Subject)
	}
	return keyed{Upload: u}, v.cfg.Custody.AcceptsKey(u.Key.Public())
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
				"This certificate is being imported just now or its import was interrupted; try again in %s.", v.cfg.Grace.Round(time.Second))
		}
		outcome, err := v.resolve(ctx, v.importIntent(r))
		if err != nil {
			return err
		}
		if outcome == removed {
			return nil
		}
	}
	return fault.New(fault.Conflict, codeExists, "This certificate is in custody already, as %q.", r.Name)
}

// store is the write path. The document is written after the key, so a
// document in custody means that its key is there: it is the point of no return.
func (v *Vault) store(ctx context.Context, r Record, u keyed) error {
	if err := v.cfg.Intents.BeginImport(ctx, r); err != nil {
		return err
	}
	// From here on a failure leaves the intent for Reconcile: whether a write
	// that timed out has reached custody cannot be known now.
	version := 0
	if u.requestID == "" {
		if err := v.cfg.Custody.ImportKey(ctx, r.ID, u.Key); err != nil {
			return err
		}
	} else {
		var err error
		if _, version, err = v.cfg.Custody.Get(ctx, r.ID); err != nil {
			return err
		}
	}
	if _, err := v.cfg.Custody.Put(ctx, r.ID, document(r), version); err != nil {
		return err
	}
	return v.cfg.Intents.FinishImport(ctx, r.ID)
}

func (v *Vault) record(caller access.Caller, u keyed, name string) Record {
	if name == "" {
		name = displayName(u.Leaf)
	}
	id := u.requestID
	if id == "" {
		id = uuid.Must(uuid.NewV7()).String()
	}
	return Record{
		ID: id, State: Pending, Name: name, Leaf: u.Leaf, Chain: u.Chain,
		Custody: v.cfg.Custody.Mode(), CreatedAt: v.cfg.Now().UTC().Truncate(time.Microsecond), CreatedBy: caller.ID,
	}
}

// displayName is what people recognise a certificate by: whose it is, what for, until when.
func displayName(c *certs.Certificate) string {
	owner := c.OrganizationIdentifier
	if owner == "" {
		owner = c.SubjectName.CommonName()
	}
	return fmt.Sprintf("%s %s (%s)", kindName(c.Kind), owner, c.NotAfter.Format(time.DateOnly))
}

func kindName(k certs.Kind) string {
	return map[certs.Kind]string{certs.QWAC: "QWAC", certs.QSealC: "QSealC", certs.QESign: "signature certificate", certs.Other: "certificate"}[k]
}

// The types of documents in custody.
const (
	typeCertificate = "certificate"
	typeRequest     = "request"
	typeCredentials = "credentials"
)

// document is custody's own copy of a record: enough to rebuild the database from.
func document(r Record) map[string]string {
	return map[string]string{
		"type": typeCertificate, "name": r.Name, "kind": string(r.Leaf.Kind), "sha256": r.Leaf.SHA256,
		"chain_pem": r.ChainPEM(), "created_at": r.CreatedAt.Format(time.RFC3339Nano), "created_by": r.CreatedBy,
	}
}

func assemble(files Files) ([]certs.Upload, error) {
	if len(files.Files) == 0 {
		return nil, fault.New(fault.Invalid, "no_file", "Choose at least one file with a certificate and its private key.")
	}
	contents := make([]*certs.Contents, 0, len(files.Files))
	for _, f := range files.Files {
		c, err := certs.Read(f, files.Passphrase)
		if err != nil {
			return nil, readFault(err)
		}
		contents = append(contents, c)
	}
	uploads, err := certs.Assemble(contents)
	if err != nil {
		return nil, readFault(err)
	}
	if len(uploads) == 0 {
		return nil, fault.New(fault.Invalid, "no_certificate", "There is no certificate in %s.", fileNames(files.Files))
	}
	return uploads, nil
}

// readFault turns what certs says of a file into an error of ours.
func readFault(err error) error {
	e, ok := errors.AsType[*certs.Error](err)
	if !ok {
		return fault.Wrap(err, fault.Invalid, "unreadable", "The files could not be read as certificates.")
	}
	kind := fault.Invalid
	if e.Code == certs.CodeTooLarge {
		kind = fault.TooLarge
	}
	return fault.Wrap(e.Err, kind, e.Code, "%s", e.Message)
}

func fileNames(files []certs.File) string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	text := strings.Join(names, ", ")
	if len(text) > 200 {
		text = text[:200]
	}
	return strings.ToValidUTF8(text, "")
}
