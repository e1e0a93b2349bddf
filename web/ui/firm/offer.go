package firm

import (
	"context"
	"errors"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Certificates are those in custody.
type Certificates interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[vault.Summary], error)
}

// looked is how many certificates are looked at for an organization that is not recorded yet.
const looked = 20

// offered is what the newest certificates say of an organization that is not recorded yet; empty: they name none.
func (h *Handler) offered(ctx context.Context, v session.Visit) (registration.Organization, error) {
	if !v.Caller.May(access.CertList) || !v.Caller.May(access.RegistrationWrite) {
		return registration.Organization{}, nil
	}
	q := vault.Certificates.Query().With(vault.FilterState, string(vault.Stored))
	q.Limit = looked
	found, err := h.Certificates.Page(ctx, v.Caller, q)
	if err != nil {
		return registration.Organization{}, err
	}
	asked := map[string]bool{}
	for _, s := range found.Items {
		id, err := certs.ParseOrganizationID(s.OrganizationIdentifier)
		if err != nil || id.Scheme != "PSD" || asked[s.OrganizationIdentifier] {
			continue
		}
		asked[s.OrganizationIdentifier] = true
		_, err = h.Service.OrganizationNamed(ctx, v.Caller, s.OrganizationIdentifier)
		if err == nil {
			continue
		}
		if !errors.Is(err, fault.NotFound) {
			return registration.Organization{}, err
		}
		return registration.Organization{
			LegalName:              s.Organization,
			Country:                id.Country,
			OrganizationIdentifier: s.OrganizationIdentifier,
			NCA:                    id.Country + "-" + id.Authority,
		}, nil
	}
	return registration.Organization{}, nil
}
