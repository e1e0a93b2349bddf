package api

import (
	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/vault"
)

func (a *API) requestOf(r vault.Request) api.CertificateRequest {
	return api.CertificateRequest{
		ID:         r.ID,
		State:      string(r.State),
		Name:       r.Name,
		Kind:       r.Kind,
		SPKISHA256: r.SPKISHA256,
		CSRPEM:     r.PEM,
		CreatedAt:  r.CreatedAt,
		Replaces:   r.Replaces,
		Findings:   r.Findings(a.Now()),
	}
}

func (a *API) certificateRequests(r request[none]) ([]api.CertificateRequest, error) {
	all, err := a.Vault.Ordered(r.echo.Request().Context(), r.caller)
	return each(all, a.requestOf), err
}

func (a *API) orderCertificate(r request[api.NewCertificateRequest]) (api.CertificateRequest, error) {
	in := r.body
	made, err := a.Vault.Order(r.echo.Request().Context(), r.caller, vault.NewRequest{
		Order: certs.Order{
			Kind:                   in.Kind,
			CommonName:             in.CommonName,
			Organization:           in.Organization,
			OrganizationIdentifier: in.OrganizationIdentifier,
			Country:                in.Country,
			Locality:               in.Locality,
			State:                  in.State,
			DNSNames:               in.DNSNames,
			Roles:                  in.Roles,
			NCAName:                in.NCAName,
			NCAID:                  in.NCAID,
		},
		Algorithm: in.Key,
		Replaces:  in.Replaces,
	})
	return a.requestOf(made), err
}
