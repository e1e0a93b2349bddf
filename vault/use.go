package vault

import (
	"context"
	"crypto"
	"crypto/rand"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/fault"
)

// Source opens a stored certificate for use in TLS handshakes and signatures.
// Opening is what is authorised and audited; the source then answers from
// memory, and refuses once the certificate is outside its validity period.
func (v *Vault) Source(ctx context.Context, caller access.Caller, id string) (certs.Source, error) {
	if err := v.cfg.Audit.Authorize(ctx, caller, access.CertUse, id); err != nil {
		return nil, err
	}
	identity, err := v.identity(ctx, id)
	if err := v.cfg.Audit.Finish(ctx, caller, access.CertUse, id, "", err); err != nil {
		return nil, err
	}
	return source{identity: identity, now: v.cfg.Now}, nil
}

// Sign signs one digest with a stored certificate's key, as crypto.Signer
// describes. Every call is authorised and audited on its own.
func (v *Vault) Sign(ctx context.Context, caller access.Caller, id string, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if err := v.cfg.Audit.Authorize(ctx, caller, access.CertSign, id); err != nil {
		return nil, err
	}
	signature, err := v.sign(ctx, id, digest, opts)
	return signature, v.cfg.Audit.Finish(ctx, caller, access.CertSign, id, "", err)
}

func (v *Vault) sign(ctx context.Context, id string, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts == nil || opts.HashFunc() == 0 || len(digest) != opts.HashFunc().Size() {
		return nil, fault.New(fault.Invalid, "digest_length", "The digest does not have the length of the named hash function.")
	}
	identity, err := v.identity(ctx, id)
	if err != nil {
		return nil, err
	}
	return identity.Signer.Sign(rand.Reader, digest, opts)
}

func (v *Vault) identity(ctx context.Context, id string) (*certs.Identity, error) {
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.State != Stored {
		return nil, fault.New(fault.Conflict, "certificate_not_stored", "The certificate %q is %s, so it cannot be used.", r.Name, r.State)
	}
	signer, err := v.cfg.Custody.Signer(ctx, r.KeyID, r.Leaf.X509.PublicKey)
	if err != nil {
		return nil, err
	}
	chain := make([][]byte, len(r.Chain))
	for i, c := range r.Chain {
		chain[i] = c.Raw
	}
	identity := &certs.Identity{ID: id, Certificate: r.Leaf, Chain: chain, Signer: signer}
	if err := checkValid(identity, v.cfg.Now()); err != nil {
		return nil, err
	}
	return identity, nil
}

// source is the identity of one certificate, with a look at the clock.
type source struct {
	identity *certs.Identity
	now      func() time.Time
}

func (s source) Identity(context.Context) (*certs.Identity, error) {
	if err := checkValid(s.identity, s.now()); err != nil {
		return nil, err
	}
	return s.identity, nil
}

func checkValid(i *certs.Identity, at time.Time) error {
	if i.ValidAt(at) {
		return nil
	}
	c := i.Certificate
	return fault.New(fault.Conflict, "certificate_not_valid", "The certificate of %s is valid from %s to %s only; activate a bundle with a valid one.",
		c.Subject, c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly))
}
