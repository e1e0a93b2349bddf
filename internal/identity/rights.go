package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
)

// givesRights are the notes of acts that give somebody rights or change them.
var givesRights = []string{
	"user_created", "roles_changed", "person_invited", "person_invited_again", "person_enabled",
	"role_granted",
}

// GaveAlone implements approval.People: all that one user has given another since then is a role.
func (s *Service) GaveAlone(ctx context.Context, by, userID string, role access.Role, since time.Time) (bool, error) {
	entries, err := s.given(ctx, by, userID, since)
	other := slices.ContainsFunc(entries, func(e audit.Entry) bool {
		return e.Code != "role_granted" || len(e.Args) == 0 || e.Args[0] != string(role)
	})
	return !other, err
}

// ChangedRights implements approval.People by what the audit log says. Whoever accepted an invitation since then got
// their rights then, however long before they were invited.
func (s *Service) ChangedRights(ctx context.Context, by, userID string, since time.Time) (bool, error) {
	entries, err := s.given(ctx, by, userID, since)
	return len(entries) > 0, err
}

// given is what the audit log says that one user has given another since then.
func (s *Service) given(ctx context.Context, by, userID string, since time.Time) (given []audit.Entry, err error) {
	u, err := s.store.UserByID(ctx, userID)
	if errors.Is(err, fault.NotFound) {
		return nil, nil // who is gone asks for nothing: that is found elsewhere
	}
	if err != nil {
		return nil, err
	}
	invited := since
	if u.CreatedAt.After(since) {
		invited = since.Add(-InvitationLifetime)
	}
	for _, about := range []struct {
		object string
		since  time.Time
	}{{u.ID, since}, {u.Name, invited}} {
		entries, err := s.log.DoneTo(ctx, by, access.UserManage, about.object, about.since)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if slices.Contains(givesRights, e.Code) {
				given = append(given, e)
			}
		}
	}
	return given, nil
}
