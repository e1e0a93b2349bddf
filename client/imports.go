package client

import (
	"context"

	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// RegistrationList is registrations that are in use already, as docs/import.md describes them.
type RegistrationList struct {
	Name    string // of the file
	List    []byte // YAML or JSON, without a secret
	Secrets secret.Text
	Reason  string // for the second person
}

func (l RegistrationList) form() *form {
	f := newForm()
	f.file("list", l.Name, l.List)
	f.text("secrets", l.Secrets.Reveal())
	f.text("reason", l.Reason)
	return f
}

// CheckRegistrationImport has a list judged, line by line, and stores nothing. Without secrets it is not asked
// whether all are there.
func (c *Client) CheckRegistrationImport(
	ctx context.Context, l RegistrationList,
) (api.RegistrationImportCheck, error) {
	return upload[api.RegistrationImportCheck](ctx, c, path("registration-imports", "check"), l.form())
}

// RequestRegistrationImport asks for a list to be brought in: a second person agrees to it, where the policy demands
// one.
func (c *Client) RequestRegistrationImport(ctx context.Context, l RegistrationList) (api.RegistrationImport, error) {
	return upload[api.RegistrationImport](ctx, c, path("registration-imports"), l.form())
}

// ListRegistrationImports returns a page of the imports, newest first.
func (c *Client) ListRegistrationImports(
	ctx context.Context, from Listing,
) (api.Page[api.RegistrationImportRow], error) {
	return get[api.Page[api.RegistrationImportRow]](ctx, c, from.on(path("registration-imports")))
}

// GetRegistrationImport returns one import and how far it is.
func (c *Client) GetRegistrationImport(ctx context.Context, id string) (api.RegistrationImport, error) {
	return get[api.RegistrationImport](ctx, c, path("registration-imports", id))
}

// ImportedFilter selects registrations of an import; an empty field selects all.
type ImportedFilter struct {
	Listing
	State string
}

// ListImportedRegistrations returns a page of an import's registrations, in the order of the list.
func (c *Client) ListImportedRegistrations(
	ctx context.Context, id string, f ImportedFilter,
) (api.Page[api.ImportedRegistration], error) {
	at := f.on(path("registration-imports", id, "registrations"), "state", f.State)
	return get[api.Page[api.ImportedRegistration]](ctx, c, at)
}
