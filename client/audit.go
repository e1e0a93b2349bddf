package client

import (
	"context"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// ListAudit returns the newest 500 entries of the audit log, newest first.
func (c *Client) ListAudit(ctx context.Context) ([]api.AuditEntry, error) {
	return get[[]api.AuditEntry](ctx, c, path("audit"))
}

// CompareCustody returns what custody holds, and whether it agrees with the records, as the service saw it last.
func (c *Client) CompareCustody(ctx context.Context) (api.CustodyComparison, error) {
	return get[api.CustodyComparison](ctx, c, path("custody"))
}
