package approval

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// Policy says where a change takes two people, and for how long a request counts.
type Policy struct {
	TwoPeople    map[environment.Name]bool
	ExpiresAfter time.Duration
}

// Policies knows the policy that is in force.
type Policies interface {
	FourEyes(ctx context.Context) (Policy, error)
}

// FourEyes implements Policies: the policy is in force as it is.
func (p Policy) FourEyes(context.Context) (Policy, error) { return p, nil }

// required reports whether a change in the environment takes two people.
func (p Policy) required(env environment.Name) bool {
	if env != Everywhere {
		return p.TwoPeople[env]
	}
	for _, two := range p.TwoPeople {
		if two {
			return true
		}
	}
	return false
}

// DefaultExpiry is how long a request waits for its second person when nothing else is configured.
const DefaultExpiry = 72 * time.Hour

// Config is what Requests are made of. Every field is required.
type Config struct {
	Store  Store
	People People
	Audit  *audit.Log
	Policy Policies
	Now    func() time.Time
}

// Requests takes requests for changes and keeps them. It is safe for concurrent
// use, also by several processes on one database.
type Requests struct{ cfg Config }

// New returns Requests.
func New(cfg Config) *Requests {
	cfg.Now = clock.Micros(cfg.Now)
	return &Requests{cfg}
}

// Service has requests decided and carried out. It is safe for concurrent use like Requests.
type Service struct {
	*Requests
	handled map[access.Action]Handling
}

// NewService returns a Service that carries out the kinds of the handlings.
func NewService(requests *Requests, handlings ...Handling) *Service {
	s := &Service{requests, map[access.Action]Handling{}}
	for _, h := range handlings {
		s.handled[h.Kind] = h
	}
	return s
}

// Required reports whether a change in the environment takes two people. It does where the policy cannot be read.
func (s *Requests) Required(ctx context.Context, env environment.Name) bool {
	policy, err := s.cfg.Policy.FourEyes(ctx)
	return err != nil || policy.required(env)
}

// RequestChange requests a change. Where the policy does not demand a second person it
// is carried out at once, and done is true.
func (s *Requests) RequestChange(
	ctx context.Context, caller access.Caller, p NewRequest,
) (r Request, done bool, err error) {
	h := p.Handling
	if err := s.cfg.Audit.Permit(ctx, caller, h.Kind, p.Object); err != nil {
		return Request{}, false, err
	}
	if err := note.Bounded(p.Reason); err != nil {
		return Request{}, false, err
	}
	if p.Environment != environment.Sandbox {
		if err := s.cfg.Audit.Confirmed(ctx, caller, h.Kind, p.Object); err != nil {
			return Request{}, false, err
		}
	}
	policy, err := s.cfg.Policy.FourEyes(ctx)
	if err != nil {
		return Request{}, false, err
	}
	r = s.made(caller, p, policy)
	if !p.Always && !policy.required(p.Environment) {
		return r, true, s.atOnce(ctx, caller, h, &r)
	}
	at, err := s.cfg.Audit.At(ctx, caller, p.Object) // a request belongs where its object does
	if err != nil {
		return Request{}, false, err
	}
	err = s.act(ctx, at, access.ApprovalRequest, r, requested(r), func() (err error) {
		if r.Emergency, err = s.urgent(ctx, h, r, caller); err != nil {
			return err
		}
		return s.open(ctx, caller, h, &r)
	})
	return r, false, err
}

// made is a request as it is when it is made.
func (s *Requests) made(caller access.Caller, p NewRequest, policy Policy) Request {
	now := s.cfg.Now()
	return Request{
		ID:              uid.New(),
		Kind:            p.Handling.Kind,
		Object:          p.Object,
		ObjectName:      p.ObjectName,
		Environment:     p.Environment,
		Reason:          p.Reason,
		Payload:         maps.Clone(p.Payload),
		State:           Open,
		RequestedBy:     caller.ID,
		RequestedByName: caller.Name,
		RequestedAt:     now,
		ExpiresAt:       now.Add(policy.ExpiresAfter),
	}
}

