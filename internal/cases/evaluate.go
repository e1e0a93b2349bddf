package cases

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

// atOnce is how many due subjects are read, looked at and written at a time, and maxRun how many one run settles.
const (
	atOnce = 200
	maxRun = 20_000
)

// Evaluate looks at what is due, in pages, and returns how many things it looked at. It is for a job that one replica
// does at a time; if two do, what one writes the other finds changed, and leaves.
func (s *Service) Evaluate(ctx context.Context) (int, error) {
	if err := s.cfg.Store.WatchSubjects(ctx, s.parts()); err != nil {
		return 0, err
	}
	n := 0
	var failed error
	for n < maxRun {
		due, err := s.cfg.Store.DueSubjects(ctx, s.cfg.Now(), atOnce)
		if err != nil || len(due) == 0 {
			return n, errors.Join(failed, err)
		}
		settled, err := s.settle(ctx, due)
		if err != nil {
			failed = err
		}
		n += settled
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		if settled == 0 { // another replica is at it, or each of them fails
			return n, failed
		}
	}
	return n, failed
}

// settle looks at subjects and writes what came of it. Those that could be looked at do not wait for the others.
func (s *Service) settle(ctx context.Context, due []Subject) (int, error) {
	now := s.cfg.Now()
	found, failed := s.look(ctx, due, now)
	watched := make([]Watched, 0, len(found))
	for w := range found {
		watched = append(watched, w)
	}
	all, err := s.cfg.Store.OpenCases(ctx, watched)
	if err != nil {
		return 0, err
	}
	open := make(map[Watched][]Case, len(all))
	for _, c := range all {
		open[c.Watched] = append(open[c.Watched], c)
	}
	settlements := make([]Settlement, 0, len(found))
	for _, subject := range due {
		if f, ok := found[subject.Watched]; ok {
			settlements = append(settlements, s.settlement(subject, f, open[subject.Watched], now))
		}
	}
	settled, err := s.cfg.Store.SettleSubjects(ctx, settlements)
	return settled, errors.Join(failed, err)
}

// settlement says what the findings about a subject mean for its open cases.
func (s *Service) settlement(subject Subject, f findings, open []Case, now time.Time) Settlement {
	to := Settlement{Subject: subject, Due: f.again, Since: f.since}
	if subject.Changed { // else nothing is new to the others
		to.Touches = f.touches
	}
	for _, c := range open {
		if !slices.ContainsFunc(f.findings, func(one finding) bool { return one.about.Kind == c.Kind }) {
			s.close(&to, c, Gone, now)
		}
	}
	for _, one := range f.findings {
		if one.about.Kind == "" {
			continue
		}
		one.about.Watched = subject.Watched
		i := slices.IndexFunc(open, func(c Case) bool { return c.Kind == one.about.Kind })
		if i < 0 {
			s.decide(&to, nil, one, now)
		} else {
			s.decide(&to, &open[i], one, now)
		}
	}
	return to
}

// look reads the facts of subjects and says what they mean. A subject whose facts could not be read is missing.
func (s *Service) look(ctx context.Context, all []Subject, now time.Time) (map[Watched]findings, error) {
	found := make(map[Watched]findings, len(all))
	var certificates, registrations []string
	var failed error
	for _, subject := range all {
		switch subject.Kind {
		case Certificate:
			certificates = append(certificates, subject.ID)
		case Registration:
			registrations = append(registrations, subject.ID)
		default:
			f, err := s.read(ctx, subject, now)
			switch {
			case errors.Is(err, fault.NotFound):
				found[subject.Watched] = gone()
			case err != nil:
				failed = err
			default:
				found[subject.Watched] = f
			}
		}
	}
	return found, errors.Join(failed,
		s.certificates(ctx, certificates, found), s.registrations(ctx, registrations, now, found))
}

// gone is what is found of a thing that there is no more.
func gone() findings { return findings{findings: []finding{{fact: Gone}}} }

// certificates looks at certificates, whose facts are read together.
func (s *Service) certificates(ctx context.Context, ids []string, found map[Watched]findings) error {
	if len(ids) == 0 {
		return nil
	}
	facts, err := s.cfg.Facts.CertificateFacts(ctx, ids, maxPlaces)
	if err != nil {
		return err
	}
	for _, id := range ids {
		found[Watched{Certificate, id}] = gone()
		if f, ok := facts[id]; ok {
			found[Watched{Certificate, id}] = s.certificate(*f)
		}
	}
	return nil
}

// registrations looks at registrations, likewise.
func (s *Service) registrations(
	ctx context.Context, ids []string, now time.Time, found map[Watched]findings,
) error {
	if len(ids) == 0 {
		return nil
	}
	facts, err := s.cfg.Facts.RegistrationFacts(ctx, ids, now)
	if err != nil {
		return err
	}
	for _, id := range ids {
		found[Watched{Registration, id}] = gone()
		if f, ok := facts[id]; ok {
			found[Watched{Registration, id}] = s.registration(id, *f, now)
		}
	}
	return nil
}
