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
	// OldUses returns services that use a former version of one of the registrations, ordered by registration.
	OldUses(ctx context.Context, caller access.Caller, views []View) ([]OldUse, error)
}

// servicesNamed is how many services a task names.
const servicesNamed = 3

// oldUses are registrations of which an old certificate is still in use: each one task, whichever services it is.
func (s *Service) oldUses(ctx context.Context, caller access.Caller, t *taskList, views []View) error {
	if s.cfg.Services == nil || !caller.May(access.ServiceRead) {
		return nil
	}
	old, err := s.cfg.Services.OldUses(ctx, caller, views)
	if err != nil {
		return err
	}
	institutions := map[string]string{}
	for _, v := range views {
		institutions[v.Registration.ID] = v.Institution.Name
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
		})
	}
	return nil
}
