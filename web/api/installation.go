package api

import (
	"context"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/installation"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/vault"
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
			return api.InstallationFinding{
				Part:    x.Part,
				Problem: fault.Sentence(x.Problem),
				Warning: fault.Sentence(x.Warning),
			}
		}),
	}, err
}

// custody answers with the newest comparison, which is made every hour: making one
// reads all of custody, so that no request does.
func (a *API) custody(r request[none]) (api.CustodyComparison, error) {
	found, err := a.Vault.Comparison(r.echo.Request().Context(), r.caller)
	if err != nil {
		return api.CustodyComparison{}, err
	}
	answer := api.CustodyComparison{Mode: a.Vault.CustodyMode(), Orphans: []api.Orphan{}, UnusedSecrets: []string{}}
	if found == nil {
		return answer, nil
	}
	answer.CheckedAt, answer.Documents, answer.Keys = &found.At, found.Documents, found.Keys
	answer.UnusedSecrets = listed(found.Unused)
	answer.Omitted, answer.UnusedOmitted = found.Omitted, found.UnusedOmitted
	answer.Orphans = each(found.Orphans, func(o vault.Orphan) api.Orphan {
		return api.Orphan{InCustody: o.InCustody, Kind: o.Kind, ID: o.ID, Text: o.Text}
	})
	return answer, nil
}
