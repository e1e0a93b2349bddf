package client

import (
	"context"
	"net/http"
	"strconv"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// CaseFilter selects cases; an empty field selects all, but State, which selects the open ones.
type CaseFilter struct {
	Listing
	State       string // open or closed
	Kind        string
	Environment string // sandbox or live
}

// ListCases returns a page of what ends or has broken, what ends first first.
func (c *Client) ListCases(ctx context.Context, f CaseFilter) (api.Page[api.Case], error) {
	return get[api.Page[api.Case]](ctx, c, f.on(path("cases"), "state", f.State, "kind", f.Kind, "environment",
		f.Environment))
}

// GetCase returns one case with what happened to it.
func (c *Client) GetCase(ctx context.Context, id string) (api.CaseDetail, error) {
	return get[api.CaseDetail](ctx, c, path("cases", id))
}

// AcknowledgeCase says that the caller sees to a case until then.
func (c *Client) AcknowledgeCase(ctx context.Context, id string, in api.AcknowledgeCase) (api.Case, error) {
	return send[api.Case](ctx, c, http.MethodPost, path("cases", id, "acknowledge"), in)
}

// AssignCase says whose a case is, and who stands in.
func (c *Client) AssignCase(ctx context.Context, id string, in api.AssignCase) (api.Case, error) {
	return send[api.Case](ctx, c, http.MethodPut, path("cases", id, "owner"), in)
}

// ListComingAlerts returns what will be told within some days; 0 is 90.
func (c *Client) ListComingAlerts(ctx context.Context, days int) (api.ComingAlerts, error) {
	text := ""
	if days > 0 {
		text = strconv.Itoa(days)
	}
	return get[api.ComingAlerts](ctx, c, query(path("alerts", "ahead"), "days", text))
}

// ListAlertChannels returns who is told, and how that goes.
func (c *Client) ListAlertChannels(ctx context.Context) ([]api.AlertChannel, error) {
	return get[[]api.AlertChannel](ctx, c, path("alerts", "channels"))
}

// TestAlertChannel has a test message sent, and waits for how it goes.
func (c *Client) TestAlertChannel(ctx context.Context, name string) (api.AlertMessage, error) {
	return send[api.AlertMessage](ctx, c, http.MethodPost, path("alerts", "channels", name, "test"), nil)
}

// ListAlertMessages returns the newest messages, newest first.
func (c *Client) ListAlertMessages(ctx context.Context) ([]api.AlertMessage, error) {
	return get[[]api.AlertMessage](ctx, c, path("alerts", "messages"))
}

// ListCaseEvents returns events behind a number in their order, at most so many; 0 is 500.
func (c *Client) ListCaseEvents(ctx context.Context, after int64, limit int) (api.CaseEvents, error) {
	text := ""
	if limit > 0 {
		text = strconv.Itoa(limit)
	}
	return get[api.CaseEvents](ctx, c, query(path("alerts", "events"), "after", strconv.FormatInt(after, 10), "limit",
		text))
}
