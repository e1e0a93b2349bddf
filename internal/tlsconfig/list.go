package tlsconfig

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/registration"
)

// Listed is a registration that an account is bound to.
type Listed struct {
	View     registration.View
	NotAfter time.Time // zero: no version is active
}

// List returns the registrations that an account is bound to, by application, then institution.
func (s *Service) List(ctx context.Context, caller access.Caller) ([]Listed, error) {
	if caller.Grant == nil {
		return nil, s.admit(ctx, caller, access.TLSRead, "")
	}
	bound, err := s.bound(ctx, caller)
	if err != nil {
		return nil, err
	}
	all := make([]Listed, 0, len(bound))
	for _, r := range bound {
		l := Listed{}
		if l.View, err = s.cfg.Registrations.InUse(ctx, r.ID); err != nil {
			return nil, err
		}
		if active := l.View.Active(); active != nil {
			l.NotAfter = s.notAfter(ctx, *active)
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b Listed) int {
		return strings.Compare(a.View.Application.Name+"\n"+a.View.Institution.ID+"\n"+a.View.Registration.ID,
			b.View.Application.Name+"\n"+b.View.Institution.ID+"\n"+b.View.Registration.ID)
	})
	return all, nil
}

// notAfter is when the first certificate of a version ends; one that cannot be read is a blocker already.
func (s *Service) notAfter(ctx context.Context, b registration.Bundle) time.Time {
	var first time.Time
	for _, id := range []string{b.QWACID, b.QSealCID} {
		r, err := s.cfg.Vault.Get(ctx, reader, id)
		if err == nil && (first.IsZero() || r.Leaf.NotAfter.Before(first)) {
			first = r.Leaf.NotAfter
		}
	}
	return first
}

// bound are the registrations that the account is bound to and that are not archived.
func (s *Service) bound(ctx context.Context, caller access.Caller) ([]registration.Registration, error) {
	all, err := s.cfg.Selected.RegistrationsByID(ctx, caller.Grant.Registrations)
	return slices.DeleteFunc(all, func(r registration.Registration) bool { return !r.ArchivedAt.IsZero() }), err
}

// LookUp finds the registration of an application at an institution, each by its id or name.
func (s *Service) LookUp(
	ctx context.Context, caller access.Caller, application, institution string,
) (registrationID string, err error) {
	if caller.Grant == nil {
		return "", s.admit(ctx, caller, access.TLSRead, "")
	}
	bound, err := s.bound(ctx, caller)
	if err != nil {
		return "", err
	}
	var found []string
	for _, r := range bound {
		v, err := s.cfg.Registrations.InUse(ctx, r.ID)
		if err != nil {
			return "", err
		}
		if (application == v.Application.ID || application == v.Application.Name) &&
			(institution == v.Institution.ID || institution == v.Institution.Name) {
			found = append(found, r.ID)
		}
	}
	switch len(found) {
	case 0:
		return "", audit.RegistrationUnknown()
	case 1:
		return found[0], nil
	}
	return "", fault.New(fault.Conflict, "lookup_ambiguous",
		"Several registrations have these names; name the application and the institution by their ids.")
}
