package registration

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// OldUse is a service that uses a version of a bundle that another has taken the place of.
type OldUse struct {
	RegistrationID string
	Service        string // its name
	Version        int
	UsedAt         time.Time // zero: it has not said
}

// Services knows which services use which version.
type Services interface {
	// OldVersionsUsed returns ids of registrations of which a former version is used, in order, not more than it
	// takes to see that there are many.
	OldVersionsUsed(ctx context.Context) ([]string, error)
	// OldUses returns services that use a former version of one of the registrations, ordered by registration.
	OldUses(ctx context.Context, caller access.Caller, views []View) ([]OldUse, error)
}

// servicesNamed is how many services a task names.
const servicesNamed = 3

// oldVersions are ids of registrations of which a former version is used, as far as the caller may know.
func (s *Service) oldVersions(ctx context.Context, caller access.Caller) ([]string, error) {
	if s.cfg.Services == nil || !caller.May(access.ServiceRead) {
		return nil, nil
	}
	return s.cfg.Services.OldVersionsUsed(ctx)
}

// oldUses are registrations of which an old certificate is still in use: each one task, whichever services it is.
func (s *Service) oldUses(
	ctx context.Context, caller access.Caller, t *taskList, views map[string]View, ids []string,
) error {
	if len(ids) == 0 {
		return nil
	}
	var used []View
	institutions := map[string]string{}
	for _, id := range ids {
		if v, there := views[id]; there {
			used, institutions[id] = append(used, v), v.Institution.Name
		}
	}
	old, err := s.cfg.Services.OldUses(ctx, caller, used)
	if err != nil {
		return err
	}
	for len(old) > 0 {
		id, at, n := old[0].RegistrationID, time.Time{}, 0
		var names []string
		for ; n < len(old) && old[n].RegistrationID == id; n++ {
			if names = append(names, old[n].Service); old[n].UsedAt.After(at) {
				at = old[n].UsedAt
			}
		}
		old = old[n:]
		if n > servicesNamed {
			names = append(names[:servicesNamed], "...")
		}
		t.add(Task{
			Kind:    OldVersionUsed,
			Object:  id,
			At:      at,
			Urgency: Soon,
			Args:    []string{institutions[id], strings.Join(names, ", ")},
			Title: fmt.Sprintf("%s: an old certificate is still in use, by %s.", institutions[id],
				strings.Join(names, ", ")),
			Registration: id,
		})
	}
	return nil
}
