package api

import (
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func organizationOf(o registration.Organization) api.Organization {
	return api.Organization{
		ID:                     o.ID,
		LegalName:              o.LegalName,
		Country:                o.Country,
		OrganizationIdentifier: o.OrganizationIdentifier,
		NCA:                    o.NCA,
		ContactEmail:           o.ContactEmail,
		Contacts:               each(o.Contacts, contactOf),
		CreatedAt:              o.CreatedAt,
		ArchivedAt:             moment(o.ArchivedAt),
	}
}

func contactOf(c registration.Contact) api.Contact { return api.Contact(c) }

func contactIn(c api.Contact) registration.Contact { return registration.Contact(c) }

func organizationIn(id string, in api.NewOrganization) registration.Organization {
	return registration.Organization{
		ID:                     id,
		LegalName:              in.LegalName,
		Country:                in.Country,
		OrganizationIdentifier: in.OrganizationIdentifier,
		NCA:                    in.NCA,
		ContactEmail:           in.ContactEmail,
		Contacts:               each(in.Contacts, contactIn),
	}
}

func (a *API) organizations(r request[none], q listing.Query) (listing.Page[api.Organization], error) {
	page, err := a.Registrations.OrganizationPage(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, organizationOf), err
}

func (a *API) addOrganization(r request[api.NewOrganization]) (api.Organization, error) {
	o, err := a.Registrations.AddOrganization(r.echo.Request().Context(), r.caller, organizationIn("", r.body))
	return organizationOf(o), err
}

func (a *API) updateOrganization(r request[api.NewOrganization]) (api.Consequences, error) {
	_, consequences, err := a.Registrations.UpdateOrganization(r.echo.Request().Context(), r.caller,
		organizationIn(r.echo.Param("id"), r.body))
	return consequencesOf(consequences), err
}

func (a *API) archiveOrganization(r request[archiving]) (api.Organization, error) {
	if err := a.archive(r, registration.NamedOrganization); err != nil {
		return api.Organization{}, err
	}
	o, err := a.Registrations.Organization(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return organizationOf(o), err
}

// archiving is api.Archiving that may say neither.
type archiving struct {
	Archived *bool `json:"archived"`
}

// archive archives a thing or takes it out again, whichever the request says.
func (a *API) archive(r request[archiving], kind registration.NamedKind) error {
	if r.body.Archived == nil {
		return missing("archived")
	}
	return a.Registrations.SetArchived(r.echo.Request().Context(), r.caller, kind, r.echo.Param("id"), *r.body.Archived)
}

func applicationOf(app registration.Application) api.Application {
	return api.Application{
		ID:             app.ID,
		OrganizationID: app.OrganizationID,
		Name:           app.Name,
		RedirectURIs:   listed(app.RedirectURIs),
		ClientURI:      app.ClientURI,
		TermsURI:       app.TermsURI,
		CreatedAt:      app.CreatedAt,
		ArchivedAt:     moment(app.ArchivedAt),
	}
}

func (a *API) archiveApplication(r request[archiving]) (api.Application, error) {
	if err := a.archive(r, registration.NamedApplication); err != nil {
		return api.Application{}, err
	}
	app, err := a.Registrations.Application(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return applicationOf(app), err
}

func (a *API) applications(r request[none], q listing.Query) (listing.Page[api.Application], error) {
	page, err := a.Registrations.ApplicationPage(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, applicationOf), err
}

func (a *API) addApplication(r request[api.NewApplication]) (api.Application, error) {
	app, err := a.Registrations.AddApplication(r.echo.Request().Context(), r.caller, registration.Application{
		OrganizationID: r.body.OrganizationID,
		Name:           r.body.Name,
		RedirectURIs:   r.body.RedirectURIs,
		ClientURI:      r.body.ClientURI,
		TermsURI:       r.body.TermsURI,
	})
	return applicationOf(app), err
}

func (a *API) updateApplication(r request[api.ApplicationChange]) (api.Consequences, error) {
	_, consequences, err := a.Registrations.UpdateApplication(r.echo.Request().Context(), r.caller,
		registration.Application{
			ID:           r.echo.Param("id"),
			Name:         r.body.Name,
			RedirectURIs: r.body.RedirectURIs,
			ClientURI:    r.body.ClientURI,
			TermsURI:     r.body.TermsURI,
		})
	return consequencesOf(consequences), err
}

func enrolmentOf(v registration.EnrolmentView) api.Enrolment {
	e := v.Enrolment
	return api.Enrolment{
		ID:              e.ID,
		OrganizationID:  e.OrganizationID,
		Group:           e.GroupID,
		Environment:     string(e.Environment),
		PortalAccount:   e.PortalAccount,
		CustomerName:    e.CustomerName,
		AgreementNumber: e.Agreement(v.Organization),
		AgreementEndsOn: e.AgreementEndsOn,
		UpdatedAt:       moment(e.UpdatedAt),
		Registrations:   each(v.Registrations, func(r registration.Registration) string { return r.ID }),

		RegistrationCount:     v.Sharing.N,
		RegistrationCountOver: v.Sharing.Over,
	}
}

func (a *API) enrolments(r request[none], q listing.Query) (listing.Page[api.Enrolment], error) {
	page, err := a.Registrations.Enrolments(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, enrolmentOf), err
}

func (a *API) enrolment(r request[none]) (api.Enrolment, error) {
	v, err := a.Registrations.Enrolment(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return api.Enrolment{}, err
	}
	return enrolmentOf(v), nil
}

func (a *API) updateEnrolment(r request[api.EnrolmentChange]) (api.Consequences, error) {
	consequences, err := a.Registrations.UpdateEnrolment(r.echo.Request().Context(), r.caller, registration.Enrolment{
		ID:              r.echo.Param("id"),
		PortalAccount:   r.body.PortalAccount,
		CustomerName:    r.body.CustomerName,
		AgreementNumber: r.body.AgreementNumber,
		AgreementEndsOn: r.body.AgreementEndsOn,
	})
	return consequencesOf(consequences), err
}

func consequencesOf(all []registration.Consequence) api.Consequences {
	return api.Consequences{
		Consequences: each(all, func(c registration.Consequence) api.Consequence { return api.Consequence(c) }),
	}
}
