package api

import (
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/campaign/plan"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func (a *API) forecast(r request[none]) (api.Forecast, error) {
	ctx := r.echo.Request().Context()
	f, err := a.Campaigns.Forecast(ctx, r.caller)
	if err != nil {
		return api.Forecast{}, err
	}
	coming, err := a.Campaigns.Coming(ctx, r.caller)
	return api.Forecast{
		Certificates:    f.Certificates,
		Registrations:   f.Registrations,
		HoursPerRenewal: plan.HoursPerRenewal,
		HoursPerTold:    plan.HoursPerTold,
		HoursPerUntold:  plan.HoursPerUntold,
		HoursPerDay:     plan.HoursPerDay,
		Loads: each(f.Loads, func(l plan.Load) api.ForecastLoad {
			return api.ForecastLoad{
				ValidityDays: l.Validity,
				From:         moment(l.From),
				Renewals:     l.Renewals,
				ChangeOvers:  l.ChangeOvers,
				WorkingDays:  l.WorkingDays,
			}
		}),
		Coming: each(coming, func(s campaign.Span) api.ComingSpan {
			return api.ComingSpan{
				Kind:  string(s.Kind),
				ID:    s.ID,
				Name:  s.Name,
				From:  s.From,
				Until: s.Until,
				N:     s.N,
				Many:  s.Many,
			}
		}),
	}, err
}
