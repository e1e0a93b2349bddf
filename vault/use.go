package vault

import (
	"context"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Source opens a stored certificate for use in TLS handshakes and signatures.
// Opening is authorised and audited. The source then answers from memory, and refuses
// once the certificate is outside its validity period or was retired in this process.
func (v *Vault) Source(ctx context.Context, caller access.Caller, id string) (certs.Source, error) {
	var identity *certs.Identity
	err := v.cfg.Audit.Do(ctx, caller, access.CertUse, id, func() (_ note.Note, err error) {
		identity, err = v.identity(ctx, id)
		return note.Note{}, err
	})
	if err != nil {
		return nil, err
	}
	return source{identity: identity, now: v.cfg.Now, ended: &v.ended}, nil
}

func (v *Vault) identity(ctx context.Context, id string) (*certs.Identity, error) {
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := usable(r); err != nil {
		return nil, err
	}
	signer, err := v.signer(ctx, r)
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

// usable refuses a certificate that is not stored.
func usable(r Record) error {
	switch r.State {
	case Stored:
		return nil
	case Retired:
		return fault.New(fault.Conflict, "certificate_retired",
			"The certificate %q was retired on %s and is not used any more; choose the one that replaces it.",
			r.Name, r.Retired.At.Format(time.DateOnly))
	case Destroying, Destroyed:
		return fault.New(fault.Conflict, "certificate_destroyed",
			"The certificate %q was destroyed on %s; choose the one that replaces it.",
			r.Name, r.Destroyed.At.Format(time.DateOnly))
	}
	return fault.New(fault.Conflict, "certificate_not_stored", "The certificate %q is %s, so it cannot be used.",
		r.Name, r.State)
}

// source is the identity of one certificate. It checks the clock, and whether the
// certificate was retired in this process.
type source struct {
	identity *certs.Identity
	now      func() time.Time
	ended    *sync.Map
}

func (s source) Identity(context.Context) (*certs.Identity, error) {
	if why, ok := s.ended.Load(s.identity.ID); ok {
		return nil, why.(error)
	}
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
	return fault.New(fault.Conflict, "certificate_not_valid",
		"The certificate of %s is only valid from %s to %s; activate a bundle with a valid one.",
		c.Subject, certs.Day(c.NotBefore).Format(time.DateOnly), certs.Day(c.NotAfter).Format(time.DateOnly))
}
