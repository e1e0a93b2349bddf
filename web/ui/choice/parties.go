package choice

import (
	"context"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
)

// Party is an organization or an application.
type Party struct {
	ID   string
	Name string
	Of   string // what tells it apart from another of the same name: its number, or its organization's name
}

// Organizations are our legal entities.
type Organizations interface {
	OrganizationPage(ctx context.Context, caller access.Caller, q listing.Query) (
		listing.Page[registration.Organization], error)
	OrganizationsByID(ctx context.Context, caller access.Caller, ids []string) ([]registration.Organization, error)
}

// Applications are what our programs are registered as at banks.
type Applications interface {
	ApplicationPage(ctx context.Context, caller access.Caller, q listing.Query) (
		listing.Page[registration.Application], error)
	ApplicationsByID(ctx context.Context, caller access.Caller, ids []string) ([]registration.Application, error)
	OrganizationsByID(ctx context.Context, caller access.Caller, ids []string) ([]registration.Organization, error)
}

// Organization reads which organizations a field offers; none to whoever may not see them.
func Organization(c echo.Context, caller access.Caller, all Organizations, ask Ask) (Choice, error) {
	found := begin(c, ask)
	found.OfParties = true
	if !caller.MaySomewhere(access.RegistrationRead) {
		return found, nil
	}
	ctx := c.Request().Context()
	page, err := all.OrganizationPage(ctx, caller, found.query(registration.Organizations))
	if err != nil {
		return found, err
	}
	offered := page.Items
	found.Many = len(offered) > Offered || found.Typed != ""
	if id, is := missing(found, offered, organizationID); is {
		selected, err := all.OrganizationsByID(ctx, caller, []string{id})
		if err != nil {
			return found, err
		}
		offered = append(selected, offered...)
	}
	for _, o := range offered {
		found.offer(Party{o.ID, o.LegalName, o.OrganizationIdentifier})
	}
	return found, nil
}

// Application reads which applications a field offers; none to whoever may not see them.
func Application(c echo.Context, caller access.Caller, all Applications, ask Ask) (Choice, error) {
	found := begin(c, ask)
	found.OfParties = true
	if !caller.MaySomewhere(access.RegistrationRead) {
		return found, nil
	}
	ctx := c.Request().Context()
	page, err := all.ApplicationPage(ctx, caller, found.query(registration.Applications))
	if err != nil {
		return found, err
	}
	offered := page.Items
	found.Many = len(offered) > Offered || found.Typed != ""
	if id, is := missing(found, offered, applicationID); is {
		selected, err := all.ApplicationsByID(ctx, caller, []string{id})
		if err != nil {
			return found, err
		}
		offered = append(selected, offered...)
	}
	var owners []string
	for _, a := range offered {
		owners = append(owners, a.OrganizationID)
	}
	organizations, err := all.OrganizationsByID(ctx, caller, owners)
	if err != nil {
		return found, err
	}
	names := map[string]string{}
	for _, o := range organizations {
		names[o.ID] = o.LegalName
	}
	for _, a := range offered {
		found.offer(Party{a.ID, a.Name, names[a.OrganizationID]})
	}
	return found, nil
}

func organizationID(o registration.Organization) string { return o.ID }

func applicationID(a registration.Application) string { return a.ID }

// query asks for one more than is offered.
func (f *Choice) query(spec listing.Spec) listing.Query {
	q := spec.Query()
	q.Limit, q.Search = Offered+1, f.Typed
	return q
}

// missing is the selected thing, if what was searched for does not have it.
func missing[T any](f Choice, offered []T, id func(T) string) (string, bool) {
	return f.Selected, f.Selected != "" && !slices.ContainsFunc(offered, func(one T) bool {
		return id(one) == f.Selected
	})
}

// offer adds one of those that were found.
func (f *Choice) offer(p Party) {
	if len(f.Parties) < Offered || p.ID == f.Selected {
		f.Parties = append(f.Parties, p)
	}
}
