package vault

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// SetChain gives a stored certificate the chain that is in files: issuing certificates in any form, with the
// certificate itself or without. The chain begins with what was given and goes on with what is stored; the root
// is left out. Certificates that do not belong to it are passed over, and the key stays as it is. done is false when a
// second person has to agree first: where an active bundle of a live registration names the certificate.
func (v *Vault) SetChain(ctx context.Context, caller access.Caller, id string, files Files) (done bool, err error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.CertChain, id); err != nil {
		return false, err
	}
	given, err := v.certificatesIn(ctx, files)
	if err != nil {
		return false, err
	}
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil {
		return false, err
	}
	if err := usable(r); err != nil {
		return false, err
	}
	chain := chainFrom(r, given)
	if err := certs.CheckChain(r.Leaf, chain, v.cfg.Now()); err != nil {
		return false, readFault(err)
	}
	return v.requestChange(ctx, caller, v.rechaining(), id, "", map[string]string{
		payloadChain: Record{Leaf: r.Leaf, Chain: chain}.ChainPEM(),
	})
}

// payloadChain is the certificate with the chain that is asked for, as PEM.
const payloadChain = "chain_pem"

// certificatesIn reads files without asking what belongs together.
func (v *Vault) certificatesIn(ctx context.Context, files Files) (found []*certs.Certificate, err error) {
	if len(files.Files) == 0 {
		return nil, fault.New(fault.Invalid, "no_issuer_file", "Choose at least one file with an issuing certificate.")
	}
	err = v.read(ctx, func(ctx context.Context) error {
		contents, err := readContents(ctx, files)
		for _, c := range contents {
			found = append(found, c.Certificates...)
		}
		return err
	})
	return found, err
}

// chainFrom is the chain of a record that begins with the certificates given.
func chainFrom(r Record, given []*certs.Certificate) []*certs.Certificate {
	chain := certs.ChainOf(r.Leaf, given)
	if len(chain) == 0 {
		return nil
	}
	known := slices.Concat(given, r.Chain)
	chain = append(chain, certs.ChainOf(chain[len(chain)-1], known)...)
	return certs.WithoutRoot(chain)
}

// sameChain reports whether two chains are the same, a root at their end apart.
func sameChain(a, b []*certs.Certificate) bool {
	return slices.EqualFunc(certs.WithoutRoot(a), certs.WithoutRoot(b), func(a, b *certs.Certificate) bool {
		return a.SHA256 == b.SHA256
	})
}

// chainNames name the certificates of a chain to a person, and chainPrints to a machine.
func chainNames(chain []*certs.Certificate) string {
	names := make([]string, len(chain))
	for i, c := range chain {
		name := c.SubjectName.CommonName()
		if name == "" {
			name = c.Subject
		}
		names[i] = fmt.Sprintf("%s (SHA-256 %s)", name, c.SHA256[:16])
	}
	return strings.Join(names, ", ")
}

func chainPrints(chain []*certs.Certificate) string {
	prints := make([]string, len(chain))
	for i, c := range chain {
		prints[i] = c.SHA256
	}
	if len(prints) == 0 {
		return "none"
	}
	return strings.Join(prints, " ")
}

func (v *Vault) rechaining() approval.Handling {
	return approval.Handling{Kind: access.CertChain, Handler: chainChange{v}}
}

// chainChange carries out access.CertChain.
type chainChange struct{ v *Vault }

// Describe implements approval.Handler. It looks again whether the chain fits.
func (h chainChange) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	d, err := h.v.describe(ctx, r.Object)
	if err != nil {
		return nil, "", err
	}
	chain, err := h.v.asked(d.record, r)
	if err != nil {
		return nil, "", err
	}
	if sameChain(chain, d.record.Chain) {
		return nil, "", fault.New(fault.Conflict, "chain_unchanged", "The chain of %q is this one already.",
			d.record.Name)
	}
	return []approval.Change{{
		Field:  "chain",
		Before: chainNames(d.record.Chain),
		After:  chainNames(chain),
		Code:   "change.certificate_chain",
		Consequence: "The certificate is sent with this chain from the next connection on, and in letters; " +
			"it and its key stay as they are.",
	}}, d.fingerprint(r.Payload[payloadChain]), nil
}

// Apply implements approval.Handler.
func (h chainChange) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	return h.v.cfg.Audit.Do(ctx, by, access.CertChain, r.Object, func() (note.Note, error) {
		changed, err := h.v.rechain(ctx, r)
		return r.Recorded(changed), err
	})
}

// Applied implements approval.Witness.
func (h chainChange) Applied(ctx context.Context, r approval.Request) (bool, error) {
	record, err := h.v.cfg.Records.CertificateByID(ctx, r.Object)
	if err != nil {
		return false, err
	}
	_, chain, err := ParseChainPEM(r.Payload[payloadChain])
	return err == nil && sameChain(chain, record.Chain), err
}

// asked is the chain of a request, if it fits the certificate as it is now.
func (v *Vault) asked(r Record, request approval.Request) ([]*certs.Certificate, error) {
	if err := usable(r); err != nil {
		return nil, err
	}
	_, chain, err := ParseChainPEM(request.Payload[payloadChain])
	if err != nil {
		return nil, err
	}
	if err := certs.CheckChain(r.Leaf, chain, v.cfg.Now()); err != nil {
		return nil, readFault(err)
	}
	return chain, nil
}

// rechain writes the row, which is the point of no return, and then custody's copy of it: after a crash in between,
// Reconcile does.
func (v *Vault) rechain(ctx context.Context, request approval.Request) (note.Note, error) {
	r, err := v.cfg.Records.CertificateByID(ctx, request.Object)
	if err != nil {
		return note.Note{}, err
	}
	chain, err := v.asked(r, request)
	if err != nil {
		return note.Note{}, err
	}
	changed := note.New("chain_changed", "SHA-256 %s, chain %s in place of %s", r.Leaf.SHA256, chainPrints(chain),
		chainPrints(r.Chain))
	if sameChain(chain, r.Chain) {
		return changed, nil
	}
	r.Chain = chain
	if err := v.cfg.Lifecycle.ChangeChain(ctx, r); err != nil {
		return note.Note{}, err
	}
	v.mirrorSoon(ctx, r.ID)
	for _, follow := range v.following {
		follow(r.ID)
	}
	return changed, nil
}

// OnChainChange has f called with the id of each certificate whose chain was changed by this process. It is for the
// wiring, before the first change.
func (v *Vault) OnChainChange(f func(certificateID string)) { v.following = append(v.following, f) }
