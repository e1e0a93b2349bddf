// Package choice answers one question: how is one of many things chosen in a form? Where there are few, a
// select has them all; where there are more, it has the first, and a search beside it finds the others.
package choice

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Offered is how many things a select has at most.
const Offered = 20

// Certificates are those in custody.
type Certificates interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[vault.Summary], error)
	Named(ctx context.Context, caller access.Caller, ids []string) (map[string]vault.Summary, error)
}

// Ask says what may be chosen.
type Ask struct {
	Field        string     // of the form
	Kind         certs.Kind // "": any
	Organization string     // organizationIdentifier whose certificates come first to mind; the others are searched for
	Selected     string     // id; "": none
	Except       string     // id of one that may not
	Path         string     // of the page with the form; "": that of the request
}

// Choice is a field of a form.
type Choice struct {
	Field     string
	Selected  string
	Options   []vault.Summary // certificates, newest first; the selected one is among them
	OfParties bool
	Parties   []Party // organizations or applications, by name; the selected one is among them
	Search    string  // name of the parameter that is searched with
	Typed     string  // what was searched for
	Many      bool    // there are more than the field offers
	Path      string  // where the search goes
	Kept      map[string]string
}

// begin reads what was searched for: it is in the address, as the field's name with _q.
func begin(c echo.Context, ask Ask) Choice {
	found := Choice{
		Field:    ask.Field,
		Selected: ask.Selected,
		Search:   ask.Field + "_q",
		Path:     cmp.Or(ask.Path, c.Request().URL.Path),
		Kept:     map[string]string{},
	}
	found.Typed = c.QueryParam(found.Search)
	for name, values := range c.QueryParams() {
		if name != found.Search && len(values) > 0 {
			found.Kept[name] = values[0]
		}
	}
	return found
}

// Asked are the parameters of a request but those that its page's choices are searched with.
func Asked(c echo.Context, fields ...string) url.Values {
	values := maps.Clone(c.QueryParams())
	for _, field := range fields {
		values.Del(field + "_q")
	}
	return values
}

// Of reads which certificates a field offers. The reader may see certificates; for others the field is empty.
func Of(c echo.Context, caller access.Caller, all Certificates, ask Ask) (Choice, error) {
	found := begin(c, ask)
	if !caller.MaySomewhere(access.CertList) {
		return found, nil
	}
	ctx := c.Request().Context()
	q := vault.Certificates.Query().With(vault.FilterState, string(vault.Stored)).
		With(vault.FilterKind, string(ask.Kind))
	q.Limit, q.Uncounted = Offered+1, true // one may be left out
	q.Search = found.Typed
	page, many, err := first(ctx, caller, all, q, ask.Organization)
	if err != nil {
		return found, err
	}
	found.Many = many || found.Typed != ""
	for _, s := range page.Items {
		if s.ID != ask.Except && len(found.Options) < Offered {
			found.Options = append(found.Options, s)
		}
	}
	return found, found.include(ctx, caller, all)
}

// first are the certificates that come first to mind: if there are more than a field offers, those of the organization.
func first(
	ctx context.Context, caller access.Caller, all Certificates, q listing.Query, organization string,
) (page listing.Page[vault.Summary], many bool, err error) {
	var own listing.Page[vault.Summary]
	if organization != "" && q.Search == "" {
		own, err = all.Page(ctx, caller, q.With(vault.FilterOrganization, organization))
		if err != nil || len(own.Items) > Offered {
			return own, true, err
		}
	}
	page, err = all.Page(ctx, caller, q)
	if many = len(page.Items) > Offered; many && len(own.Items) > 0 {
		page = own
	}
	return page, many, err
}

// include has the selected certificate among the options, whatever was searched for.
func (f *Choice) include(ctx context.Context, caller access.Caller, all Certificates) error {
	if f.Selected == "" || slices.ContainsFunc(f.Options, func(s vault.Summary) bool { return s.ID == f.Selected }) {
		return nil
	}
	named, err := all.Named(ctx, caller, []string{f.Selected})
	if s, there := named[f.Selected]; there && s.State == vault.Stored {
		f.Options = append([]vault.Summary{s}, f.Options...)
	}
	return err
}

// SelectOnly selects the one certificate of an organization, where nothing is selected and there is one alone.
func (f *Choice) SelectOnly(organization string) {
	if f.Selected != "" || f.Many {
		return
	}
	for _, s := range f.Options {
		if s.OrganizationIdentifier != organization {
			continue
		}
		if f.Selected != "" {
			f.Selected = ""
			return
		}
		f.Selected = s.ID
	}
}

// None reports whether there is nothing to choose, whatever one searches for.
func (f Choice) None() bool { return len(f.Options) == 0 && len(f.Parties) == 0 && !f.Many }
