package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// IncidentFilter selects incidents; an empty field selects all.
type IncidentFilter struct {
	Listing
	Standing string // "true": those that stand; "false": those declared by mistake
}

// ListIncidents returns a page of the certificates that were declared compromised, the newest first.
func (c *Client) ListIncidents(ctx context.Context, f IncidentFilter) (api.Page[api.IncidentRow], error) {
	return get[api.Page[api.IncidentRow]](ctx, c, f.on(path("incidents"), "standing", f.Standing))
}

// DeclareIncident declares a certificate compromised, which freezes it.
func (c *Client) DeclareIncident(ctx context.Context, in api.NewIncident) (api.Incident, error) {
	return send[api.Incident](ctx, c, http.MethodPost, path("incidents"), in)
}

// GetIncident returns one with the facts that decide how far the way out is.
func (c *Client) GetIncident(ctx context.Context, id string) (api.Incident, error) {
	return get[api.Incident](ctx, c, path("incidents", id))
}

// ListIncidentUses returns a page of the registrations that used the certificate when it was declared.
func (c *Client) ListIncidentUses(ctx context.Context, id string, l Listing) (api.Page[api.IncidentUse], error) {
	return get[api.Page[api.IncidentUse]](ctx, c, l.on(path("incidents", id, "uses")))
}

// PrepareIncidentLetter writes a letter to the QTSP or to the bank of a registration. A person sends it.
func (c *Client) PrepareIncidentLetter(
	ctx context.Context, id string, in api.IncidentLetter,
) (api.EmailDraft, error) {
	return send[api.EmailDraft](ctx, c, http.MethodPost, path("incidents", id, "letters"), in)
}

// RecordIncidentTold notes that a letter was sent.
func (c *Client) RecordIncidentTold(ctx context.Context, id string, in api.IncidentTold) (api.Incident, error) {
	return send[api.Incident](ctx, c, http.MethodPost, path("incidents", id, "told"), in)
}

// WithdrawIncident requests of a second person to agree that it was declared by mistake.
func (c *Client) WithdrawIncident(ctx context.Context, id string, in api.WithdrawIncident) (api.Incident, error) {
	return send[api.Incident](ctx, c, http.MethodPost, path("incidents", id, "withdraw"), in)
}
