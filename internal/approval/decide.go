package approval

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// applyWithin bounds how long a change may take to carry out. A request that has
// been Applying for longer than stuckAfter was left behind by a crash.
const (
	applyWithin = 2 * time.Minute
	stuckAfter  = 5 * time.Minute
)

// Approve carries out a request, provided it is still what was requested. Of two
// who decide at once, one does.
func (s *Service) Approve(ctx context.Context, caller access.Caller, id, words string) (Request, error) {
	return s.decide(ctx, caller, id, Approved, func(h Handling, r *Request) error {
		if err := s.mayDecide(ctx, caller, h, *r); err != nil {
			return err
		}
		if err := note.Bounded(words); err != nil {
			return err
		}
		if err := s.stillTrue(ctx, h, r); err != nil {
			return err
		}
		urgent, err := s.emergency(ctx, caller, h, *r)
		if err != nil {
			return err
		}
		if err := s.separate(ctx, caller, h, *r, urgent); err != nil { // of what is still so
			return err
		}
		claimed := s.decided(*r, Applying, caller, note.Words(words))
		claimed.Emergency = urgent
		if err := s.move(ctx, claimed, Open); err != nil {
			return err
		}
		*r = claimed
		return s.apply(ctx, caller, h, r)
	})
}

// Reject ends a request with a reason.
func (s *Service) Reject(ctx context.Context, caller access.Caller, id, reason string) (Request, error) {
	return s.decide(ctx, caller, id, Rejected, func(h Handling, r *Request) error {
		if err := s.mayDecide(ctx, caller, h, *r); err != nil {
			return err
		}
		if strings.TrimSpace(reason) == "" {
			return fault.New(fault.Invalid, "reason_missing", "Say why you reject it; the requester reads it.")
		}
		if err := note.Bounded(reason); err != nil {
			return err
		}
		return s.settle(ctx, r, s.decided(*r, Rejected, caller, note.Words(reason)))
	})
}

// Withdraw ends a request of the caller's own.
func (s *Service) Withdraw(ctx context.Context, caller access.Caller, id, words string) (Request, error) {
	return s.decide(ctx, caller, id, Withdrawn, func(_ Handling, r *Request) error {
		if r.RequestedBy != caller.ID {
			return fault.New(fault.Denied, "not_the_requester",
				"Only the requester can withdraw a request; you can reject it.")
		}
		if err := s.undecided(ctx, *r); err != nil {
			return err
		}
		if err := note.Bounded(words); err != nil {
			return err
		}
		return s.settle(ctx, r, s.decided(*r, Withdrawn, caller, note.Words(words)))
	})
}

// Outdate fails the open request for an object, if there is one, because the
// object was changed by caller: what was requested is no longer there to be approved.
func (s *Requests) Outdate(
	ctx context.Context, caller access.Caller, kind access.Action, object string, why note.Note,
) error {
	pending, err := s.cfg.Store.Approvals(ctx, Filter{
		Reach:  access.Whole(),
		Kind:   kind,
		Object: object,
		States: []State{Open},
	})
	if err != nil || len(pending) == 0 {
		return err
	}
	return s.end(ctx, pending[0], Failed, caller, why)
}

func (s *Service) decide(
	ctx context.Context, caller access.Caller, id string, to State, f func(Handling, *Request) error,
) (Request, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ApprovalDecide, id); err != nil {
		return Request{}, err
	}
	r, err := s.cfg.Store.Approval(ctx, id)
	if err != nil {
		return Request{}, err
	}
	h, err := s.handler(r.Kind)
	if err != nil {
		return Request{}, err
	}
	err = s.act(ctx, caller, access.ApprovalDecide, r, became(r, to), func() error { return f(h, &r) })
	if err != nil {
		return r, err
	}
	return r, s.limit(ctx, caller, &r)
}

// mayDecide is the second person's test: another user than the first, a person and not what holds
// their token, and allowed what the first had to be allowed. No role is exempt.
func (s *Service) mayDecide(ctx context.Context, caller access.Caller, h Handling, r Request) error {
	if !caller.IsPerson() {
		return notAPerson()
	}
	if caller.ID == r.RequestedBy {
		return secondPerson()
	}
	if caller.Way == access.ByToken {
		return audit.SessionNeeded()
	}
	if err := s.cfg.Audit.Permit(ctx, caller, h.Kind, r.Object); err != nil {
		return err
	}
	return s.undecided(ctx, r)
}

