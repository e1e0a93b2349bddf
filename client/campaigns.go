package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// CampaignFilter selects campaigns, or registrations of one; an empty field selects all.
type CampaignFilter struct {
	Listing
	State string
	Risk  string // of registrations
}

// ListCampaigns returns a page of the campaigns, newest first.
func (c *Client) ListCampaigns(ctx context.Context, f CampaignFilter) (api.Page[api.CampaignRow], error) {
	return get[api.Page[api.CampaignRow]](ctx, c, f.on(path("campaigns"), "state", f.State))
}

// CreateCampaign plans a change of certificates at every bank that knows the old ones. Nothing changes by that.
func (c *Client) CreateCampaign(ctx context.Context, in api.NewCampaign) (api.Campaign, error) {
	return send[api.Campaign](ctx, c, http.MethodPost, path("campaigns"), in)
}

// GetCampaign returns one campaign and how far it is.
func (c *Client) GetCampaign(ctx context.Context, id string) (api.Campaign, error) {
	return get[api.Campaign](ctx, c, path("campaigns", id))
}

// ActOnCampaign does something with a campaign.
func (c *Client) ActOnCampaign(ctx context.Context, id string, in api.CampaignAct) (api.Campaign, error) {
	return send[api.Campaign](ctx, c, http.MethodPost, path("campaigns", id, "acts"), in)
}

// ReportCampaign returns the evidence of a campaign as JSON lines: an api.CampaignReport, which says how many
// registrations there are, and an api.CampaignEvidence for each.
func (c *Client) ReportCampaign(ctx context.Context, id string) ([]byte, error) {
	return c.do(ctx, request{method: http.MethodGet, path: path("campaigns", id, "report")})
}

// ListCampaignRegistrations returns a page of a campaign's registrations, those to be begun first come first.
func (c *Client) ListCampaignRegistrations(
	ctx context.Context, id string, f CampaignFilter,
) (api.Page[api.CampaignLine], error) {
	at := f.on(path("campaigns", id, "registrations"), "state", f.State, "risk", f.Risk)
	return get[api.Page[api.CampaignLine]](ctx, c, at)
}

// GetCampaignRegistration returns one registration of a campaign.
func (c *Client) GetCampaignRegistration(ctx context.Context, id, registration string) (api.CampaignLine, error) {
	return get[api.CampaignLine](ctx, c, path("campaigns", id, "registrations", registration))
}

// ActOnCampaignRegistration does something with one registration of a campaign.
func (c *Client) ActOnCampaignRegistration(
	ctx context.Context, id, registration string, in api.CampaignLineAct,
) (api.CampaignLine, error) {
	at := path("campaigns", id, "registrations", registration, "acts")
	return send[api.CampaignLine](ctx, c, http.MethodPost, at, in)
}

// PrepareCampaignEmail writes the e-mail by which a bank is told of the new certificates. It is not sent.
func (c *Client) PrepareCampaignEmail(
	ctx context.Context, id, registration string, in api.EmailLanguage,
) (api.EmailDraft, error) {
	at := path("campaigns", id, "registrations", registration, "email")
	return send[api.EmailDraft](ctx, c, http.MethodPost, at, in)
}

// GetForecast returns the work of a year with the QWACs in use, and what is to come within 90 days.
func (c *Client) GetForecast(ctx context.Context) (api.Forecast, error) {
	return get[api.Forecast](ctx, c, path("forecast"))
}

// ListBankFacts returns what was recorded of an institution and of its bank, the newest first.
func (c *Client) ListBankFacts(ctx context.Context, institution string) ([]api.BankFact, error) {
	return get[[]api.BankFact](ctx, c, path("institutions", institution, "facts"))
}

// RecordBankFact records what a bank has said. It counts in place of the catalogue.
func (c *Client) RecordBankFact(ctx context.Context, institution string, in api.NewBankFact) (api.BankFact, error) {
	return send[api.BankFact](ctx, c, http.MethodPost, path("institutions", institution, "facts"), in)
}

// WithdrawBankFact takes a fact back and returns what was recorded.
func (c *Client) WithdrawBankFact(ctx context.Context, institution, id string) ([]api.BankFact, error) {
	return send[[]api.BankFact](ctx, c, http.MethodDelete, path("institutions", institution, "facts", id), nil)
}
