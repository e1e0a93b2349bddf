package client

import (
	"context"
	"net/http"
	"strconv"

	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// RegistrationFilter selects registrations by ids; an empty field selects all.
type RegistrationFilter struct {
	Listing
	Institution  string
	Application  string
	Organization string
	Certificate  string // in the active version or in the draft
	Environment  string // sandbox or live
	Task         string // kind of something to do, as in [api.Task]
	Archived     bool   // those that are archived; else, those that are not
}

// ListRegistrations returns a page of the registrations, with what still blocks them, the oldest first unless
// sorted otherwise.
func (c *Client) ListRegistrations(ctx context.Context, f RegistrationFilter) (api.Page[api.RegistrationRow], error) {
	return get[api.Page[api.RegistrationRow]](ctx, c, f.on(path("registrations"), "institution", f.Institution,
		"application", f.Application, "organization", f.Organization, "certificate", f.Certificate,
		"environment", f.Environment, "task", f.Task, "archived", given(f.Archived)))
}

// Register starts the registration of an application at an institution.
func (c *Client) Register(ctx context.Context, in api.NewRegistration) (api.Registration, error) {
	return send[api.Registration](ctx, c, http.MethodPost, path("registrations"), in)
}

// GetRegistration returns one registration with its steps, bundles and blockers.
func (c *Client) GetRegistration(ctx context.Context, id string) (api.Registration, error) {
	return get[api.Registration](ctx, c, path("registrations", id))
}

// ArchiveRegistration archives a registration of which no version is in use, or takes it out of the archive.
func (c *Client) ArchiveRegistration(ctx context.Context, id string, in api.Archiving) (api.Registration, error) {
	return send[api.Registration](ctx, c, http.MethodPut, path("registrations", id, "archived"), in)
}

// SetStep records a step's state. [Client.EditStep] does the same and returns the checklist.
func (c *Client) SetStep(ctx context.Context, id, step string, in api.StepEdit) (api.Registration, error) {
	return send[api.Registration](ctx, c, http.MethodPut, path("registrations", id, "steps", step), in)
}

// SaveBundle saves certificates and client credentials as the draft. Nothing changes at the bank.
func (c *Client) SaveBundle(ctx context.Context, id string, in api.NewBundle) (api.Registration, error) {
	return send[api.Registration](ctx, c, http.MethodPut, path("registrations", id, "bundle"), bundleWithSecret{
		ClientSecret: in.ClientSecret.Reveal(),
		Credentials:  revealed(in.Credentials),
		NewBundle:    in,
	})
}

func revealed(all map[string]secret.Text) map[string]string {
	texts := make(map[string]string, len(all))
	for id, value := range all {
		texts[id] = value.Reveal()
	}
	return texts
}

// bundleWithSecret is a bundle to be sent: its secrets shadow those that would be encoded as [redacted].
type bundleWithSecret struct {
	ClientSecret string            `json:"client_secret,omitempty"`
	Credentials  map[string]string `json:"credentials,omitempty"`
	api.NewBundle
}

// TestConnection tests the draft at the bank, or the active version if there is no draft. A failed test is a
// report, not an error.
func (c *Client) TestConnection(ctx context.Context, id string) (api.TestReport, error) {
	return post[api.TestReport](ctx, c, path("registrations", id, "test"))
}

// ActivateBundle activates a version, or requests it where two people are needed.
func (c *Client) ActivateBundle(
	ctx context.Context, id string, version int, in api.ChangeRequest,
) (api.BundleActivation, error) {
	at := path("registrations", id, "bundles", strconv.Itoa(version), "activate")
	return send[api.BundleActivation](ctx, c, http.MethodPost, at, in)
}

// RetireBundle takes the active version out of use, or requests it where two people are needed.
func (c *Client) RetireBundle(
	ctx context.Context, id string, version int, in api.ChangeRequest,
) (api.BundleRetirement, error) {
	at := path("registrations", id, "bundles", strconv.Itoa(version), "retire")
	return send[api.BundleRetirement](ctx, c, http.MethodPost, at, in)
}
