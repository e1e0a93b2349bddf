package vault

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Recognition is by what a certificate is taken for the renewal of another.
type Recognition string

// The ways, the surest first. ByOrganization is a guess that only a person makes use of.
const (
	ByRequest      Recognition = "request"      // the CSR that it answers names the other
	ByKey          Recognition = "key"          // both have one key
	ByIdentity     Recognition = "identity"     // organization, kind and roles are the same, and it ends later
	ByOrganization Recognition = "organization" // as ByIdentity, but the roles are others
)

// Predecessor is a stored certificate whose place another may take.
type Predecessor struct {
	Summary
	By Recognition
}

// predecessorsMost bounds how many are looked at.
const predecessorsMost = 20

// Predecessors are the stored certificates whose place a certificate may take, the surest first. It need not be
// stored itself; those of its own line are left out.
func (v *Vault) Predecessors(
	ctx context.Context, caller access.Caller, leaf *certs.Certificate,
) ([]Predecessor, error) {
	if leaf.OrganizationIdentifier == "" || !caller.MaySomewhere(access.CertList) {
		return nil, nil
	}
	named, err := v.namedByRequest(ctx, leaf)
	if err != nil {
		return nil, err
	}
	q := Certificates.Query().With(FilterState, string(Stored)).
		With(FilterKind, string(leaf.Kind)).With(FilterOrganization, leaf.OrganizationIdentifier)
	q.Sort, q.Limit, q.Uncounted = "-not_after", predecessorsMost, true
	page, err := v.Page(ctx, caller, q)
	if err != nil {
		return nil, err
	}
	own := ""
	if i := slices.IndexFunc(page.Items, func(s Summary) bool { return s.SHA256 == leaf.SHA256 }); i >= 0 {
		own = page.Items[i].Line.ID
	}
	others := slices.DeleteFunc(page.Items, func(s Summary) bool {
		return s.SHA256 == leaf.SHA256 || own != "" && s.Line.ID == own
	})
	records, err := v.recordsOf(ctx, others)
	if err != nil {
		return nil, err
	}
	var found []Predecessor
	for _, s := range others {
		r, there := records[s.ID] // else it was destroyed meanwhile
		if !there {
			continue
		}
		if by := recognise(leaf, r, named); by != "" {
			found = append(found, Predecessor{s, by})
		}
	}
	slices.SortStableFunc(found, func(a, b Predecessor) int { return cmp.Compare(sureness(a.By), sureness(b.By)) })
	return found, nil
}

// recordsOf reads the records of certificates together, by their ids.
func (v *Vault) recordsOf(ctx context.Context, all []Summary) (map[string]Record, error) {
	ids := make([]string, len(all))
	for i, s := range all {
		ids[i] = s.ID
	}
	found, err := v.cfg.Records.CertificatesByID(ctx, ids)
	records := make(map[string]Record, len(found))
	for _, r := range found {
		records[r.ID] = r
	}
	return records, err
}

// namedByRequest is the id of the certificate that an open request names which the certificate answers.
func (v *Vault) namedByRequest(ctx context.Context, leaf *certs.Certificate) (string, error) {
	request, err := v.cfg.Requests.OpenCSROf(ctx, leaf.SPKISHA256)
	if errors.Is(err, fault.NotFound) {
		return "", nil
	}
	return request.Replaces, err
}

func recognise(leaf *certs.Certificate, old Record, named string) Recognition {
	switch {
	case old.ID == named:
		return ByRequest
	case old.Leaf.SPKISHA256 == leaf.SPKISHA256:
		return ByKey
	case !leaf.NotAfter.After(old.Leaf.NotAfter):
		return ""
	case slices.Equal(sortedRoles(leaf), sortedRoles(old.Leaf)):
		return ByIdentity
	}
	return ByOrganization
}

