package cases

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// Store keeps cases and when things are to be looked at.
type Store interface {
	// DueSubjects returns subjects that are due, those due longest first.
	DueSubjects(ctx context.Context, now time.Time, limit int) ([]Subject, error)
	// WatchSubjects adds things that are not watched yet; they are due at once.
	WatchSubjects(ctx context.Context, all []Watched) error
	// OpenCases returns the open cases that were found by looking at things.
	OpenCases(ctx context.Context, of []Watched) ([]Case, error)
	// SettleSubjects writes what came of looking at subjects, and returns how many it has settled. Of each it writes
	// everything, or nothing if its facts or one of its cases have changed since.
	SettleSubjects(ctx context.Context, all []Settlement) (int, error)
}

// Settlement is what came of looking at a subject.
type Settlement struct {
	Subject Subject
	Due     time.Time // when to look again; zero: when its facts change
	Since   time.Time
	Touches []Watched // due at once
	Cases   []Case    // new, or changed; the revision is the new one
	Events  []Notice
}

// Notice is an event with those who are to be told of it.
type Notice struct {
	Event
	Recipients []string
}

// Part is a part of the program that can break, or whose login can end.
type Part struct {
	// CustodyBroken, AuditBroken, VaultLogin, SnapshotOld, AccessReview or ChannelFails
	Kind   Kind
	ID     string                          // its name among parts
	Health func(ctx context.Context) error // nil: it does not break
	// when it ends; zero time: it does not; nil as well
	Ends func(ctx context.Context) (time.Time, error)
}

// Config is what a Service is made of. Every field is required, but for Parts.
type Config struct {
	Store         Store
	Records       Records
	Facts         Facts
	Banks         Banks
	Parts         []Part
	DefaultLead   time.Duration // of banks of which it is not known
	EscalateAfter time.Duration // an urgent case that nobody has acknowledged
	Owner         string        // of cases that have no owner of their own; may be empty
	Deputies      []string
	// Recipients says who is told of something that happened to a case.
	Recipients func(c Case, e Event) []string
	Audit      *audit.Log
	Logger     *slog.Logger
	Now        func() time.Time
}

// Service opens and closes cases. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg}
}

func (s *Service) parts() []Watched {
	all := make([]Watched, len(s.cfg.Parts))
	for i, p := range s.cfg.Parts {
		all[i] = Watched{System, p.ID}
	}
	return all
}

// partAgain is how often a part is looked at.
const partAgain = time.Minute

// partPatience is how long a part may take to say how it is.
const partPatience = 15 * time.Second

func (s *Service) part(ctx context.Context, subject Subject, now time.Time) (findings, error) {
	i := slices.IndexFunc(s.cfg.Parts, func(p Part) bool { return p.ID == subject.ID })
	if i < 0 {
		return findings{findings: []finding{{fact: Gone}}}, nil
	}
	p := s.cfg.Parts[i]
	about := Case{Kind: p.Kind, Name: p.ID, Todo: "part/" + p.ID}
	if p.Ends != nil {
		ends, err := p.Ends(ctx)
		if err != nil {
			return findings{}, err
		}
		one := finding{about: about, fact: Settled}
		if !ends.IsZero() {
			one.about.EndsAt, one.fact = ends, ""
			one.thresholds = []Threshold{
				{Opened, ends.Add(-14 * day), false},
				{SevenDays, ends.Add(-7 * day), true},
				{OneDay, ends.Add(-day), true},
				{Ended, ends, true},
			}
		}
		return findings{findings: []finding{one}, again: now.Add(time.Hour)}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, partPatience)
	defer cancel()
	since := time.Time{}
	if err := p.Health(ctx); err != nil {
		about.Args = []string{code(err)}
		if since = subject.Since; since.IsZero() {
			since = now
		}
	}
	return findings{findings: []finding{failing(about, since)}, again: now.Add(partAgain), since: since}, nil
}

func code(err error) string {
	_, code, _ := fault.Public(err)
	return code
}

// decide says what one finding means for its case.
func (s *Service) decide(to *Settlement, open *Case, f finding, now time.Time) {
	if f.fact != "" {
		if open != nil {
			s.close(to, *open, f.fact, now)
		}
		return
	}
	passed := -1
	for i, t := range f.thresholds {
		if t.At.After(now) {
			to.lookAt(t.At)
			break
		}
		passed = i
	}
	if passed < 0 {
		if open != nil { // its end is a later one now
			s.close(to, *open, Renewed, now)
		}
		return
	}
	if open != nil && !open.EndsAt.Equal(f.about.EndsAt) { // another end is another case
		s.close(to, *open, Renewed, now)
		open = nil
	}
	s.raise(to, open, f, f.thresholds[passed], now)
}

