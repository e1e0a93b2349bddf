package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/vault"
)

// custodyJSON is what custody holds, and how that compares with the records.
type custodyJSON struct {
	Mode      string       `json:"mode"`
	CheckedAt *time.Time   `json:"checked_at"` // null until this process has compared them
	Documents int          `json:"documents"`
	Keys      int          `json:"keys"`
	Orphans   []orphanJSON `json:"orphans"`
	Unused    []string     `json:"unused_secrets"`
}

type orphanJSON struct {
	InCustody bool   `json:"in_custody"`
	Kind      string `json:"kind"`
	ID        string `json:"id"`
	Text      string `json:"text"`
}

// custody answers with the newest comparison, which is made every hour: making one
// reads all of custody, so that no request does.
func (a *API) custody(r request[none]) (custodyJSON, error) {
	found, err := a.Vault.Comparison(r.echo.Request().Context(), r.caller)
	if err != nil {
		return custodyJSON{}, err
	}
	answer := custodyJSON{Mode: a.Vault.CustodyMode(), Orphans: []orphanJSON{}, Unused: []string{}}
	if found == nil {
		return answer, nil
	}
	answer.CheckedAt, answer.Documents, answer.Keys = &found.At, found.Documents, found.Keys
	answer.Unused = append(answer.Unused, found.Unused...)
	answer.Orphans = each(found.Orphans, func(o vault.Orphan) orphanJSON {
		return orphanJSON{InCustody: o.InCustody, Kind: o.Kind, ID: o.ID, Text: o.Text}
	})
	return answer, nil
}
