package app

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/registration"
)

// revocations tells registrations what is revoked, and what the firm has decided about that.
type revocations struct {
	*revocation.Service
	policy    *policy.InForce
	incidents compromises
}

// compromises knows which certificates were declared compromised, and when.
type compromises interface {
	CompromisedCertificates(ctx context.Context) (map[string]time.Time, error)
}

// RevokedCertificates implements registration.Revocations.
func (r revocations) RevokedCertificates(ctx context.Context) (map[string]registration.Revocation, error) {
	elements, err := r.Revoked(ctx)
	if err != nil {
		return nil, err
	}
	declared, err := r.incidents.CompromisedCertificates(ctx)
	found := make(map[string]registration.Revocation, len(elements))
	for _, e := range elements { // a certificate comes before its chain
		if _, known := found[e.CertificateID]; known {
			continue
		}
		revoked := registration.Revocation{At: e.Check.Answer.RevokedAt}
		if e.Position > 0 {
			revoked.Issuer = e.Check.Subject()
		}
		found[e.CertificateID] = revoked
	}
	for id, at := range declared {
		if known, is := found[id]; !is || known.Issuer != "" {
			found[id] = registration.Revocation{At: at, Compromised: true}
		}
	}
	return found, err
}

// StopsUse implements registration.Revocations.
func (r revocations) StopsUse(ctx context.Context, env environment.Name) (bool, error) {
	return r.policy.StopsRevoked(ctx, env)
}
