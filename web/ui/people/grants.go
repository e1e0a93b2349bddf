package people

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// grant is what somebody may besides their roles.
type grant struct {
	access.RoleGrant
	On    string // the part, by its name
	Ended bool
}

// partsOf are the parts of one kind that a role can be granted on.
type partsOf struct {
	Kind  access.ScopeKind
	Parts []part
}

type part struct {
	Value string // of the form's field
	Name  string
}

// fillGrants adds what somebody was granted, and what they could be.
func (h *Handler) fillGrants(c echo.Context, v session.Visit, data *personPage) error {
	var err error
	if data.Parts, err = h.parts(c, v, data); err != nil {
		return err
	}
	names, err := h.organizationNames(c, v, data.Person.Grants)
	if err != nil {
		return err
	}
	for _, of := range data.Parts {
		for _, p := range of.Parts {
			names[p.Value] = p.Name
		}
	}
	for _, g := range data.Person.Grants {
		on, known := names[scopeField(g.Scope)]
		if !known {
			on = g.Scope.Value // of what is no longer there
		}
		data.Grants = append(data.Grants, grant{RoleGrant: g, On: on, Ended: !g.InForce(h.Now())})
	}
	return nil
}

// organizationNames are the names of the organizations that grants are on, by the field of their part.
func (h *Handler) organizationNames(
	c echo.Context, v session.Visit, grants []access.RoleGrant,
) (map[string]string, error) {
	names := map[string]string{}
	var ids []string
	for _, g := range grants {
		if g.Scope.Kind == access.ScopeOrganization {
			ids = append(ids, g.Scope.Value)
		}
	}
	organizations, err := h.Parts.OrganizationsByID(c.Request().Context(), v.Caller, ids)
	for _, o := range organizations {
		names[scopeField(access.Scope{Kind: access.ScopeOrganization, Value: o.ID})] = o.LegalName
	}
	return names, err
}

func (h *Handler) parts(c echo.Context, v session.Visit, data *personPage) ([]partsOf, error) {
	ctx, tr := c.Request().Context(), h.Pages.Translator(c)
	var err error
	data.Organizations, err = choice.Organization(c, v.Caller, h.Parts, choice.Ask{
		Field: "scope",
		Path:  link.Person(data.Person.ID),
	})
	if err != nil {
		return nil, err
	}
	institutions, err := h.Parts.Institutions(ctx, v.Caller)
	if err != nil {
		return nil, err
	}
	of := map[access.ScopeKind][]part{access.ScopeEverywhere: {newPart(tr, access.Everything, "")}}
	for _, env := range []environment.Name{environment.Sandbox, environment.Live} {
		s := access.Scope{Kind: access.ScopeEnvironment, Value: string(env)}
		of[s.Kind] = append(of[s.Kind], newPart(tr, s, tr.Enum("environment", env)))
	}
	for _, o := range data.Organizations.Parties {
		s := access.Scope{Kind: access.ScopeOrganization, Value: o.ID}
		of[s.Kind] = append(of[s.Kind], newPart(tr, s, o.Name))
	}
	for _, in := range institutions {
		s := access.Scope{Kind: access.ScopeBankGroup, Value: in.Group.ID}
		if p := newPart(tr, s, in.Group.Name); !slices.Contains(of[s.Kind], p) {
			of[s.Kind] = append(of[s.Kind], p)
		}
	}
	var all []partsOf
	for _, kind := range access.ScopeKinds() {
		if len(of[kind]) > 0 {
			all = append(all, partsOf{kind, of[kind]})
		}
	}
	return all, nil
}

func newPart(tr *wording.Translator, s access.Scope, name string) part {
	if s == access.Everything {
		name = tr.Enum("scope", s.Kind)
	}
	return part{scopeField(s), name}
}

// scopeField is a scope as the form has it.
func scopeField(s access.Scope) string { return strings.TrimSuffix(string(s.Kind)+":"+s.Value, ":") }

// Grant gives somebody a role on a part, or until a day.
func (h *Handler) Grant(c echo.Context, v session.Visit) error {
	kind, value, _ := strings.Cut(form.Text(c, "scope"), ":")
	g := access.RoleGrant{
		Role:  access.Role(form.Text(c, "role")),
		Scope: access.Scope{Kind: access.ScopeKind(kind), Value: value},
	}
	if last := form.Text(c, "until"); last != "" {
		day, err := form.ParseDay(last)
		if err != nil {
			return h.show(c, v, err)
		}
		g.EndsAt = day.AddDate(0, 0, 1) // the day itself counts
	}
	if err := h.Identity.Grant(c.Request().Context(), v.Caller, c.Param("id"), g); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.granted", link.Person(c.Param("id")))
}

// RevokeGrant takes such a role.
func (h *Handler) RevokeGrant(c echo.Context, v session.Visit) error {
	err := h.Identity.RevokeGrant(c.Request().Context(), v.Caller, c.Param("id"), c.Param("grant"))
	if err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.grant_revoked", link.Person(c.Param("id")))
}
