package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/registration"
)

type organizationJSON struct {
	ID                     string                 `json:"id"`
	LegalName              string                 `json:"legal_name"`
	Country                string                 `json:"country"`
	OrganizationIdentifier string                 `json:"organization_identifier"`
	NCA                    string                 `json:"nca"`
	ContactEmail           string                 `json:"contact_email"`
	Contacts               []registration.Contact `json:"contacts"`
	CreatedAt              time.Time              `json:"created_at"`
}

func organizationOf(o registration.Organization) organizationJSON {
	out := organizationJSON(o)
	out.Contacts = append([]registration.Contact{}, o.Contacts...)
	return out
}

type organizationInput struct {
	LegalName              string                 `json:"legal_name"`
	Country                string                 `json:"country"`
	OrganizationIdentifier string                 `json:"organization_identifier"`
	NCA                    string                 `json:"nca"`
	ContactEmail           string                 `json:"contact_email"`
	Contacts               []registration.Contact `json:"contacts"`
}

func (in organizationInput) organization(id string) registration.Organization {
	return registration.Organization{
		ID:                     id,
		LegalName:              in.LegalName,
		Country:                in.Country,
		OrganizationIdentifier: in.OrganizationIdentifier,
		NCA:                    in.NCA,
		ContactEmail:           in.ContactEmail,
		Contacts:               in.Contacts,
	}
}

func (a *API) organizations(r request[none]) ([]organizationJSON, error) {
	all, err := a.Registrations.Organizations(r.echo.Request().Context(), r.caller)
	return each(all, organizationOf), err
}

func (a *API) addOrganization(r request[organizationInput]) (organizationJSON, error) {
	o, err := a.Registrations.AddOrganization(r.echo.Request().Context(), r.caller, r.body.organization(""))
	return organizationOf(o), err
}

type applicationJSON struct {
	ID             string    `json:"id"`
	OrganizationID string    `json:"organization_id"`
	Name           string    `json:"name"`
	RedirectURIs   []string  `json:"redirect_uris"`
	ClientURI      string    `json:"client_uri"`
	TermsURI       string    `json:"terms_uri"`
	CreatedAt      time.Time `json:"created_at"`
}

type applicationInput struct {
	OrganizationID string   `json:"organization_id"`
	Name           string   `json:"name"`
	RedirectURIs   []string `json:"redirect_uris"`
	ClientURI      string   `json:"client_uri"`
	TermsURI       string   `json:"terms_uri"`
}

func (a *API) applications(r request[none]) ([]applicationJSON, error) {
	all, err := a.Registrations.Applications(r.echo.Request().Context(), r.caller)
	return each(all, func(app registration.Application) applicationJSON { return applicationJSON(app) }), err
}

func (a *API) addApplication(r request[applicationInput]) (applicationJSON, error) {
	app, err := a.Registrations.AddApplication(r.echo.Request().Context(), r.caller, registration.Application{
		OrganizationID: r.body.OrganizationID,
		Name:           r.body.Name,
		RedirectURIs:   r.body.RedirectURIs,
		ClientURI:      r.body.ClientURI,
		TermsURI:       r.body.TermsURI,
	})
	return applicationJSON(app), err
}
