package client

import (
	"context"
	"net/http"
	"strconv"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// ListRegistrations returns all registrations, with what still blocks them.
func (c *Client) ListRegistrations(ctx context.Context) ([]api.RegistrationRow, error) {
	return get[[]api.RegistrationRow](ctx, c, path("registrations"))
}

// Register starts the registration of an application at an institution.
func (c *Client) Register(ctx context.Context, in api.NewRegistration) (api.Registration, error) {
	return send[api.Registration](ctx, c, http.MethodPost, path("registrations"), in)
}

// GetRegistration returns one registration, with everything that is known of it.
func (c *Client) GetRegistration(ctx context.Context, id string) (api.Registration, error) {
	return get[api.Registration](ctx, c, path("registrations", id))
}

// SetStep notes how far a step at the bank is. [Client.EditStep] does the same and answers with the checklist.
func (c *Client) SetStep(ctx context.Context, id, step string, in api.StepEdit) (api.Registration, error) {
	return send[api.Registration](ctx, c, http.MethodPut, path("registrations", id, "steps", step), in)
}

// SaveBundle saves certificates and client credentials as the draft. Nothing changes at the bank.
func (c *Client) SaveBundle(ctx context.Context, id string, in api.NewBundle) (api.Registration, error) {
	return send[api.Registration](ctx, c, http.MethodPut, path("registrations", id, "bundle"), revealedBundle{
		ClientSecret: in.ClientSecret.Reveal(),
		NewBundle:    in,
	})
}

// revealedBundle is a bundle on its way out: its client secret hides the one that would print as [redacted].
type revealedBundle struct {
	ClientSecret string `json:"client_secret,omitempty"`
	api.NewBundle
}

// TestConnection tries the draft, or without one the active version, at the bank. A test that fails is a
// report and not an error.
func (c *Client) TestConnection(ctx context.Context, id string) (api.TestReport, error) {
	return post[api.TestReport](ctx, c, path("registrations", id, "test"))
}

// ActivateBundle makes a version the one that is used, or asks a second person to.
func (c *Client) ActivateBundle(ctx context.Context, id string, version int, in api.Ask) (api.BundleActivation, error) {
	at := path("registrations", id, "bundles", strconv.Itoa(version), "activate")
	return send[api.BundleActivation](ctx, c, http.MethodPost, at, in)
}

// RetireBundle takes the version that is in use out of use, or asks a second person to.
func (c *Client) RetireBundle(ctx context.Context, id string, version int, in api.Ask) (api.BundleRetirement, error) {
	at := path("registrations", id, "bundles", strconv.Itoa(version), "retire")
	return send[api.BundleRetirement](ctx, c, http.MethodPost, at, in)
}
