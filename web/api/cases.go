package api

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// caseRoutes are about what ends or has broken, and who is told.
func (a *API) caseRoutes(g *echo.Group) {
	g.GET("/cases", list(cases.Listed, a.cases))
	g.GET("/cases/:id", serve(a.oneCase))
	g.POST("/cases/:id/acknowledge", serve(a.acknowledgeCase))
	g.PUT("/cases/:id/owner", serve(a.assignCase))
	g.GET("/alerts/ahead", serve(a.comingAlerts), taking("days"))
	g.GET("/alerts/channels", serve(a.alertChannels))
	g.POST("/alerts/channels/:name/test", serve(a.testAlertChannel))
	g.GET("/alerts/messages", serve(a.alertMessages))
	g.GET("/alerts/events", serve(a.caseEvents), taking("after", "limit"))
}

// words say a case in English, by the clock of the digest.
func (a *API) words() alerts.Words {
	return alerts.Words{Language: alerts.English, Location: a.Alerts.Location(), Now: a.Now()}
}

func (a *API) caseOf(c cases.Case) api.Case {
	w := a.words()
	out := api.Case{
		ID:              c.ID,
		Kind:            string(c.Kind),
		Name:            c.Name,
		Says:            w.Sentence(c),
		ToDo:            w.Todo(c),
		Subject:         c.Watched.ID,
		Environment:     string(c.Environment),
		RegistrationIDs: listed(c.Places),
		Registrations:   c.PlaceCount,
		EndsAt:          c.EndsAt,
		Threshold:       c.Threshold,
		Urgent:          c.Urgent,
		Owner:           c.Owner,
		Deputies:        listed(c.Deputies),
		EscalatedAt:     moment(c.EscalatedAt),
		OpenedAt:        c.OpenedAt,
		ClosedAt:        moment(c.ClosedAt),
		Fact:            c.Fact,
	}
	if c.Lead > 0 {
		out.LastSafeAt = moment(c.EndsAt.Add(-c.Lead))
	}
	if c.Acknowledged(a.Now()) {
		out.Acknowledgement = &api.CaseAcknowledgement{By: c.ByName, At: c.At, Until: c.Until, Reason: c.Reason}
	}
	return out
}

func (a *API) cases(r request[none], q listing.Query) (listing.Page[api.Case], error) {
	page, err := a.Cases.Page(r.echo.Request().Context(), r.caller, q)
	return listing.Page[api.Case]{
		Items:    each(page.Items, a.caseOf),
		Count:    page.Count,
		Next:     page.Next,
		Previous: page.Previous,
	}, err
}

func (a *API) oneCase(r request[none]) (api.CaseDetail, error) {
	c, events, err := a.Cases.Get(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return api.CaseDetail{
		Case: a.caseOf(c),
		Events: each(events, func(e cases.Event) api.CaseHistory {
			return api.CaseHistory{What: cases.Name(e.What), At: e.At}
		}),
	}, err
}

func (a *API) acknowledgeCase(r request[api.AcknowledgeCase]) (api.Case, error) {
	c, err := a.Cases.Acknowledge(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Until, r.body.Reason)
	return a.caseOf(c), err
}

func (a *API) assignCase(r request[api.AssignCase]) (api.Case, error) {
	c, err := a.Cases.Assign(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Owner, r.body.Deputies)
	return a.caseOf(c), err
}

// aheadDays is how far ahead is looked by default, and at most.
const (
	aheadDays     = 90
	mostAheadDays = 400
)

func (a *API) comingAlerts(r request[none]) (api.ComingAlerts, error) {
	days, err := number(r.echo, "days", aheadDays, mostAheadDays)
	if err != nil {
		return api.ComingAlerts{}, err
	}
	within := time.Duration(days) * 24 * time.Hour
	coming, more, err := a.Cases.Ahead(r.echo.Request().Context(), r.caller, within)
	return api.ComingAlerts{More: more, Items: each(coming, func(c cases.Coming) api.ComingAlert {
		return api.ComingAlert{
			At:      c.At,
			What:    c.What,
			Urgent:  c.Urgent,
			Kind:    string(c.Kind),
			Name:    c.Name,
			Subject: c.Watched.ID,
			EndsAt:  c.EndsAt,
		}
	})}, err
}

// number is a parameter that is a number from 0 to most.
func number(c echo.Context, name string, usual, most int64) (int64, error) {
	text := c.QueryParam(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, fault.New(fault.Invalid, "number_invalid", "The parameter %s is a number from 0 to %d.", name, most)
	}
	return n, nil
}

func (a *API) alertChannels(r request[none]) ([]api.AlertChannel, error) {
	all, err := a.Alerts.Standings(r.echo.Request().Context(), r.caller)
	return each(all, func(s alerts.Standing) api.AlertChannel {
		return api.AlertChannel{
			Name:            s.Channel.Name,
			Kind:            string(s.Kind),
			EscalationsOnly: s.Escalations,
			LastDeliveryAt:  moment(s.SentAt),
			FailingSince:    moment(s.FailingSince),
			Failure:         s.Failure,
		}
	}), err
}

func messageOf(m alerts.Row) api.AlertMessage {
	return api.AlertMessage{
		ID:        m.ID,
		Channel:   m.Recipient,
		Test:      m.Test,
		State:     string(m.State),
		Attempts:  m.Attempts,
		Failure:   m.Failure,
		CreatedAt: m.CreatedAt,
		EndedAt:   moment(m.EndedAt),
	}
}

func (a *API) testAlertChannel(r request[none]) (api.AlertMessage, error) {
	m, err := a.Alerts.Test(r.echo.Request().Context(), r.caller, r.echo.Param("name"))
	return messageOf(m), err
}

func (a *API) alertMessages(r request[none]) ([]api.AlertMessage, error) {
	all, err := a.Alerts.Latest(r.echo.Request().Context(), r.caller)
	return each(all, messageOf), err
}

// maxEvents is how many events are answered at a time.
const maxEvents = 500

func (a *API) caseEvents(r request[none]) (api.CaseEvents, error) {
	const most = 1 << 62
	after, err := number(r.echo, "after", 0, most)
	if err != nil {
		return api.CaseEvents{}, err
	}
	limit, err := number(r.echo, "limit", maxEvents, maxEvents)
	if err != nil {
		return api.CaseEvents{}, err
	}
	items, err := a.Alerts.Replay(r.echo.Request().Context(), r.caller, after, int(limit))
	out := api.CaseEvents{After: after, Items: []api.CaseEvent{}}
	for _, item := range items {
		out.After = item.Event.Seq
		out.Items = append(out.Items, alerts.EventOf(item, a.Alerts.PublicURL()))
	}
	return out, err
}
