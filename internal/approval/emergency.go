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

// urgent reports whether all these people have an emergency grant, and replace what is compromised.
func (s *Requests) urgent(ctx context.Context, h Handling, r Request, people ...access.Caller) (bool, error) {
	handler, ok := h.Handler.(Urgent)
	if !ok {
		return false, nil
	}
	place, err := s.cfg.Audit.PlaceOf(ctx, r.Object)
	if err != nil {
		return false, err
	}
	for _, p := range people {
		if !p.Holds(access.Emergency, place) {
			return false, nil
		}
	}
	return handler.Urgent(ctx, r)
}

// emergency reports whether two people with an emergency grant replace what is compromised.
func (s *Service) emergency(ctx context.Context, caller access.Caller, h Handling, r Request) (bool, error) {
	requester, err := s.cfg.People.Person(ctx, r.RequestedBy)
	if err != nil {
		return false, err
	}
	return s.urgent(ctx, h, r, caller, requester)
}

// ActAlone carries out at once, by one person who is on call and has just shown that it is them, what would take two.
// What may be done so, the package that owns the change says. It is kept as a request that the same person has decided,
// which somebody else reviews.
func (s *Requests) ActAlone(ctx context.Context, caller access.Caller, p NewRequest) (Request, error) {
	h := p.Handling
	if err := s.mayAlone(ctx, caller, p); err != nil {
		return Request{}, err
	}
	policy, err := s.cfg.Policy.FourEyes(ctx)
	if err != nil {
		return Request{}, err
	}
	r := s.made(caller, p, policy)
	r.Emergency = true
	r = s.decided(r, Applying, caller, note.Note{})
	at, err := s.cfg.Audit.At(ctx, caller, p.Object)
	if err != nil {
		return Request{}, err
	}
	detail := note.New("request_alone", "%s of %s: by one person who is on call", r.Kind, r.Object)
	err = s.act(ctx, at, access.ApprovalRequest, r, detail, func() error {
		if err := s.overtake(ctx, caller, h, r); err != nil {
			return err
		}
		if err := s.open(ctx, caller, h, &r); err != nil {
			return err
		}
		return s.apply(ctx, caller, h, &r)
	})
	return r, err
}

// overtake ends somebody else's open request for what is about to be done alone: at night nobody may be there to
// approve, reject or withdraw it. What cannot be done ends nothing.
func (s *Requests) overtake(ctx context.Context, caller access.Caller, h Handling, r Request) error {
	if _, _, err := h.Describe(ctx, r); err != nil {
		return err
	}
	return s.Outdate(ctx, caller, r.Kind, r.Object, note.New("overtaken_alone",
		"Somebody on call did it without a second person; request it again if it is still needed."))
}

// mayAlone refuses whoever is not on call, has not just shown who they are, or does not say why.
func (s *Requests) mayAlone(ctx context.Context, caller access.Caller, p NewRequest) error {
	kind, object := p.Handling.Kind, p.Object
	if err := s.cfg.Audit.Permit(ctx, caller, kind, object); err != nil {
		return err
	}
	if err := s.cfg.Audit.AtConsole(ctx, caller, kind, object); err != nil {
		return err
	}
	if err := s.cfg.Audit.Confirmed(ctx, caller, kind, object); err != nil {
		return err
	}
	place, err := s.cfg.Audit.PlaceOf(ctx, object)
	if err != nil {
		return err
	}
	if !caller.IsPerson() || !caller.Holds(access.Emergency, place) {
		return s.cfg.Audit.Refuse(ctx, caller, kind, object, fault.New(fault.Denied, "alone_not_on_call",
			"Only somebody with the role Emergency goes back without a second person; request the rollback instead."))
	}
	if strings.TrimSpace(p.Reason) == "" {
		return fault.New(fault.Invalid, "alone_reason_missing",
			"Say why it cannot wait for a second person; whoever reviews it reads that.")
	}
	return note.Bounded(p.Reason)
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
		return fault.New(fault.Denied, "emergency_own", "You took part in it; somebody else has to review it.")
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
	if err != nil {
		return r, err
	}
	r.Review = v
	return r, s.limit(ctx, caller, &r)
}
