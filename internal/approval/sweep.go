package approval

import (
	"context"
	"errors"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Sweep ends what has expired, and finds out what became of requests that a
// crash left half way. It may run in every replica.
func (s *Service) Sweep(ctx context.Context) error {
	pending, err := s.cfg.Store.Approvals(ctx, Filter{Reach: access.Whole(), States: []State{Open, Applying}})
	if err != nil {
		return err
	}
	var failures []error
	for _, r := range pending {
		switch {
		case r.State == Open && s.late(r):
			err = s.end(ctx, r, Expired, access.SystemCaller("approvals"), nobodyDecided())
		case r.State == Applying && s.cfg.Now().Sub(r.DecidedAt) > stuckAfter:
			err = s.recover(ctx, r)
		default:
			continue
		}
		if !errors.Is(err, fault.Conflict) { // another replica was faster
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// recover looks whether a change took effect before the crash. If it did, the
// request is approved; if everything is still as it was described, the request is open
// again and needs another decision; anything else a person has to look at.
func (s *Service) recover(ctx context.Context, r Request) error {
	h, err := s.handler(r.Kind)
	if err != nil {
		return err
	}
	found, err := s.effect(ctx, h, r)
	if err != nil {
		return err
	}
	switch found {
	case Open:
		r = reopened(r)
	case Failed:
		r.Note = note.New("stopped_meanwhile",
			"The program stopped while this was carried out; look whether it took effect, and request it again if not.")
	}
	r.State = found
	return s.cfg.Audit.Finish(ctx, access.SystemCaller("approvals"), access.ApprovalDecide, r.ID,
		note.New("request_found", "%s of %s: found %s after a crash", r.Kind, r.Object, found),
		s.cfg.Store.MoveApproval(ctx, r, Applying))
}

func (s *Service) effect(ctx context.Context, h Handling, r Request) (State, error) {
	if w, ok := h.Handler.(Witness); ok {
		if applied, err := w.Applied(ctx, r); err != nil || applied {
			return Approved, err
		}
	}
	_, fingerprint, err := h.Describe(ctx, r)
	switch {
	case refusal(err):
		return Failed, nil
	case err != nil:
		return "", err
	case fingerprint != r.Fingerprint:
		return Failed, nil
	}
	return Open, nil
}
