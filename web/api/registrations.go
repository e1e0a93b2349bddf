package api

import (
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/remedy"
)

func (a *API) registrations(r request[none], q listing.Query) (listing.Page[api.RegistrationRow], error) {
	page, err := a.Registrations.Page(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, rowOf), err
}

func (a *API) registration(r request[none]) (api.Registration, error) {
	return a.view(r.echo, r.caller, r.echo.Param("id"))
}

func (a *API) addRegistration(r request[api.NewRegistration]) (api.Registration, error) {
	created, err := a.Registrations.Register(r.echo.Request().Context(), r.caller, r.body.ApplicationID,
		r.body.InstitutionID)
	if err != nil {
		return api.Registration{}, err
	}
	return a.view(r.echo, r.caller, created.ID)
}

func (a *API) archiveRegistration(r request[archiving]) (api.Registration, error) {
	if err := a.archive(r, registration.NamedRegistration); err != nil {
		return api.Registration{}, err
	}
	return a.view(r.echo, r.caller, r.echo.Param("id"))
}

func (a *API) view(c echo.Context, caller access.Caller, id string) (api.Registration, error) {
	v, err := a.Registrations.Registration(c.Request().Context(), caller, id)
	if err != nil {
		return api.Registration{}, err
	}
	return registrationOf(v), nil
}

func registrationOf(v registration.View) api.Registration {
	return api.Registration{
		ID:            v.Registration.ID,
		ApplicationID: v.Registration.ApplicationID,
		Institution:   institutionOf(v.Institution),
		CreatedAt:     v.Registration.CreatedAt,
		ArchivedAt:    moment(v.Registration.ArchivedAt),
		Ready:         v.Ready(),
		InUseBlockers: each(v.InUse, blockerOf),
		Blockers:      each(v.Blockers, blockerOf),
		Warnings:      each(v.Warnings, gateOf),
		EnrolmentID:   v.Enrolment.ID,
		Steps:         each(v.Steps, stepOf),
		Bundles:       each(v.Bundles, func(b registration.Bundle) api.Bundle { return bundleOf(v, b) }),
		Revision:      v.Revision(),
	}
}

func blockerOf(b registration.Blocker) api.Blocker {
	return api.Blocker{
		Code:       b.Code,
		Message:    b.Message,
		Args:       listed(b.Args),
		Object:     b.Object,
		ObjectKind: string(b.ObjectKind),
		Link:       remedy.Page(b.Remedy),
		API:        remedy.Operation(b.Remedy),
		Slot:       string(b.Slot),
	}
}

func rowOf(v registration.View) api.RegistrationRow {
	row := api.RegistrationRow{
		ID:            v.Registration.ID,
		ApplicationID: v.Application.ID,
		Application:   v.Application.Name,
		Organization:  v.Organization.LegalName,
		EnrolmentID:   v.Enrolment.ID,
		InstitutionID: v.Institution.ID,
		Institution:   v.Institution.Name,
		Environment:   string(v.Institution.Environment),
		CreatedAt:     v.Registration.CreatedAt,
		ArchivedAt:    moment(v.Registration.ArchivedAt),
		Ready:         v.Ready(),
		Warnings:      len(v.Warnings),
		Blockers:      each(v.Blockers, func(b registration.Blocker) string { return b.Code }),
	}
	row.StepsSettled, row.Steps = v.Progress()
	if next := v.Next(); next != nil {
		row.NextStep = next.ID
	}
	if b := v.Active(); b != nil {
		row.ActiveVersion = b.Version
	}
	if b := v.Draft(); b != nil {
		row.DraftVersion = b.Version
	}
	for i := range v.Steps {
		row.Waiting = row.Waiting || v.Steps[i].State == checklist.Waiting
	}
	return row
}
