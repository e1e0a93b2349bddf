package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// AuditFilter selects entries of the audit log; an empty field selects all.
type AuditFilter struct {
	Listing
	Object  string // id of what was acted on
	Person  string // id of who acted
	Action  string // such as cert.import
	Outcome string // allowed, denied, done or failed
	From    string // a day (2027-01-23, UTC) or a time (RFC 3339), the first that counts
	Until   string // a day, the last that counts; or a time, the first that does not
	Fold    bool   // what a program did again and again within an hour is one item, with its count
}

// ListAudit returns a page of the audit log, newest first unless sorted otherwise. That it was read is an entry of the
// log too.
func (c *Client) ListAudit(ctx context.Context, f AuditFilter) (api.Page[api.AuditEntry], error) {
	fold := ""
	if f.Fold {
		fold = "machines"
	}
	return get[api.Page[api.AuditEntry]](ctx, c, f.on(path("audit"), "object", f.Object, "person", f.Person,
		"action", f.Action, "outcome", f.Outcome, "from", f.From, "until", f.Until, "fold", fold))
}

// ExportAudit returns the life of one thing as a file of JSON lines, each entry with the proof that it is in the log
// whose signed head the file has. `sealkeeper audit verify-export` verifies it.
func (c *Client) ExportAudit(ctx context.Context, object string) ([]byte, error) {
	return c.do(ctx, request{method: http.MethodGet, path: query(path("audit", "export"), "object", object)})
}

// SignAuditHead has the service sign what its audit log is now. Keep the answer away from the service.
func (c *Client) SignAuditHead(ctx context.Context) (api.AuditHead, error) {
	return post[api.AuditHead](ctx, c, path("audit", "heads"))
}

// CompareCustody returns the service's newest comparison of custody with the records.
func (c *Client) CompareCustody(ctx context.Context) (api.CustodyComparison, error) {
	return get[api.CustodyComparison](ctx, c, path("custody"))
}

// ExportDoraRegister returns rows for the register of information under DORA: of a template (B_05.01) as CSV, or all of
// them as JSON lines.
func (c *Client) ExportDoraRegister(ctx context.Context, template string) ([]byte, error) {
	return c.do(ctx, request{method: http.MethodGet, path: query(path("dora-register"), "template", template)})
}
