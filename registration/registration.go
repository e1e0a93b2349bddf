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

// Archive keeps since when organizations, applications and registrations are archived.
type Archive interface {
	// ArchivedAt returns since when the thing of an id is archived; zero where it is not, or there is no such thing.
	// An enrolment is archived with its organization.
	ArchivedAt(ctx context.Context, id string) (time.Time, error)
	// SetArchived archives a thing, or takes it out again at the zero time; what is archived already stays so since
	// then. NotFound where there is none of the kind. Conflict where something hangs on it that is in use or not
	// archived, or where it belongs to something that is.
	SetArchived(ctx context.Context, kind NamedKind, id string, at time.Time) error
}

// SetArchived puts an organization, an application or a registration aside: lists leave it out, nothing is to be done
// about it, and it cannot be changed until it is taken out of the archive again.
func (s *Service) SetArchived(
	ctx context.Context, caller access.Caller, kind NamedKind, id string, archived bool,
) error {
	if kind == NamedOrganization { // as for a change of it
		caller.Parts = nil
	}
	at, detail := time.Time{}, note.New("unarchived", "taken out of the archive")
	if archived {
		at, detail = s.cfg.Now(), note.New("put_aside", "archived")
	}
	return s.cfg.Audit.Do(ctx, caller, access.RegistrationWrite, id, func() (note.Note, error) {
		waiting, err := s.cfg.Approvals.Waiting(ctx, id)
		if err != nil {
			return detail, err
		}
		if archived && len(waiting) > 0 {
			return detail, fault.New(fault.Conflict, "archive_change_waits",
				"A change of it waits for a second person: have that approved, rejected or withdrawn first.")
		}
		return detail, s.cfg.Archive.SetArchived(ctx, kind, id, at)
	})
}

// notArchived refuses changes of what is archived.
func (s *Service) notArchived(ctx context.Context, id string) error {
	at, err := s.cfg.Archive.ArchivedAt(ctx, id)
	if err == nil && !at.IsZero() {
		err = ErrArchived()
	}
	return err
}

// ErrArchived refuses a change of what is archived, or of something below it.
func ErrArchived() error {
	return fault.New(fault.Conflict, "archived", "This is archived; take it out of the archive before you change it.")
}
