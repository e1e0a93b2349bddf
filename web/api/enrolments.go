package api

import (
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/types/api"
)

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
