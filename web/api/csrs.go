package api

import (
	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/vault"
)

func (a *API) requestOf(r vault.CSR) api.CSR {
	return api.CSR{
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

func (a *API) csrs(r request[none], q listing.Query) (listing.Page[api.CSR], error) {
	page, err := a.Vault.CSRPage(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, a.requestOf), err
}

func (a *API) createCSR(r request[api.NewCSR]) (api.CSR, error) {
	in := r.body
	made, err := a.Vault.CreateCSR(r.echo.Request().Context(), r.caller, vault.NewCSR{
		Template: certs.CSRTemplate{
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
