package vault

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
)

// Line is where a certificate stands among those that took each other's place:
// version 1, 2, 3. A version that brings a new key has a key of its own in custody. Keys
// are never rotated in place: Vault cannot destroy a version in the middle.
type Line struct {
	ID      string // id of the first certificate, or of its key
	Version int
	Change  LineChange
}

// LineChange is how a certificate follows the one before it in its line.
type LineChange string

// The changes.
const (
	First       LineChange = "first"
	Renewal     LineChange = "renewal"     // the same key
	Rekey       LineChange = "rekey"       // a new key, the same subject and issuer
	Replacement LineChange = "replacement" // a new key, and another subject or issuer
)

// Lines finds the certificates that belong together.
type Lines interface {
	// CertificatesOfLine returns a line's records in every state, version 1 first.
	CertificatesOfLine(ctx context.Context, line string) ([]Record, error)
	// CertificatesByKey returns the stored and retired records with a key, newest first.
	CertificatesByKey(ctx context.Context, spkiSHA256 string) ([]Record, error)
	// ChangeLines writes the lines of records, all or none; Conflict if one was changed since its revision, or if
	// another certificate has come to stand in its place.
	ChangeLines(ctx context.Context, records []Record) error
}

// joinLines finds the lines of certificates that are uploaded together.
func (v *Vault) joinLines(ctx context.Context, uploads []keyUpload, replaces []string) error {
	for i := range uploads {
		named := replaces
		if of := uploads[i].request.Replaces; of != "" && !slices.Contains(replaces, of) {
			named = append(slices.Clone(replaces), of)
		}
		if err := v.joinLine(ctx, &uploads[i], named); err != nil {
			return err
		}
	}
	return allReplaced(uploads, replaces)
}

// joinLine finds the line a certificate belongs to: the one a person named, or
// that of the certificate whose key it shares. A certificate named for another is left over.
func (v *Vault) joinLine(ctx context.Context, u *keyUpload, replaces []string) error {
	for _, id := range replaces {
		r, err := v.cfg.Records.CertificateByID(ctx, id)
		if err != nil {
			return err
		}
		if !follows(u.Leaf, r.Leaf) {
			continue
		}
		switch {
		case u.line == "":
			u.replaces, u.line = id, r.Line.ID
		case u.line != r.Line.ID:
			return fault.New(fault.Invalid, "replaces_ambiguous",
				"Name one certificate that %s replaces, and not several.", u.Leaf.Subject)
		}
	}
	if u.line == "" && u.shares != nil && follows(u.Leaf, u.shares.Leaf) {
		u.line = u.shares.Line.ID
	}
	return nil
}

// follows reports whether c can take the place of old: it serves the same purpose of the same organization.
func follows(c, old *certs.Certificate) bool {
	return c.Kind == old.Kind && c.OrganizationIdentifier == old.OrganizationIdentifier
}

// allReplaced refuses a name that fits none of the certificates, or several.
func allReplaced(uploads []keyUpload, replaces []string) error {
	for _, id := range replaces {
		n := 0
		for _, u := range uploads {
			if u.replaces == id {
				n++
			}
		}
		if n != 1 {
			return replacesMismatch()
		}
	}
	return nil
}

func replacesMismatch() error {
	return fault.New(fault.Invalid, "replaces_mismatch",
		"The certificate to be replaced must be of the same kind and organizationIdentifier as exactly one "+
			"of those uploaded; choose another one, or none.")
}

// nextInLine is the version that a certificate becomes.
func (v *Vault) nextInLine(ctx context.Context, line string, c *certs.Certificate) (Line, error) {
	versions, err := v.cfg.Lines.CertificatesOfLine(ctx, line)
	if err != nil || len(versions) == 0 {
		return Line{ID: line, Version: 1, Change: First}, err
	}
	last := versions[len(versions)-1]
	next := Line{ID: line, Version: last.Line.Version + 1, Change: Replacement}
	switch {
	case slices.ContainsFunc(versions, func(r Record) bool { return r.Leaf.SPKISHA256 == c.SPKISHA256 }):
		next.Change = Renewal
	case last.Leaf.Subject == c.Subject && last.Leaf.Issuer == c.Issuer:
		next.Change = Rekey
	}
	return next, nil
}
