package approval

import (
	"context"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Urgent is a Handler that knows whether a request puts an end to the use of something compromised.
type Urgent interface {
	Urgent(ctx context.Context, r Request) (bool, error)
}

// emergency reports whether two people with an emergency grant replace what is compromised.
func (s *Service) emergency(ctx context.Context, caller access.Caller, h Handling, r Request) (bool, error) {
	handler, ok := h.Handler.(Urgent)
	if !ok {
		return false, nil
	}
	place, err := s.cfg.Audit.PlaceOf(ctx, r.Object)
	if err != nil {
		return false, err
	}
	requester, err := s.cfg.People.Person(ctx, r.RequestedBy)
	if err != nil || !caller.Holds(access.Emergency, place) || !requester.Holds(access.Emergency, place) {
		return false, err
	}
	return handler.Urgent(ctx, r)
}

// Reviewable reports whether the caller could review what was done in an emergency.
func (s *Service) Reviewable(ctx context.Context, caller access.Caller, r Request) bool {
	may, err := s.cfg.Audit.May(ctx, caller, access.ApprovalReview, r.ID)
	return err == nil && may && reviewable(caller, r) == nil
}

func reviewable(caller access.Caller, r Request) error {
	switch {
	case !r.Emergency || r.State != Approved:
		return fault.New(fault.Conflict, "review_not_needed", "Only what was carried out in an emergency is reviewed.")
	case !r.Review.At.IsZero():
		return fault.New(fault.Conflict, "review_done", "Somebody has reviewed it already.")
	case !caller.IsPerson():
		return notAPerson()
	case caller.ID == r.RequestedBy || caller.ID == r.DecidedBy:
		return fault.New(fault.Denied, "emergency_own",
			"You were one of the two people who did it; somebody else has to review it.")
	}
	return nil
}

// Review records what somebody found who looked at what two others did in an emergency.
func (s *Service) Review(ctx context.Context, caller access.Caller, id, words string) (Request, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ApprovalReview, id); err != nil {
		return Request{}, err
	}
	r, err := s.cfg.Store.Approval(ctx, id)
	if err != nil {
		return Request{}, err
	}
	words = strings.TrimSpace(words)
	v := Review{By: caller.ID, ByName: caller.Name, At: s.cfg.Now(), Words: words}
	err = s.act(ctx, caller, access.ApprovalReview, r, note.Words(words), func() error {
		if err := reviewable(caller, r); err != nil {
			return err
		}
		if words == "" {
			return fault.New(fault.Invalid, "review_empty", "Say what you found; an auditor will ask.")
		}
		if err := note.Bounded(words); err != nil {
			return err
		}
		return s.cfg.Store.ReviewApproval(ctx, id, v)
	})
	if err == nil {
		r.Review = v
	}
	return r, err
}
