package api

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// incidentRoutes are about certificates that were declared compromised.
func (a *API) incidentRoutes(g *echo.Group) {
	g.GET("/incidents", list(incident.Listed, a.incidents))
	g.POST("/incidents", create(a.declareIncident))
	g.GET("/incidents/:id", serve(a.incident))
	g.GET("/incidents/:id/uses", list(incident.ListedUses, a.incidentUses))
	g.POST("/incidents/:id/letters", serve(a.incidentLetter))
	g.POST("/incidents/:id/told", serve(a.incidentTold))
	g.POST("/incidents/:id/withdraw", serve(a.withdrawIncident))
}

func incidentRowOf(i incident.Incident) api.IncidentRow {
	return api.IncidentRow{
		ID:              i.ID,
		CertificateID:   i.CertificateID,
		CertificateName: i.CertificateName,
		SHA256:          i.SHA256,
		WholeKey:        i.WholeKey,
		Reason:          i.Reason,
		What:            i.What,
		HappenedOn:      calendar.Of(i.HappenedAt, time.UTC),
		DeclaredBy:      i.DeclaredBy,
		DeclaredAt:      i.DeclaredAt,
		QTSPToldAt:      moment(i.Told.At),
		WithdrawnBy:     i.Withdrawal.By,
		WithdrawnWhy:    i.Withdrawal.Why,
		WithdrawnAt:     moment(i.Withdrawal.At),
		Uses:            i.Uses,
		InUse:           i.InUse,
		Untold:          i.Untold,
		InUseElsewhere:  i.Elsewhere,
	}
}

func (a *API) incidents(r request[none], q listing.Query) (listing.Page[api.IncidentRow], error) {
	page, err := a.Incidents.Page(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, incidentRowOf), err
}

func (a *API) incidentWith(c echo.Context, id string) (api.Incident, error) {
	f, err := a.Incidents.Get(c.Request().Context(), callerOf(c), id)
	return api.Incident{
		IncidentRow:      incidentRowOf(f.Incident),
		Revocation:       string(f.Revocation),
		RevokedAt:        moment(f.RevokedAt),
		CertificateState: string(f.State),
		Over:             f.Over(),
		ApprovalID:       f.Waiting,
		Key:              KeyCopies(f.Copies),
	}, err
}

func (a *API) incident(r request[none]) (api.Incident, error) {
	return a.incidentWith(r.echo, r.echo.Param("id"))
}

func (a *API) declareIncident(r request[api.NewIncident]) (api.Incident, error) {
	i, err := a.Incidents.Declare(r.echo.Request().Context(), r.caller, incident.Declaration{
		CertificateID: r.body.CertificateID,
		Reason:        r.body.Reason,
		What:          r.body.What,
		HappenedAt:    r.body.HappenedOn.UTC(),
	})
	if err != nil {
		return api.Incident{}, err
	}
	return a.incidentWith(r.echo, i.ID)
}

func (a *API) incidentUses(r request[none], q listing.Query) (listing.Page[api.IncidentUse], error) {
	page, err := a.Incidents.Uses(r.echo.Request().Context(), r.caller, r.echo.Param("id"), q)
	return listing.Map(page, func(u incident.Use) api.IncidentUse {
		return api.IncidentUse{
			RegistrationID: u.RegistrationID,
			InstitutionID:  u.InstitutionID,
			InUse:          u.InUse,
			ToldAt:         moment(u.Told.At),
			ToldBy:         u.Told.By,
		}
	}), err
}

func (a *API) incidentLetter(r request[api.IncidentLetter]) (api.EmailDraft, error) {
	draft, err := a.Incidents.Letter(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Recipient,
		r.body.Language)
	if err != nil {
		return api.EmailDraft{}, err
	}
	return a.draftOf(draft), nil
}

func (a *API) incidentTold(r request[api.IncidentTold]) (api.Incident, error) {
	id := r.echo.Param("id")
	if err := a.Incidents.Told(r.echo.Request().Context(), r.caller, id, r.body.Recipient); err != nil {
		return api.Incident{}, err
	}
	return a.incidentWith(r.echo, id)
}

func (a *API) withdrawIncident(r request[api.WithdrawIncident]) (api.Incident, error) {
	id := r.echo.Param("id")
	if err := a.Incidents.Withdraw(r.echo.Request().Context(), r.caller, id, r.body.Reason); err != nil {
		return api.Incident{}, err
	}
	return a.incidentWith(r.echo, id)
}