func sortedRoles(c *certs.Certificate) []string {
	if c.PSD2 == nil {
		return nil
	}
	var roles []string
	for _, r := range c.PSD2.Roles {
		roles = append(roles, cmp.Or(r.Canonical(), r.Name))
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

func sureness(by Recognition) int {
	return slices.Index([]Recognition{ByRequest, ByKey, ByIdentity, ByOrganization}, by)
}

// Likely is the id of the one of them that a form may preset: a request or a key names it, or it is the only one with
// the same identity that nothing has followed yet and, if there are several, the only one in use. Else it is empty:
// a person has to choose.
func Likely(found []Predecessor) string {
	if len(found) == 0 || found[0].By == ByOrganization {
		return ""
	}
	if found[0].By != ByIdentity {
		return found[0].ID
	}
	last := slices.DeleteFunc(slices.Clone(found), func(p Predecessor) bool {
		return p.By != ByIdentity || p.Successor != ""
	})
	if len(last) > 1 {
		last = slices.DeleteFunc(last, func(p Predecessor) bool { return p.Uses == 0 })
	}
	if len(last) != 1 {
		return ""
	}
	return last[0].ID
}

// Link puts a certificate, and those that followed it, behind another one in its line: it takes its place. Nothing
// changes at a bank by that.
func (v *Vault) Link(ctx context.Context, caller access.Caller, id, predecessorID string) error {
	return v.cfg.Audit.Do(ctx, caller, access.CertLink, id, func() (note.Note, error) {
		moved, err := v.link(ctx, id, predecessorID)
		return note.New("linked", "behind certificate %s", predecessorID), v.changeLines(ctx, moved, err)
	})
}

func (v *Vault) link(ctx context.Context, id, predecessorID string) ([]Record, error) {
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil {
		return nil, err
	}
	old, err := v.cfg.Records.CertificateByID(ctx, predecessorID)
	if err != nil {
		return nil, err
	}
	switch {
	case r.State == Pending || old.State == Pending:
		return nil, fault.New(fault.Conflict, "import_unfinished",
			"The certificate is still being imported; try again.")
	case r.Line.Version > 1 || r.Line.ID == old.Line.ID:
		return nil, fault.New(fault.Conflict, "already_linked",
			"%q stands in a line of certificates already; take it out of that line first.", r.Name)
	case !follows(r.Leaf, old.Leaf):
		return nil, replacesMismatch()
	}
	moved, err := v.cfg.Lines.CertificatesOfLine(ctx, r.Line.ID)
	if err != nil {
		return nil, err
	}
	next, err := v.nextInLine(ctx, old.Line.ID, r.Leaf)
	if err != nil {
		return nil, err
	}
	for i := range moved {
		line := Line{ID: next.ID, Version: next.Version + i, Change: moved[i].Line.Change}
		if i == 0 {
			line.Change = next.Change
		}
		moved[i].Line = line
	}
	return moved, nil
}

// Unlink takes a certificate, and those that followed it, out of its line: they become a line of their own.
func (v *Vault) Unlink(ctx context.Context, caller access.Caller, id string) error {
	return v.cfg.Audit.Do(ctx, caller, access.CertLink, id, func() (note.Note, error) {
		moved, err := v.unlink(ctx, id)
		return note.New("unlinked", "a line of its own"), v.changeLines(ctx, moved, err)
	})
}

func (v *Vault) unlink(ctx context.Context, id string) ([]Record, error) {
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.Line.Version <= 1 {
		return nil, fault.New(fault.Conflict, "not_linked", "%q takes the place of no other certificate.", r.Name)
	}
	all, err := v.cfg.Lines.CertificatesOfLine(ctx, r.Line.ID)
	if err != nil {
		return nil, err
	}
	moved := slices.DeleteFunc(all, func(of Record) bool { return of.Line.Version < r.Line.Version })
	for i := range moved {
		moved[i].Line.ID, moved[i].Line.Version = r.ID, i+1
	}
	moved[0].Line.Change = First
	return moved, nil
}

// changeLines writes where certificates stand, unless finding that out has failed.
func (v *Vault) changeLines(ctx context.Context, moved []Record, err error) error {
	if err == nil {
		err = v.cfg.Lines.ChangeLines(ctx, moved)
	}
	if err != nil {
		return err
	}
	for _, r := range moved {
		v.mirrorSoon(ctx, r.ID)
	}
	return nil
}
