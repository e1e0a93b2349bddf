package cases

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// The filters of the list.
const (
	FilterKind        = "kind"
	FilterState       = "state" // open, the default, or closed
	FilterEnvironment = "environment"
)

// The values of FilterState.
const (
	StateOpen   = "open"
	StateClosed = "closed"
)

// Listed is what can be asked of the list of cases: those that end first come first, closed ones by when they were.
var Listed = listing.Spec{
	Name: "cases",
	Filters: map[string]listing.Check{
		FilterKind:        listing.OneOf(Kinds()...),
		FilterState:       listing.OneOf(StateOpen, StateClosed),
		FilterEnvironment: listing.OneOf(environment.Sandbox, environment.Live),
	},
}

// Records are cases as people see them.
type Records interface {
	CasePage(ctx context.Context, reach access.Reach, q listing.Query) (listing.Page[Case], error)
	CaseByID(ctx context.Context, id string) (Case, error)
	// RegistrationsWithin returns those of the registrations that lie in the reach.
	RegistrationsWithin(ctx context.Context, reach access.Reach, ids []string) ([]string, error)
	// EventsOf returns what happened to a case, in order.
	EventsOf(ctx context.Context, caseID string) ([]Event, error)
	// ChangeCase writes who sees to an open case and whose it is, if it is still at the revision before c's. Its
	// subject is due then.
	ChangeCase(ctx context.Context, c Case) error
	// CountCases counts open cases by kind and whether they are urgent.
	CountCases(ctx context.Context) ([]Count, error)
	// DueLater returns things that end, to be looked at between two times, the first first.
	DueLater(ctx context.Context, from, to time.Time, limit int) ([]Watched, error)
}

// Count is how many open cases there are of a kind.
type Count struct {
	Kind   Kind
	Urgent bool
	N      int
}

// Page returns a page of the cases.
func (s *Service) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Case], error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.CaseRead)
	if err != nil {
		return listing.Page[Case]{}, err
	}
	page, err := s.cfg.Records.CasePage(ctx, reach, q)
	if err != nil {
		return page, err
	}
	return page, s.within(ctx, reach, page.Items)
}

// within leaves out of cases the registrations that are not in the reach: a certificate may be in use at those of
// another firm, too.
func (s *Service) within(ctx context.Context, reach access.Reach, all []Case) error {
	if reach.IsWhole() {
		return nil
	}
	var ids []string
	for _, c := range all {
		ids = append(ids, c.Places...)
	}
	if len(ids) == 0 {
		return nil
	}
	seen, err := s.cfg.Records.RegistrationsWithin(ctx, reach, ids)
	if err != nil {
		return err
	}
	for i, c := range all {
		unseen := func(id string) bool { return !slices.Contains(seen, id) }
		all[i].Places = slices.DeleteFunc(slices.Clone(c.Places), unseen)
		all[i].PlaceCount = len(all[i].Places)
	}
	return nil
}

// Get returns a case with what happened to it.
func (s *Service) Get(ctx context.Context, caller access.Caller, id string) (Case, []Event, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CaseRead, id); err != nil {
		return Case{}, nil, err
	}
	c, err := s.cfg.Records.CaseByID(ctx, id)
	if err != nil {
		return Case{}, nil, err
	}
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.CaseRead)
	if err != nil {
		return Case{}, nil, err
	}
	one := []Case{c}
	if err := s.within(ctx, reach, one); err != nil {
		return Case{}, nil, err
	}
	c = one[0]
	events, err := s.cfg.Records.EventsOf(ctx, id)
	return c, events, err
}

// MaxAcknowledged is for how long a case can be acknowledged.
const MaxAcknowledged = 60 * day

// Acknowledge says that the caller sees to an open case until a day: it stays open, and its messages are quiet until
// then, but for its very end.
func (s *Service) Acknowledge(
	ctx context.Context, caller access.Caller, id string, until time.Time, reason string,
) (Case, error) {
	reason = strings.TrimSpace(reason)
	now := s.cfg.Now()
	switch {
	case reason == "":
		return Case{}, fault.New(fault.Invalid, "ack_reason_missing", "Say what is being done.")
	case !until.After(now) || until.Sub(now) > MaxAcknowledged:
		return Case{}, fault.New(fault.Invalid, "ack_until_invalid",
			"A case is acknowledged until a day within the next 60 days.")
	}
	if err := note.Bounded(reason); err != nil {
		return Case{}, err
	}
	detail := note.New("case_acknowledged", "acknowledged until %s", until.UTC().Format(time.RFC3339))
	return s.change(ctx, caller, id, detail, func(c *Case) {
		c.Acknowledgement = Acknowledgement{
			By:     caller.ID,
			ByName: caller.Name,
			At:     now,
			Until:  until.UTC().Truncate(time.Microsecond),
			Reason: reason,
		}
	})
}

