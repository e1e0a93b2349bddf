package vault

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/internal/access"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/keyscan"
	"github.com/sealkeeper/sealkeeper/fault"
)

// acceptable reads the files and refuses, before anything is written, what cannot be stored.
func (v *Vault) acceptable(ctx context.Context, caller access.Caller, files Files) ([]keyUpload, error) {
	found, err := v.assemble(ctx, files)
	if err != nil {
		return nil, err
	}
	// Asked before the intent is recorded, so that an outage leaves nothing behind.
	if err := v.cfg.Custody.Health(ctx); err != nil {
		return nil, err
	}
	var uploads []keyUpload
	var known error
	for _, u := range found {
		if err := keepable(u.Leaf); err != nil {
			return nil, err
		}
		err := v.notYetStored(ctx, u.Leaf)
		if err != nil && fault.Code(err) == codeExists {
			known = err // passed over: an upload that was cut off after one of several can be repeated
			continue
		}
		if err != nil {
			return nil, err
		}
		if !files.AcceptExpired && !v.cfg.Now().Before(u.Leaf.NotAfter) {
			return nil, fault.New(fault.Invalid, "expired_unconfirmed",
				"The certificate of %s ended on %s: confirm that it is stored all the same.", u.Leaf.Subject,
				certs.Day(u.Leaf.NotAfter).Format("2 January 2006"))
		}
		k, err := v.findKey(ctx, caller, u)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(uploads, func(other keyUpload) bool {
			return other.own && k.own && other.keyID == k.keyID
		}) {
			return nil, fault.New(fault.Invalid, "request_answered_twice",
				"Two of the certificates answer the same CSR; upload them one after the other.")
		}
		uploads = append(uploads, k)
	}
	if len(uploads) == 0 {
		return nil, known
	}
	if err := v.joinLines(ctx, uploads, files.Replaces); err != nil {
		return nil, err
	}
	return uploads, exportChoosable(uploads, files)
}

// longestIdentifier bounds an organizationIdentifier, in bytes: it is in indexes of the database. Those of ETSI
// TS 119 495 have some twenty.
const longestIdentifier = 500

// keepable refuses a certificate that is of no use, or that the records have no room for.
func keepable(leaf *certs.Certificate) error {
	if leaf.X509 == nil || leaf.NotBefore.IsZero() || leaf.NotAfter.IsZero() {
		return fault.New(fault.Invalid, "certificate_unusable",
			"The certificate of %s can be read but not be used for TLS or signatures; ask your QTSP for one with "+
				"a common key type and encoding.", leaf.Subject)
	}
	return shortIdentifier(leaf.OrganizationIdentifier)
}

func shortIdentifier(identifier string) error {
	if n := len(identifier); n > longestIdentifier {
		return fault.New(fault.Invalid, "organization_identifier_long",
			"The organizationIdentifier has %d bytes, and at most %d are kept; a certificate has one such as "+
				"PSDFR-ACPR-12345.", n, longestIdentifier)
	}
	return nil
}

// codeExists is the code of a certificate that is stored already.
const codeExists = "certificate_exists"

// keyUpload is an upload whose key is known: in the files, or in custody already.
type keyUpload struct {
	certs.Upload
	keyID string // id of a key that is in custody already; empty when the key is in the files
	own   bool   // that key was requested here for this certificate, which then takes its id

	request  CSR     // the one it answers, if own
	shares   *Record // the certificate whose key it has, without having been requested; else nil
	replaces string  // id of the certificate a person said it replaces
	line     string  // "": a line of its own
}

// findKey looks for the key in custody first: a certificate that was requested
// here needs no key among the files, and one that is there is not imported again.
func (v *Vault) findKey(ctx context.Context, caller access.Caller, u certs.Upload) (keyUpload, error) {
	request, err := v.cfg.Requests.OpenCSROf(ctx, u.Leaf.SPKISHA256)
	if err == nil {
		return keyUpload{Upload: u, keyID: request.ID, own: true, request: request},
			mayShare(caller, u.Leaf, request.OrganizationIdentifier())
	}
	if !errors.Is(err, fault.NotFound) {
		return keyUpload{}, err
	}
	sharing, err := v.cfg.Lines.CertificatesByKey(ctx, u.Leaf.SPKISHA256)
	if err == nil && len(sharing) > 0 {
		err = mayShare(caller, u.Leaf, sharing[0].Leaf.OrganizationIdentifier)
	}
	switch {
	case err != nil:
		return keyUpload{}, err
	case len(sharing) > 0 && !rules.MayRenew(u.Leaf):
		return keyUpload{}, fault.New(fault.Invalid, "key_not_for_renewal",
			"%s is for the key of %q, an RSA key of %s bits, which may not be used for a further certificate after 31 "+
				"December 2026; ask your QTSP for one for a new key, RSA of 3072 bits or ECDSA P-256.", u.Leaf.Subject,
			sharing[0].Name, strconv.Itoa(u.Leaf.Key.Bits))
	case len(sharing) > 0: // it renews a certificate without a new key
		return keyUpload{Upload: u, keyID: sharing[0].KeyID, shares: &sharing[0]}, nil
	case u.Key == nil:
		return keyUpload{}, fault.New(fault.Invalid, "key_missing",
			"The private key of %s is neither among the files nor in custody; upload it together with the certificate.",
			u.Leaf.Subject)
	}
	return keyUpload{Upload: u}, v.cfg.Custody.AcceptsKey(u.Key.Public())
}

