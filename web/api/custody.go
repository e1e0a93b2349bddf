package api

import (
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/vault"
)

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