const (
	maxName     = 100
	maxDeputies = 10
)

// Assign says whose an open case is, and who stands in. Names are for people: nothing follows from them.
func (s *Service) Assign(
	ctx context.Context, caller access.Caller, id, owner string, deputies []string,
) (Case, error) {
	named := make([]string, 0, len(deputies))
	for _, name := range deputies {
		if name = strings.TrimSpace(name); name != "" {
			named = append(named, name)
		}
	}
	owner = strings.TrimSpace(owner)
	for _, name := range append([]string{owner}, named...) {
		if utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
			return Case{}, fault.New(fault.Invalid, "owner_invalid", "A name has at most %d characters, on one line.",
				maxName)
		}
	}
	if len(named) > maxDeputies {
		return Case{}, fault.New(fault.Invalid, "deputies_invalid", "A case has at most %d deputies.", maxDeputies)
	}
	detail := note.New("case_assigned", "assigned to %s", owner)
	return s.change(ctx, caller, id, detail, func(c *Case) { c.Owner, c.Deputies = owner, named })
}

// AlreadyClosed refuses a change of a case that is closed.
func AlreadyClosed() error {
	return fault.New(fault.Conflict, "case_closed", "This case is closed already.")
}

func (s *Service) change(
	ctx context.Context, caller access.Caller, id string, detail note.Note, f func(c *Case),
) (c Case, err error) {
	err = s.cfg.Audit.Do(ctx, caller, access.CaseAcknowledge, id, func() (note.Note, error) {
		if c, err = s.cfg.Records.CaseByID(ctx, id); err != nil {
			return note.Note{}, err
		}
		if !c.ClosedAt.IsZero() {
			return note.Note{}, AlreadyClosed()
		}
		f(&c)
		c.Revision++
		return detail, s.cfg.Records.ChangeCase(ctx, c)
	})
	if err != nil {
		return Case{}, err
	}
	c, _, err = s.Get(ctx, caller, id)
	return c, err
}

// Counts counts the open cases. It is for metrics.
func (s *Service) Counts(ctx context.Context) ([]Count, error) { return s.cfg.Records.CountCases(ctx) }

// Coming is a threshold that will be passed if nothing happens.
type Coming struct {
	Case
	At     time.Time
	What   string
	Urgent bool
}

// maxComing bounds the things that are looked at for the forecast.
const maxComing = 500

// Ahead returns what will be told within a time if nothing happens, the first first; more is true where there is too
// much to list.
func (s *Service) Ahead(
	ctx context.Context, caller access.Caller, within time.Duration,
) (all []Coming, more bool, err error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.CaseRead)
	if err != nil {
		return nil, false, err
	}
	if all, more, err = s.Foresee(ctx, within); err != nil || reach.IsWhole() {
		return all, more, err
	}
	seen := all[:0]
	for _, c := range all {
		may, err := s.cfg.Audit.May(ctx, caller, access.CaseRead, c.Watched.ID)
		if err != nil {
			return nil, false, err
		}
		if may {
			seen = append(seen, c)
		}
	}
	for i := range seen {
		one := []Case{seen[i].Case}
		if err := s.within(ctx, reach, one); err != nil {
			return nil, false, err
		}
		seen[i].Case = one[0]
	}
	return seen, more, nil
}

// Foresee is Ahead for the program itself.
func (s *Service) Foresee(ctx context.Context, within time.Duration) (all []Coming, more bool, err error) {
	now := s.cfg.Now()
	watched, err := s.cfg.Records.DueLater(ctx, now, now.Add(within), maxComing)
	if err != nil {
		return nil, false, err
	}
	subjects := make([]Subject, len(watched))
	for i, w := range watched {
		subjects[i].Watched = w
	}
	found, err := s.look(ctx, subjects, now)
	if err != nil {
		return nil, false, err
	}
	for _, w := range watched {
		for _, one := range found[w].findings {
			if one.fact != "" {
				continue
			}
			for _, t := range one.thresholds {
				if t.At.After(now) && t.At.Before(now.Add(within)) {
					one.about.Watched = w
					all = append(all, Coming{one.about, t.At, t.What, t.Urgent})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Coming) int { return a.At.Compare(b.At) })
	return all, len(watched) == maxComing, nil
}
