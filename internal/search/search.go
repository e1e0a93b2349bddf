// Package search answers one question: what has words that begin with these, of everything the caller may see? It asks
// each list for its first page; who may see what, and by which index it is found, is the list's own business.
package search

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Kind is what was found.
type Kind string

// The kinds, in the order in which they are shown.
const (
	Certificate  Kind = "certificate"
	Registration Kind = "registration"
	Organization Kind = "organization"
	Application  Kind = "application"
	Institution  Kind = "institution"
	CSR          Kind = "csr"
)

// Hit is something that was found.
type Hit struct {
	ID     string
	Name   string
	Detail string // what tells it apart from others of the name; may be empty
}

// Group is what was found of a kind.
type Group struct {
	Kind  Kind
	Hits  []Hit // at most Shown
	Count listing.Count
}

// Shown is how many hits of a kind there are at most; its list has the others.
const Shown = 6

// Asked reads the words of a request, which takes no other parameter.
func Asked(values url.Values) (string, error) {
	for name := range values {
		if name != listing.ParamSearch {
			return "", fault.New(fault.Invalid, "parameter_unknown",
				"This list has no parameter of that name; it takes %s.", listing.ParamSearch)
		}
	}
	q, err := listing.Spec{Name: "search", Search: true}.Parse(values)
	return q.Search, err
}

// Custody knows certificates and CSRs.
type Custody interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[vault.Summary], error)
	CSRPage(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[vault.CSR], error)
}

// Registrations knows registrations, and what they are of.
type Registrations interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[registration.View], error)
	OrganizationPage(ctx context.Context, caller access.Caller, q listing.Query) (
		listing.Page[registration.Organization], error)
	ApplicationPage(ctx context.Context, caller access.Caller, q listing.Query) (
		listing.Page[registration.Application], error)
	Institutions(ctx context.Context, caller access.Caller) ([]catalogue.Institution, error)
}

// Service finds. It is safe for concurrent use.
type Service struct {
	custody       Custody
	registrations Registrations
}

// New returns a Service.
func New(custody Custody, registrations Registrations) *Service {
	return &Service{custody, registrations}
}

// look is where is looked, and what that takes.
type look struct {
	needs access.Action
	find  func(ctx context.Context, caller access.Caller, text string) (Group, error)
}

// Find returns what was found, without the kinds of which nothing was, or which the caller may not see.
func (s *Service) Find(ctx context.Context, caller access.Caller, text string) ([]Group, error) {
	looks := []look{
		{access.CertList, s.certificates},
		{access.RegistrationRead, s.atBanks},
		{access.RegistrationRead, s.organizations},
		{access.RegistrationRead, s.applications},
		{access.InstitutionRead, s.institutions},
		{access.CertList, s.csrs},
	}
	looks = slices.DeleteFunc(looks, func(l look) bool { return !caller.MaySomewhere(l.needs) })
	if !caller.MaySomewhere(access.CertList) && !caller.MaySomewhere(access.RegistrationRead) {
		// The refusal is the list's.
		_, err := s.registrations.Page(ctx, caller, registration.Listed.Query())
		return nil, err
	}
	var groups []Group
	if len(listing.SearchWords(text)) == 0 {
		return groups, nil
	}
	for _, l := range looks {
		group, err := l.find(ctx, caller, text)
		if err != nil {
			return nil, err
		}
		if len(group.Hits) > 0 {
			groups = append(groups, group)
		}
	}
	return groups, nil
}

// asked is the first page of a list with the words.
func asked(spec listing.Spec, text string) listing.Query {
	q := spec.Query()
	q.Limit, q.Search = Shown, text
	return q
}

// groupOf is a page as a group.
func groupOf[T any](kind Kind, page listing.Page[T], hit func(T) Hit) Group {
	return Group{Kind: kind, Hits: listing.Map(page, hit).Items, Count: page.Count}
}

func (s *Service) certificates(ctx context.Context, caller access.Caller, text string) (Group, error) {
	page, err := s.custody.Page(ctx, caller, asked(vault.Certificates, text))
	return groupOf(Certificate, page, func(c vault.Summary) Hit {
		return Hit{c.ID, c.Name, strings.Join([]string{c.Organization, c.SHA256[:min(8, len(c.SHA256))]}, ", ")}
	}), err
}

func (s *Service) csrs(ctx context.Context, caller access.Caller, text string) (Group, error) {
	page, err := s.custody.CSRPage(ctx, caller, asked(vault.CSRsListed, text))
	return groupOf(CSR, page, func(r vault.CSR) Hit {
		return Hit{r.ID, r.Name, r.SPKISHA256[:min(8, len(r.SPKISHA256))]}
	}), err
}

func (s *Service) atBanks(ctx context.Context, caller access.Caller, text string) (Group, error) {
	page, err := s.registrations.Page(ctx, caller, asked(registration.Listed, text))
	return groupOf(Registration, page, func(v registration.View) Hit {
		return Hit{v.Registration.ID, v.Institution.Name, v.Application.Name + ", " + v.Organization.LegalName}
	}), err
}

func (s *Service) organizations(ctx context.Context, caller access.Caller, text string) (Group, error) {
	page, err := s.registrations.OrganizationPage(ctx, caller, asked(registration.Organizations, text))
	return groupOf(Organization, page, func(o registration.Organization) Hit {
		return Hit{o.ID, o.LegalName, o.OrganizationIdentifier}
	}), err
}

func (s *Service) applications(ctx context.Context, caller access.Caller, text string) (Group, error) {
	page, err := s.registrations.ApplicationPage(ctx, caller, asked(registration.Applications, text))
	return groupOf(Application, page, func(a registration.Application) Hit { return Hit{a.ID, a.Name, ""} }), err
}

// institutions looks through the catalogue, which is in memory and does not grow with use.
func (s *Service) institutions(ctx context.Context, caller access.Caller, text string) (Group, error) {
	all, err := s.registrations.Institutions(ctx, caller)
	group := Group{Kind: Institution}
	wanted := listing.SearchWords(text)
	for _, in := range all {
		have := listing.Words(in.ID, in.Name, in.Group.Name, string(in.Environment))
		if !slices.ContainsFunc(wanted, func(w string) bool { return !begins(have, w) }) {
			if group.Count.N++; len(group.Hits) < Shown {
				group.Hits = append(group.Hits, Hit{in.ID, in.Name, string(in.Environment)})
			}
		}
	}
	return group, err
}

func begins(words []string, prefix string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, prefix) })
}
