package registration

import (
	"context"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Belonging is what the records say about where one thing belongs.
type Belonging struct {
	Organization string // id; empty: it belongs to none
	Institution  string // id; empty: it belongs to none
	Of           string // id of the thing it is part of, which says the rest; empty: it is part of nothing
}

// Belongings reads it.
type Belongings interface {
	// Belonging returns the zero Belonging where there is no such thing.
	Belonging(ctx context.Context, id string) (Belonging, error)
	OrganizationsByID(ctx context.Context, ids []string) ([]Organization, error)
}

// Banks are those that are known.
type Banks interface {
	Institution(id string) (catalogue.Institution, bool)
	All() []catalogue.Institution
}

// Whereabouts know to which organization, environment and bank group things belong, by their ids, and which of those
// there are: what a right on a part is decided by. They implement audit.Places and identity.Scopes, and are safe for
// concurrent use.
type Whereabouts struct {
	store        Belongings
	institutions Banks
}

// NewWhereabouts returns Whereabouts.
func NewWhereabouts(store Belongings, institutions Banks) *Whereabouts {
	return &Whereabouts{store, institutions}
}

// deepest is how many things a thing is part of at most: a case of a request about a payment of a registration.
const deepest = 4

// PlaceOf returns where the thing of that id belongs; the zero Place where there is no such thing, or it belongs
// nowhere. An organizationIdentifier stands for what is the organization's, and an institution for what is the bank's.
func (p *Whereabouts) PlaceOf(ctx context.Context, id string) (access.Place, error) {
	for range deepest {
		id, _, _ = strings.Cut(id, "/") // a case about a step names it after its checklist
		if e, ok := ParseEnrolmentID(id); ok {
			return access.Place{
				Organization: e.OrganizationID,
				Environment:  string(e.Environment),
				BankGroup:    e.GroupID,
			}, nil
		}
		if _, ok := p.institutions.Institution(id); ok {
			return p.at("", id), nil
		}
		found, err := p.store.Belonging(ctx, id)
		if err != nil || found.Of == "" {
			return p.at(found.Organization, found.Institution), err
		}
		id = found.Of
	}
	return access.Place{}, nil
}

// Reach returns what lies in any of the scopes: what belongs to organizations, and what lies at the institutions of
// environments and bank groups.
func (p *Whereabouts) Reach(scopes []access.Scope) access.Reach {
	var reach access.Reach
	for _, s := range scopes {
		if s.Kind == access.ScopeOrganization {
			reach.Organizations = append(reach.Organizations, s.Value)
		}
	}
	for _, in := range p.institutions.All() {
		at := access.Place{Environment: string(in.Environment), BankGroup: in.Group.ID}
		if slices.ContainsFunc(scopes, func(s access.Scope) bool { return s.Holds(at) }) {
			reach.Institutions = append(reach.Institutions, in.ID)
			if bank := at.BankGroup + "." + at.Environment; !slices.Contains(reach.Banks, bank) {
				reach.Banks = append(reach.Banks, bank)
			}
		}
	}
	return reach
}

// NameOf implements identity.Scopes.
func (p *Whereabouts) NameOf(ctx context.Context, s access.Scope) (string, error) {
	switch {
	case s == access.Everything:
		return "", nil
	case s == access.Scope{Kind: access.ScopeEnvironment, Value: string(environment.Sandbox)},
		s == access.Scope{Kind: access.ScopeEnvironment, Value: string(environment.Live)}:
		return s.Value, nil
	case s.Kind == access.ScopeBankGroup:
		for _, in := range p.institutions.All() {
			if in.Group.ID == s.Value {
				return in.Group.Name, nil
			}
		}
	case s.Kind == access.ScopeOrganization:
		found, err := p.store.OrganizationsByID(ctx, []string{s.Value})
		if err != nil {
			return "", err
		}
		if len(found) == 1 {
			return found[0].LegalName, nil
		}
	}
	return "", fault.NotFound
}

// at is a place at a bank. One that is no longer in the catalogue may have been any.
func (p *Whereabouts) at(organizationID, institutionID string) access.Place {
	place := access.Place{Organization: organizationID}
	if in, ok := p.institutions.Institution(institutionID); ok {
		place.Environment, place.BankGroup = string(in.Environment), in.Group.ID
	}
	return place
}
