package approval

import (
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// rightsRest is for how long whoever has changed what somebody may do approves nothing that they ask for.
const rightsRest = time.Hour

// Authored is a Handler that knows who has made what a request is about: the version, and what is in it.
type Authored interface {
	// Authors returns the ids of users, in any order.
	Authors(ctx context.Context, r Request) ([]string, error)
}

// separate refuses an approver who is the second person in name alone. Nobody approves what somebody asks for to whom
// they have just given the right to ask for it, and nobody approves what they have made alone, whoever presses the
// button to request it.
//
// In an emergency nobody waits for the first of these rules where the role for it is all that was given; somebody else
// looks at it afterwards.
func (s *Service) separate(ctx context.Context, caller access.Caller, h Handling, r Request, urgent bool) error {
	since := s.cfg.Now().Add(-rightsRest)
	changed, err := s.cfg.People.ChangedRights(ctx, caller.ID, r.RequestedBy, since)
	if changed && err == nil && urgent {
		changed, err = s.madeUp(ctx, caller.ID, r.RequestedBy, since)
	}
	if err != nil {
		return err
	}
	if changed {
		return fault.New(fault.Denied, "approval_rights_changed",
			"Less than an hour ago you changed what the requester may do, so somebody else has to approve this, "+
				"or you later.")
	}
	made, ok := h.Handler.(Authored)
	if !ok {
		return nil
	}
	authors, err := made.Authors(ctx, r)
	if err != nil {
		return err
	}
	others := slices.ContainsFunc(authors, func(id string) bool { return id != caller.ID })
	if len(authors) > 0 && !others {
		return fault.New(fault.Denied, "approval_all_own",
			"You made this version and stored every certificate in it, so somebody else has to approve it.")
	}
	return nil
}

// madeUp reports whether an emergency may be one person's alone: the approver let the requester in or gave them more
// than the role for emergencies, or has that role from the requester.
func (s *Service) madeUp(ctx context.Context, approver, requester string, since time.Time) (bool, error) {
	alone, err := s.cfg.People.GaveAlone(ctx, approver, requester, access.Emergency, since)
	if err != nil || !alone {
		return true, err
	}
	return s.cfg.People.ChangedRights(ctx, requester, approver, since)
}
