package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func (a *API) audit(r request[none], q listing.Query) (listing.Page[api.AuditEntry], error) {
	page, err := a.Audit.Page(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, auditEntry), err
}

func auditEntry(e audit.Line) api.AuditEntry {
	address, request := e.From()
	oldest, _ := e.Between()
	return api.AuditEntry{
		Seq:      e.Seq,
		At:       e.At,
		CallerID: e.CallerID,
		Caller:   e.CallerName,
		Action:   string(e.Action),
		Object:   e.Object,
		Outcome:  string(e.Outcome),
		Code:     e.Code,
		Args:     append([]string{}, e.Args...),
		Detail:   e.Detail,
		Address:  address,
		Request:  request,
		TraceID:  e.Trace(),
		Hash:     e.Hash,
		Count:    e.Count,
		Since:    oldest,
	}
}

// exported is what an export is asked for by: the id of one thing.
var exported = listing.Spec{Filters: map[string]listing.Check{audit.FilterObject: listing.Text}}

// exportAudit answers with the file of an export. What goes wrong on the way breaks the answer off, so that the file
// has no end and is not taken for whole.
func (a *API) exportAudit(c echo.Context) error {
	q, err := asked(c, exported)
	if err != nil {
		return err
	}
	export, err := a.Heads.Export(c.Request().Context(), callerOf(c), q.Filters[audit.FilterObject])
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, audit.ExportType)
	header.Set(echo.HeaderContentDisposition, `attachment; filename="`+export.FileName()+`"`)
	header.Set(echo.HeaderCacheControl, "no-store")
	c.Response().WriteHeader(http.StatusOK)
	_, err = export.WriteTo(c.Response())
	return err
}

func (a *API) signAuditHead(r request[none]) (api.AuditHead, error) {
	head, err := a.Heads.Sign(r.echo.Request().Context(), r.caller)
	return api.AuditHead{
		Seq:  head.Seq,
		Hash: head.Hash,
		Root: head.Root.String(),
		At:   head.At,
		Note: head.Note,
		Key:  head.Key,
	}, err
}
