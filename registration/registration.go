// Package registration knows the banks, and how far our applications are
// registered with them: organization, application, registration, the steps people do in
// the bank's portal, versioned bundles, and what still blocks their use.
package registration

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Registration is an application at an institution.
type Registration struct {
	ID            string
	ApplicationID string
	InstitutionID string
	CreatedAt     time.Time
	ArchivedAt    time.Time // zero: it is not
}

// Register starts the registration of an application at an institution.
func (s *Service) Register(
	ctx context.Context, caller access.Caller, applicationID, institutionID string,
) (Registration, error) {
	r := Registration{ApplicationID: applicationID, InstitutionID: institutionID}
	r.ID, r.CreatedAt = s.stamp()
	detail := note.New("registration_at", "registration at %s", institutionID)
	at, err := s.atBank(ctx, caller, applicationID, institutionID)
	if err != nil {
		return r, err
	}
	return r, s.write(ctx, at, r.ID, detail, func() error {
		if _, err := s.institution(institutionID); err != nil {
			return err
		}
		if err := s.notArchived(ctx, applicationID); err != nil {
			return err
		}
		if _, err := s.application(ctx, applicationID); err != nil {
			return err
		}
		return s.cfg.Registrations.AddRegistration(ctx, r)
	})
}

// atBank is the caller doing something for an application at an institution. What is unknown of them is in no scope.
func (s *Service) atBank(
	ctx context.Context, caller access.Caller, applicationID, institutionID string,
) (access.Caller, error) {
	if len(caller.Parts) == 0 {
		return caller, nil
	}
	a, err := s.cfg.Lookup.ApplicationByID(ctx, applicationID)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return caller, err
	}
	place := access.Place{Organization: a.OrganizationID}
	if in, ok := s.cfg.Catalogue.Institution(institutionID); ok {
		place.Environment, place.BankGroup = string(in.Environment), in.Group.ID
	}
	return caller.At(place), nil
}

func (s *Service) registration(ctx context.Context, id string) (Registration, error) {
	r, err := s.cfg.Lookup.RegistrationByID(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return Registration{}, audit.RegistrationUnknown()
	}
	return r, err
}
