package people

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// row is somebody in the list.
type row struct {
	identity.Listed
	Held int // grants that are in force
}

type listPage struct {
	page.Page
	List    lists.List
	People  []row
	Invited []identity.Invitation
	Alerts  []identity.LinkUse
	Roles   []access.Role
	Asked   invitation
	Table   []permission
}

// permission is which roles allow an action, and whether on a part too.
type permission struct {
	Action access.Action
	Roles  []bool // in the order of listPage.Columns
	OnPart bool
}

// Columns are the roles in the table: without the one that allows nothing by itself.
func (p listPage) Columns() []access.Role {
	return slices.DeleteFunc(slices.Clone(p.Roles), func(r access.Role) bool { return r == access.Limited })
}

// table is what the program decides by.
func table(roles []access.Role) []permission {
	var all []permission
	for _, a := range access.Actions() {
		p := permission{Action: a, OnPart: a.OnPart()}
		for _, r := range roles {
			p.Roles = append(p.Roles, r.May(a))
		}
		all = append(all, p)
	}
	return all
}

// invitation is what was typed to invite somebody.
type invitation struct {
	Name  string
	Roles []access.Role
}

// Has reports whether a role was chosen.
func (a invitation) Has(role access.Role) bool { return slices.Contains(a.Roles, role) }

// List shows who there is.
func (h *Handler) List(c echo.Context, v session.Visit) error { return h.list(c, v, invitation{}, nil) }

func (h *Handler) list(c echo.Context, v session.Visit, a invitation, refused error) error {
	ctx := c.Request().Context()
	status, why := h.Pages.Refusal(c, refused)
	data := listPage{Page: h.Pages.Page(c, "people", "people.title"), Roles: access.PersonalRoles(), Asked: a}
	q, err := identity.PeopleListed.Parse(c.QueryParams())
	if err != nil {
		return err
	}
	found, err := h.Identity.People(ctx, v.Caller, q)
	if err != nil {
		return err
	}
	data.List, data.People = lists.At(c, link.People, q, found), h.rows(found.Items)
	data.List.Sort(q.Sort, identity.PeopleListed.Sorts...)
	err = data.List.FilterIfAny(identity.FilterDisabled, "true", func(name, value string) (listing.Count, error) {
		disabled, err := h.Identity.People(ctx, v.Caller, q.With(name, value))
		return disabled.Count, err
	})
	if err != nil {
		return err
	}
	if data.Invited, err = h.Identity.Invited(ctx, v.Caller); err != nil {
		return err
	}
	if data.Alerts, err = h.Identity.LinkAlerts(ctx, v.Caller); err != nil {
		return err
	}
	data.Path, data.Problem, data.Table = link.People, why, table(data.Columns())
	return h.Pages.Render(c, status, "people/list", data)
}

// rows are people with how many grants of theirs are in force.
func (h *Handler) rows(people []identity.Listed) []row {
	rows := make([]row, len(people))
	for i, p := range people {
		rows[i].Listed = p
		for _, g := range p.Grants {
			if g.InForce(h.Now()) {
				rows[i].Held++
			}
		}
	}
	return rows
}

// SeeAlert notes that the use of a link was looked at.
func (h *Handler) SeeAlert(c echo.Context, v session.Visit) error {
	if err := h.Identity.SeeLinkAlert(c.Request().Context(), v.Caller, c.Param("id")); err != nil {
		return h.list(c, v, invitation{}, err)
	}
	return h.Pages.Done(c, "notice.alert_seen", link.People)
}

// chosenRoles are those that were ticked.
func chosenRoles(c echo.Context) ([]access.Role, error) {
	values, err := form.Values(c)
	if err != nil {
		return nil, err
	}
	var roles []access.Role
	for _, r := range values["role"] {
		roles = append(roles, access.Role(r))
	}
	return roles, nil
}
