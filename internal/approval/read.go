package approval

import (
	"context"
	"errors"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// listed is how many requests a list shows at most.
const listed = 500

// Get returns one request.
func (s *Requests) Get(ctx context.Context, caller access.Caller, id string) (Request, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ApprovalRead, id); err != nil {
		return Request{}, err
	}
	r, err := s.cfg.Store.Approval(ctx, id)
	if err != nil {
		return r, err
	}
	err = s.limit(ctx, caller, &r)
	return s.asOfNow(r), err
}

// codeFormerUse is the code of a line about a version of a registration.
const codeFormerUse = "change.certificate_no_way_back"

// limit leaves of what requests tell what the caller may see; that there is more, each tells once.
func (s *Requests) limit(ctx context.Context, caller access.Caller, requests ...*Request) error {
	if caller.MayEverywhere(access.RegistrationRead) {
		return nil
	}
	var of []string
	for _, r := range requests {
		for _, c := range r.Changes {
			if c.Of != "" && !slices.Contains(of, c.Of) {
				of = append(of, c.Of)
			}
		}
	}
	seen := []string{}
	if len(of) > 0 && caller.MayOnPart(access.RegistrationRead) {
		reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
		if err != nil {
			return err
		}
		if seen, err = s.cfg.Store.RegistrationsWithin(ctx, reach, of); err != nil {
			return err
		}
	}
	for _, r := range requests {
		r.limitTo(seen)
	}
	return nil
}

// limitTo leaves of what the request tells what is about none, or about one of the registrations that are seen.
func (r *Request) limitTo(seen []string) {
	told := make([]Change, 0, len(r.Changes))
	for _, c := range r.Changes {
		older := c.Code == CodeFurtherUses || c.Code == codeFormerUse // such lines once did not say of what
		if c.Of == "" && !older || slices.Contains(seen, c.Of) {
			told = append(told, c)
		}
	}
	if len(told) < len(r.Changes) {
		told = append(told, Change{
			Field:       "bundle",
			Code:        "change.certificate_elsewhere",
			Consequence: "Former versions of registrations that you do not see name it and cannot be activated again.",
		})
	}
	r.Changes = told
}

func pointers(all []Request) []*Request {
	each := make([]*Request, len(all))
	for i := range all {
		each[i] = &all[i]
	}
	return each
}

// List returns the requests a filter chooses, newest first.
func (s *Requests) List(ctx context.Context, caller access.Caller, f Filter) ([]Request, error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.ApprovalRead)
	if err != nil {
		return nil, err
	}
	f.Reach = reach
	if f.Limit <= 0 || f.Limit > listed {
		f.Limit = listed
	}
	all, err := s.cfg.Store.Approvals(ctx, f)
	for i := range all {
		all[i] = s.asOfNow(all[i])
	}
	err = errors.Join(err, s.limit(ctx, caller, pointers(all)...))
	if len(f.States) > 0 {
		all = slices.DeleteFunc(all, func(r Request) bool { return !slices.Contains(f.States, r.State) })
	}
	return all, err
}

// Page returns a page of the list Listed; the inbox is all that are open.
func (s *Requests) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Request], error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.ApprovalRead)
	if err != nil {
		return listing.Page[Request]{}, err
	}
	page, err := s.cfg.Store.ApprovalPage(ctx, reach, q)
	if err != nil {
		return page, err
	}
	page = listing.Map(page, s.asOfNow)
	if err := s.limit(ctx, caller, pointers(page.Items)...); err != nil {
		return page, err
	}
	state := State(q.Filters[FilterState])
	page.Items = slices.DeleteFunc(page.Items, func(r Request) bool {
		return state != "" && state != Inbox && r.State != state
	})
	return page, nil
}

// Page is Requests.Page, whose inbox has the open requests of others which the caller may decide: of a page of open
// ones those.
func (s *Service) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Request], error) {
	page, err := s.Requests.Page(ctx, caller, q)
	if State(q.Filters[FilterState]) == Inbox {
		page.Items = slices.DeleteFunc(page.Items, func(r Request) bool { return !s.MayDecide(ctx, caller, r) })
	}
	return page, err
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
	open, err := s.cfg.Store.Approvals(ctx, Filter{Reach: access.Whole(), Object: object, States: []State{Open}})
	return slices.DeleteFunc(open, s.late), err
}

// Undecided reports whether a request for the object is open, or is being carried out.
func (s *Requests) Undecided(ctx context.Context, object string) (bool, error) {
	found, err := s.cfg.Store.Approvals(ctx, Filter{
		Reach:  access.Whole(),
		Object: object,
		States: []State{Open, Applying},
	})
	return slices.ContainsFunc(found, func(r Request) bool { return r.State == Applying || !s.late(r) }), err
}

// Agreed reports whether two people have agreed to such a change of the object before.
func (s *Requests) Agreed(ctx context.Context, kind access.Action, object string) (bool, error) {
	found, err := s.cfg.Store.Approvals(ctx, Filter{
		Reach:  access.Whole(),
		Kind:   kind,
		Object: object,
		States: []State{Approved},
	})
	return slices.ContainsFunc(found, func(r Request) bool { return r.DecidedBy != "" }), err
}

// asOfNow shows a request that nobody has swept yet as what it is: expired.
func (s *Requests) asOfNow(r Request) Request {
	if r.State == Open && s.late(r) {
		r.State = Expired
	}
	return r
}
