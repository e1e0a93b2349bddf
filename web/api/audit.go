package api

import (
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// auditEntries is how many of the newest entries GET /v1/audit gives.
const auditEntries = 500

func (a *API) audit(r request[none]) ([]api.AuditEntry, error) {
	entries, err := a.Audit.Latest(r.echo.Request().Context(), r.caller, auditEntries)
	return each(entries, func(e audit.Entry) api.AuditEntry {
		return api.AuditEntry{
			Seq:      e.Seq,
			At:       e.At,
			CallerID: e.CallerID,
			Caller:   e.CallerName,
			Action:   string(e.Action),
			Object:   e.Object,
			Outcome:  string(e.Outcome),
			Detail:   e.Detail,
			Hash:     e.Hash,
		}
	}), err
}
