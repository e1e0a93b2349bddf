package approval

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// listed is how many requests a list shows at most.
const listed = 500

// Get returns one request.
func (s *Requests) Get(ctx context.Context, caller access.Caller, id string) (Request, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ApprovalRead, id); err != nil {
		return Request{}, err
	}
	r, err := s.cfg.Store.Approval(ctx, id)
	return s.asOfNow(r), err
}

// List returns the requests a filter chooses, newest first.
func (s *Requests) List(ctx context.Context, caller access.Caller, f Filter) ([]Request, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ApprovalRead, f.Object); err != nil {
		return nil, err
	}
	if f.Limit <= 0 || f.Limit > listed {
		f.Limit = listed
	}
	all, err := s.cfg.Store.Approvals(ctx, f)
	for i := range all {
		all[i] = s.asOfNow(all[i])
	}
	if len(f.States) > 0 {
		all = slices.DeleteFunc(all, func(r Request) bool { return !slices.Contains(f.States, r.State) })
	}
	return all, err
}

// Inbox returns the open requests that wait for this caller: those of others,
// which the caller may decide.
func (s *Service) Inbox(ctx context.Context, caller access.Caller) ([]Request, error) {
	open, err := s.List(ctx, caller, Filter{States: []State{Open}})
	return slices.DeleteFunc(open, func(r Request) bool { return !s.MayDecide(ctx, caller, r) }), err
}

// MayDecide reports whether the caller could approve or reject the request now.
func (s *Service) MayDecide(ctx context.Context, caller access.Caller, r Request) bool {
	if r.State != Open || s.late(r) || !caller.IsPerson() || caller.ID == r.RequestedBy {
		return false
	}
	decides, err := s.cfg.Audit.May(ctx, caller, access.ApprovalDecide, r.Object)
	if err != nil || !decides {
		return false
	}
	may, err := s.cfg.Audit.May(ctx, caller, r.Kind, r.Object)
	return err == nil && may
}

// Waiting returns the open requests for an object, or all of them. It is for the
// services that show them with the object.
func (s *Requests) Waiting(ctx context.Context, object string) ([]Request, error) {
	open, err := s.cfg.Store.Approvals(ctx, Filter{Object: object, States: []State{Open}})
	return slices.DeleteFunc(open, s.late), err
}

// Undecided reports whether a request for the object is open, or is being carried out.
func (s *Requests) Undecided(ctx context.Context, object string) (bool, error) {
	found, err := s.cfg.Store.Approvals(ctx, Filter{Object: object, States: []State{Open, Applying}})
	return slices.ContainsFunc(found, func(r Request) bool { return r.State == Applying || !s.late(r) }), err
}

// asOfNow shows a request that nobody has swept yet as what it is: expired.
func (s *Requests) asOfNow(r Request) Request {
	if r.State == Open && s.late(r) {
		r.State = Expired
	}
	return r
}