// mayShare refuses a certificate for a key that is in custody for another organization to whoever may not act for both:
// everybody can issue one for a public key that they have seen, under a name of their own.
func mayShare(caller access.Caller, leaf *certs.Certificate, of string) error {
	if caller.MayEverywhere(access.CertImport) || of != "" && of == leaf.OrganizationIdentifier {
		return nil
	}
	return fault.New(fault.Denied, "key_not_here",
		"The key of %s is not your organization's to use; ask an administrator.", leaf.Subject)
}

// Opening files may be made costly on purpose: a few uploads and evidence files are read at a time, each within the
// budget of package certs, and for no longer than this.
const (
	readers     = 2
	readingTime = 10 * time.Second
)

// read waits for its turn and calls f with a context that ends with the time one may take.
func (v *Vault) read(ctx context.Context, f func(ctx context.Context) error) error {
	select {
	case v.reading <- struct{}{}:
		defer func() { <-v.reading }()
	case <-ctx.Done():
		return fault.Wrap(ctx.Err(), fault.Unavailable, "upload_waiting",
			"Other uploads are being read; try again in a moment.")
	}
	ctx, cancel := context.WithTimeout(ctx, readingTime)
	defer cancel()
	return f(ctx)
}

// HoldsKey reports whether a private key can be read in a file that somebody attaches.
func (v *Vault) HoldsKey(ctx context.Context, content []byte) (held bool, err error) {
	err = v.read(ctx, func(ctx context.Context) error {
		held, err = keyscan.HoldsKey(ctx, content)
		return err
	})
	if errors.Is(err, keyscan.ErrCostly) {
		return false, fault.Wrap(err, fault.Invalid, "evidence_too_costly",
			"The file takes too long to examine; send it without encoded attachments, or as PDF.")
	}
	return held, err
}

func (v *Vault) assemble(ctx context.Context, files Files) (uploads []certs.Upload, err error) {
	if len(files.Files) == 0 {
		return nil, fault.New(fault.Invalid, "no_file",
			"Choose at least one file with a certificate and its private key.")
	}
	err = v.read(ctx, func(ctx context.Context) error {
		uploads, err = readFiles(ctx, files)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(uploads) == 0 {
		return nil, fault.New(fault.Invalid, "no_certificate", "There is no certificate in %s.", fileNames(files.Files))
	}
	return uploads, nil
}

// readFiles reads all files of an upload within one budget.
func readFiles(ctx context.Context, files Files) ([]certs.Upload, error) {
	contents, err := readContents(ctx, files)
	if err != nil {
		return nil, err
	}
	uploads, err := certs.Assemble(contents)
	if err != nil {
		return nil, readFault(err)
	}
	return uploads, nil
}

func readContents(ctx context.Context, files Files) ([]*certs.Contents, error) {
	contents := make([]*certs.Contents, len(files.Files))
	budget := certs.NewBudget(ctx)
	for i, f := range files.Files {
		var err error
		if contents[i], err = certs.ReadWithin(budget, f, files.Passphrase); err != nil {
			return nil, readFault(err)
		}
	}
	return contents, nil
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
	return &fault.Error{Kind: kind, Code: e.Code, Message: e.Message, Args: e.Args, Case: e.Case, Cause: e.Err}
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

func (v *Vault) keyInCustody(ctx context.Context, caller access.Caller, u certs.Upload) (bool, error) {
	u.Key = nil
	k, err := v.findKey(ctx, caller, u)
	if errors.Is(err, fault.Invalid) || errors.Is(err, fault.Denied) {
		return false, nil
	}
	return k.keyID != "", err
}