// atOnce carries out what needs no second person. There is no request to keep:
// the audit log has the act itself.
func (s *Requests) atOnce(ctx context.Context, caller access.Caller, h Handling, r *Request) (err error) {
	if r.Changes, r.Fingerprint, err = h.Describe(ctx, *r); err != nil {
		return s.cfg.Audit.Finish(ctx, caller, h.Kind, r.Object, note.Note{}, err)
	}
	if err := h.Apply(ctx, caller, *r); err != nil {
		return err
	}
	r.State, r.DecidedBy, r.DecidedByName, r.DecidedAt = Approved, caller.ID, caller.Name, r.RequestedAt
	return nil
}

func (s *Requests) open(ctx context.Context, caller access.Caller, h Handling, r *Request) (err error) {
	if !caller.IsPerson() {
		return notAPerson()
	}
	if r.Changes, r.Fingerprint, err = h.Describe(ctx, *r); err != nil {
		return err
	}
	if err := s.makeWay(ctx, *r); err != nil {
		return err
	}
	err = s.cfg.Store.AddApproval(ctx, *r)
	if errors.Is(err, fault.Conflict) { // somebody was a moment faster
		return alreadyOpen("Somebody")
	}
	return err
}

// makeWay ends a request that has expired, or that the same person replaces by
// another; a request of anybody else stands.
func (s *Requests) makeWay(ctx context.Context, r Request) error {
	pending, err := s.cfg.Store.Approvals(ctx, Filter{
		Reach:  access.Whole(),
		Kind:   r.Kind,
		Object: r.Object,
		States: []State{Open, Applying},
	})
	if err != nil || len(pending) == 0 {
		return err
	}
	old := pending[0]
	switch {
	case old.State == Applying:
		return fault.New(fault.Conflict, "approval_in_progress",
			"The same change was approved and is being carried out; look again in a minute.")
	case s.late(old):
		return s.end(ctx, old, Expired, access.SystemCaller("approvals"), nobodyDecided())
	case old.RequestedBy != r.RequestedBy:
		return alreadyOpen(old.RequestedByName)
	case old.Fingerprint == r.Fingerprint && maps.Equal(old.Payload, r.Payload) && !r.Alone():
		return secondPerson()
	}
	return s.end(ctx, old, Withdrawn, access.Caller{ID: r.RequestedBy, Name: r.RequestedByName},
		note.New("replaced_by_newer", "Replaced by a newer request."))
}

func (s *Service) handler(kind access.Action) (Handling, error) {
	h, ok := s.handled[kind]
	if !ok {
		return h, fault.New(fault.Invalid, "approval_kind_unknown",
			"This program cannot carry out changes of the kind %q.", kind)
	}
	return h, nil
}

// act authorises and audits f, before and after.
func (s *Requests) act(
	ctx context.Context, caller access.Caller, action access.Action, r Request, detail note.Note, f func() error,
) error {
	return s.cfg.Audit.Do(ctx, caller, action, r.ID, func() (note.Note, error) { return detail, f() })
}

func requested(r Request) note.Note {
	return note.New("request_opened", "%s of %s: requested", r.Kind, r.Object)
}

// became says how a request ended.
func became(r Request, state State) note.Note {
	return note.New("request_"+string(state), "%s of %s: %s", r.Kind, r.Object, state)
}

func nobodyDecided() note.Note { return note.New("nobody_decided", "Nobody decided in time.") }

func (s *Requests) late(r Request) bool { return !s.cfg.Now().Before(r.ExpiresAt) }

// Requested tells somebody whose act takes two people what has become of it: a request.
func Requested(r Request) error {
	return fault.New(fault.Conflict, "change_requested",
		"This takes two people, so nothing has changed yet: the change was requested (%s), and somebody else has to "+
			"approve it.", r.ID)
}

func secondPerson() error {
	return fault.New(fault.Denied, "second_person_needed",
		"You requested this yourself; a second person has to approve it.")
}

func alreadyOpen(who string) error {
	return fault.New(fault.Conflict, "approval_open", "%s requested this already; approve or reject that request.", who)
}

func notAPerson() error {
	return fault.New(fault.Denied, "person_needed",
		"This takes two people who are signed in; the command line on the server does not count as one.")
}