// raise opens the case or takes it to its newest threshold.
func (s *Service) raise(to *Settlement, open *Case, f finding, t Threshold, now time.Time) {
	c := f.about
	if open == nil {
		c.ID, c.OpenedAt = uid.New(), now
		if c.Owner == "" {
			c.Owner = s.cfg.Owner
		}
		c.Deputies = s.cfg.Deputies
	} else {
		c = *open
		c.Name, c.Todo, c.Environment = f.about.Name, f.about.Todo, f.about.Environment
		c.Places, c.PlaceCount, c.Args = f.about.Places, f.about.PlaceCount, f.about.Args
		c.BeginsAt, c.Lead = f.about.BeginsAt, f.about.Lead
	}
	if !slices.Contains(upTo(f.thresholds, c.Threshold), t.What) {
		c.Threshold = t.What
		if t.Urgent && !c.Urgent {
			c.Urgent, c.UrgentAt = true, now
		}
		s.happened(to, &c, t.What, now)
	}
	s.remind(to, &c, now)
	s.escalate(to, &c, now)
	if open == nil || changed(*open, c) {
		c.Revision++
		to.Cases = append(to.Cases, c)
	}
}

// upTo are the thresholds up to one: a case does not pass them again when its lead time changes.
func upTo(all []Threshold, what string) []string {
	var names []string
	i := slices.IndexFunc(all, func(t Threshold) bool { return t.What == what })
	for _, t := range all[:i+1] {
		names = append(names, t.What)
	}
	return names
}

// remind tells once more of a case whose acknowledgement is over.
func (s *Service) remind(to *Settlement, c *Case, now time.Time) {
	switch {
	case c.At.IsZero():
	case c.Acknowledged(now):
		to.lookAt(c.Until)
	default:
		until := c.Until
		c.Acknowledgement = Acknowledgement{}
		s.happened(to, c, reminded+strconv.FormatInt(until.Unix(), 10), now)
	}
}

// escalate tells others of an urgent case that nobody has acknowledged.
func (s *Service) escalate(to *Settlement, c *Case, now time.Time) {
	if !c.Urgent || !c.EscalatedAt.IsZero() || c.Acknowledged(now) {
		return
	}
	at := c.UrgentAt.Add(s.cfg.EscalateAfter)
	if now.Before(at) {
		to.lookAt(at)
		return
	}
	c.EscalatedAt = now
	s.happened(to, c, Escalated, now)
}

func (s *Service) close(to *Settlement, c Case, fact string, now time.Time) {
	c.ClosedAt, c.Fact = now, fact
	c.Revision++
	s.happened(to, &c, Closed, now)
	to.Cases = append(to.Cases, c)
}

// happened notes an event and whom it is told. While a case is acknowledged nobody is, but of its very end.
func (s *Service) happened(to *Settlement, c *Case, what string, now time.Time) {
	e := Event{
		ID:     uid.New(),
		CaseID: c.ID,
		What:   what,
		Urgent: what == Escalated || (c.Urgent && what != Closed),
		At:     now,
	}
	n := Notice{Event: e}
	if !c.Acknowledged(now) || what == Ended || what == Closed {
		n.Recipients = s.cfg.Recipients(*c, e)
	}
	to.Events = append(to.Events, n)
}

// lookAt has the subject looked at again by then.
func (s *Settlement) lookAt(at time.Time) {
	if s.Due.IsZero() || at.Before(s.Due) {
		s.Due = at
	}
}

// changed reports whether two states of a case differ.
func changed(a, b Case) bool {
	return a.Name != b.Name || a.Todo != b.Todo || a.Environment != b.Environment || a.PlaceCount != b.PlaceCount ||
		!slices.Equal(a.Places, b.Places) || !slices.Equal(a.Args, b.Args) || a.Lead != b.Lead ||
		a.Threshold != b.Threshold || a.Urgent != b.Urgent || !a.At.Equal(b.At) || !a.EscalatedAt.Equal(b.EscalatedAt)
}

// Name is what happened, in a word that is the same for every reminder.
func Name(what string) string {
	if Reminder(what) {
		return "reminder"
	}
	return what
}

// Reminder reports whether an event says that an acknowledgement is over.
func Reminder(what string) bool { return strings.HasPrefix(what, reminded) }
