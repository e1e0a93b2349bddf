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

// ChangedRights implements approval.People by what the audit log says. Whoever accepted an invitation since then got
// their rights then, however long before they were invited.
func (s *Service) ChangedRights(ctx context.Context, by, userID string, since time.Time) (bool, error) {
	u, err := s.store.UserByID(ctx, userID)
	if errors.Is(err, fault.NotFound) {
		return false, nil // who is gone asks for nothing: that is found elsewhere
	}
	if err != nil {
		return false, err
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
			return false, err
		}
		if slices.ContainsFunc(entries, func(e audit.Entry) bool { return slices.Contains(givesRights, e.Code) }) {
			return true, nil
		}
	}
	return false, nil
}
