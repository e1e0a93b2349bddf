package app

import (
	"context"

	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/registration"
)

// revocations tells registrations what is revoked, and what the firm has decided about that.
type revocations struct {
	*revocation.Service
	policy *policy.InForce
}

// RevokedCertificates implements registration.Revocations.
func (r revocations) RevokedCertificates(ctx context.Context) (map[string]registration.Revocation, error) {
	elements, err := r.Revoked(ctx)
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
	return found, err
}

// StopsUse implements registration.Revocations.
func (r revocations) StopsUse(ctx context.Context, env environment.Name) (bool, error) {
	return r.policy.StopsRevoked(ctx, env)
}
