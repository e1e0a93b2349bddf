package client

import (
	"context"
	"net/http"
)

// ExportDoraRegister returns rows for the register of information under DORA: of a template (B_05.01) as CSV, or all of
// them as JSON lines.
func (c *Client) ExportDoraRegister(ctx context.Context, template string) ([]byte, error) {
	return c.do(ctx, request{method: http.MethodGet, path: query(path("dora-register"), "template", template)})
}