func (s *Service) undecided(ctx context.Context, r Request) error {
	if r.State != Open {
		return fault.New(fault.Conflict, "approval_decided", "This change request is no longer open: it is %s.",
			r.State)
	}
	if s.late(r) {
		if err := s.end(ctx, r, Expired, access.SystemCaller("approvals"), nobodyDecided()); err != nil {
			return err
		}
		return fault.New(fault.Conflict, "approval_expired", "This request has expired; request the change again.")
	}
	return nil
}

// stillTrue fails the request unless whoever asked still may, and what they
// requested is exactly what would be done now.
func (s *Service) stillTrue(ctx context.Context, h Handling, r *Request) error {
	requester, err := s.cfg.People.Person(ctx, r.RequestedBy)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	may := false
	if err == nil {
		if may, err = s.cfg.Audit.May(ctx, requester, h.Kind, r.Object); err != nil {
			return err
		}
	}
	if !may {
		return s.fail(ctx, r,
			fault.New(fault.Conflict, "requester_gone",
				"The requester is no longer a user who may do this; request it again."))
	}
	_, fingerprint, err := h.Describe(ctx, *r)
	switch {
	case refusal(err):
		return s.fail(ctx, r, err)
	case err != nil: // it says nothing about the request, which stays open
		return err
	case fingerprint != r.Fingerprint:
		return s.fail(ctx, r,
			fault.New(fault.Conflict, "approval_outdated",
				"What was requested has changed since; nothing was done. Request it again, so that the change "+
					"shown is the "+
					"change made."))
	}
	return nil
}

// apply carries out a request that this call has claimed. Whoever hangs up does
// not stop it half way.
func (s *Requests) apply(ctx context.Context, caller access.Caller, h Handling, r *Request) error {
	ctx = context.WithoutCancel(ctx)
	within, cancel := context.WithTimeout(ctx, applyWithin)
	defer cancel()
	err := h.Apply(within, caller, *r)
	switch {
	case err == nil:
		r.State = Approved
	case transient(err): // something is down: it may be approved again, and is described again then
		*r = reopened(*r)
	default:
		r.State, r.Note, r.Emergency = Failed, note.Of(err), false
	}
	// If this write fails the request stays Applying, and Sweep finds out what became of it.
	if moved := s.cfg.Store.MoveApproval(ctx, *r, Applying); moved != nil {
		r.State = Applying
	}
	return err
}

// fail ends an open request for the reason given, and returns the reason.
func (s *Requests) fail(ctx context.Context, r *Request, why error) error {
	if err := s.settle(ctx, r, s.decided(*r, Failed, access.SystemCaller("approvals"), note.Of(why))); err != nil {
		return err
	}
	return why
}

// end is for requests that nobody decides: it is recorded here.
func (s *Requests) end(ctx context.Context, r Request, state State, by access.Caller, why note.Note) error {
	return s.cfg.Audit.Finish(ctx, by, access.ApprovalDecide, r.ID, became(r, state),
		s.move(ctx, s.decided(r, state, by, why), Open))
}

func (s *Requests) settle(ctx context.Context, r *Request, decided Request) error {
	if err := s.move(ctx, decided, Open); err != nil {
		return err
	}
	*r = decided
	return nil
}

func (s *Requests) decided(r Request, state State, by access.Caller, why note.Note) Request {
	r.State, r.Note = state, why
	r.DecidedBy, r.DecidedByName, r.DecidedAt = by.ID, by.Name, s.cfg.Now()
	return r
}

// reopened takes a decision back.
func reopened(r Request) Request {
	r.Emergency = r.Emergency && !r.Alone() // whoever decides next is a second person
	r.State, r.DecidedBy, r.DecidedByName, r.DecidedAt, r.Note = Open, "", "", time.Time{}, note.Note{}
	return r
}

// move writes a decision, unless somebody else decided first.
func (s *Requests) move(ctx context.Context, r Request, from State) error {
	err := s.cfg.Store.MoveApproval(ctx, r, from)
	if errors.Is(err, fault.Conflict) {
		return fault.New(fault.Conflict, "approval_decided",
			"Somebody else has just decided this request; look at it again.")
	}
	return err
}

// refusal reports that a handler has judged the request, and not merely failed to.
func refusal(err error) bool {
	return errors.Is(err, fault.Invalid) || errors.Is(err, fault.Denied) || errors.Is(err,
		fault.NotFound) || errors.Is(err, fault.Conflict)
}

// transient errors pass by themselves.
func transient(err error) bool {
	return errors.Is(err, fault.Unavailable) || errors.Is(err, context.Canceled) || errors.Is(err,
		context.DeadlineExceeded)
}
