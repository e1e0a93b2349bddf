package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/vault"
)

// orderInput is what a certificate request is to say; see certs.Order.
type orderInput struct {
	Kind                   certs.Kind `json:"kind"`
	Key                    string     `json:"key"` // empty: rsa-3072
	CommonName             string     `json:"common_name"`
	Organization           string     `json:"organization"`
	OrganizationIdentifier string     `json:"organization_identifier"`
	Country                string     `json:"country"`
	Locality               string     `json:"locality"`
	State                  string     `json:"state"`
	DNSNames               []string   `json:"dns_names"`
	Roles                  []string   `json:"roles"`
	NCAName                string     `json:"nca_name"`
	NCAID                  string     `json:"nca_id"`
	// id of the certificate whose place the new one takes; empty: none
	Replaces string `json:"replaces"`
}

type requestJSON struct {
	ID         string             `json:"id"`
	State      vault.RequestState `json:"state"`
	Name       string             `json:"name"`
	Kind       certs.Kind         `json:"kind"`
	SPKISHA256 string             `json:"spki_sha256"`
	CSRPEM     string             `json:"csr_pem"`
	CreatedAt  time.Time          `json:"created_at"`
	Replaces   string             `json:"replaces"` // id of a certificate, or empty
}

func requestOf(r vault.Request) requestJSON {
	return requestJSON{
		ID:         r.ID,
		State:      r.State,
		Name:       r.Name,
		Kind:       r.Kind,
		SPKISHA256: r.SPKISHA256,
		CSRPEM:     r.PEM,
		CreatedAt:  r.CreatedAt,
		Replaces:   r.Replaces,
	}
}

func (a *API) certificateRequests(r request[none]) ([]requestJSON, error) {
	all, err := a.Vault.Ordered(r.echo.Request().Context(), r.caller)
	return each(all, requestOf), err
}

func (a *API) orderCertificate(r request[orderInput]) (requestJSON, error) {
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
	return requestOf(made), err
}
