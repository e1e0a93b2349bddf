package api

import (
	"context"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/installation"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func (a *API) installation(r request[none]) (api.Installation, error) {
	return a.installationNow(r.echo.Request().Context(), r.caller)
}

func (a *API) lookAtInstallation(r request[none]) (api.Installation, error) {
	ctx := r.echo.Request().Context()
	if err := a.Installation.Look(ctx, r.caller); err != nil {
		return api.Installation{}, err
	}
	return a.installationNow(ctx, r.caller)
}

func (a *API) installationNow(ctx context.Context, caller access.Caller) (api.Installation, error) {
	f, err := a.Installation.Facts(ctx, caller)
	return api.Installation{
		Version:  f.Build.Version,
		Commit:   f.Build.Commit,
		Go:       f.Build.Go,
		Database: f.Database,
		Schema:   f.Schema,
		Custody:  f.Custody,
		Settings: each(f.Settings, func(s installation.Setting) api.Setting {
			return api.Setting{Name: s.Name, Value: s.Value, Source: s.Source}
		}),
		LookedAt: moment(f.Look.At),
		Findings: each(f.Look.Findings, func(x installation.Finding) api.InstallationFinding {
			return api.InstallationFinding{Part: x.Part, Problem: sentence(x.Problem), Warning: sentence(x.Warning)}
		}),
	}, err
}

// sentence is what may be said of an error; "" for none.
func sentence(err error) string {
	if err == nil {
		return ""
	}
	_, _, message := fault.Public(err)
	return message
}
