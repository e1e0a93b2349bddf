package api

import (
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func settingOf(s policy.Setting) api.PolicySetting {
	return api.PolicySetting{
		Name:          s.Name,
		Value:         s.Value,
		Version:       s.Version,
		Way:           string(s.Way),
		Reason:        s.Reason,
		ChangedBy:     s.ChangedBy,
		ChangedByName: s.ChangedByName,
		ChangedAt:     moment(s.ChangedAt),
	}
}

func differenceOf(d policy.Difference) api.PolicyDifference { return api.PolicyDifference(d) }

func (a *API) policy(r request[none]) (api.Policy, error) { return a.policyNow(r.echo) }

func (a *API) policyNow(c echo.Context) (api.Policy, error) {
	settings, err := a.Policy.Settings(c.Request().Context(), callerOf(c))
	if err != nil {
		return api.Policy{}, err
	}
	differences, err := a.Policy.Differences(c.Request().Context(), callerOf(c))
	return api.Policy{
		Settings:    each(settings, settingOf),
		Differences: each(differences, differenceOf),
	}, err
}

func (a *API) changePolicy(r request[api.ChangePolicy]) (api.PolicyChange, error) {
	asked, done, err := a.Policy.Change(r.echo.Request().Context(), r.caller, r.echo.Param("name"), r.body.Value,
		r.body.Reason)
	if err != nil {
		return api.PolicyChange{}, err
	}
	out := api.PolicyChange{Changed: done}
	if !done {
		out.ApprovalID = asked.ID
	}
	out.Policy, err = a.policyNow(r.echo)
	return out, err
}
