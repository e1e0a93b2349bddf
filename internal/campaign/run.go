package campaign

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

const (
	linesAtOnce = 64 // one run looks at
	workers     = 8
	watchEvery  = time.Minute      // services that have not followed yet
	retryAfter  = 30 * time.Second // what only passes by itself: the database, custody
	// tolerance is how late a change may be that the bank makes at the same minute: after that nobody knows what the
	// bank accepts, and a person decides.
	tolerance = 15 * time.Minute
)

// Run does what is due in running campaigns, and returns how many lines there were. It is for a job that one replica
// runs. Every step is found again in what is recorded, so one that a crash cut short is done or
// adopted by the next run.
func (s *Service) Run(ctx context.Context) (int, error) {
	due, err := s.cfg.Store.LinesToRun(ctx, s.cfg.Now(), linesAtOnce)
	if err != nil {
		return 0, err
	}
	var all sync.WaitGroup
	next := make(chan Line)
	failed := make([]error, workers)
	for w := range workers {
		all.Go(func() {
			for l := range next {
				failed[w] = errors.Join(failed[w], s.advance(ctx, l))
			}
		})
	}
	for _, l := range due {
		next <- l
	}
	close(next)
	all.Wait()
	return len(due), errors.Join(append(failed, s.settleFinished(ctx))...)
}

// settleFinished ends campaigns that a crash has kept from it between their last line and themselves.
func (s *Service) settleFinished(ctx context.Context) error {
	finished, err := s.cfg.Store.FinishedCampaigns(ctx, linesAtOnce)
	for _, c := range finished {
		err = errors.Join(err, s.settle(ctx, c))
	}
	return err
}

// advance takes a line as far as it goes now.
func (s *Service) advance(ctx context.Context, l Line) error {
	c, err := s.cfg.Store.Campaign(ctx, l.CampaignID)
	if err != nil {
		return err
	}
	was := l.State
	err = s.steps(ctx, c, &l)
	switch {
	case err == nil:
	case passes(err):
		l.NextAt = s.cfg.Now().Add(retryAfter)
	default:
		l.fail(err)
	}
	saved := s.save(context.WithoutCancel(ctx), l)
	if errors.Is(saved, fault.Conflict) { // a person has changed it meanwhile: the next run looks at it again
		return nil
	}
	if saved != nil {
		return saved
	}
	if l.State != was && (l.State == Failed || l.State == Activated) {
		s.record(ctx, l)
	}
	return s.settle(ctx, c)
}

func (s *Service) record(ctx context.Context, l Line) {
	detail := note.New("line_activated", "the new certificates are in use, campaign %s", l.CampaignID)
	if l.Swap.OldSecret != "" {
		detail = note.New("line_secret_activated", "the new client secret is in use, campaign %s", l.CampaignID)
	}
	if l.State == Failed {
		detail = note.New("line_failed", "stopped, campaign %s", l.CampaignID)
	}
	// The act itself is in the log already; this entry says for which campaign it was.
	_ = s.cfg.Audit.Record(ctx, access.CampaignRunner(), access.CampaignWrite, l.RegistrationID, audit.Done, detail)
}

// passes reports whether an error passes by itself.
func passes(err error) bool {
	return errors.Is(err, fault.Unavailable) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded)
}

func (l *Line) fail(err error) {
	l.State, l.Failure, l.NextAt = Failed, note.Of(err), time.Time{}
}

// steps does one thing after another, each from what the records say.
func (s *Service) steps(ctx context.Context, c Campaign, l *Line) error {
	runner := access.CampaignRunner()
	versions, err := s.cfg.Registrations.Versions(ctx, runner, l.RegistrationID)
	if err != nil {
		return err
	}
	active := registration.View{Bundles: versions}.Active()
	switch {
	case active != nil && l.Swap.After(*active): // by this program, before a crash, or by a person
		return s.confirm(ctx, l, *active)
	case l.State.inUse(): // somebody has gone back by hand
		l.State, l.NextAt = RolledBack, time.Time{}
		return nil
	case active != nil:
		if err := s.inOne(ctx, *l, *active); err != nil {
			return err
		}
	}
	if l.NewVersion, err = s.cfg.Registrations.PrepareSwap(ctx, runner, l.RegistrationID, l.Swap); err != nil {
		return err
	}
	if l.State != Tested {
		l.State = Prepared
	}
	now := s.cfg.Now()
	switch {
	case l.SwitchAt.IsZero():
		l.NextAt = time.Time{} // a person says when
		return nil
	case now.Before(l.SwitchAt):
		l.NextAt = l.SwitchAt
		return nil
	}
	if err := s.inTime(ctx, c, *l, now); err != nil {
		return err
	}
	return s.switchOver(ctx, c, l)
}

// inTime refuses a change whose minute was missed at a bank that keeps to it.
func (s *Service) inTime(ctx context.Context, c Campaign, l Line, now time.Time) error {
	if c.Kind == OfSecrets { // the bank knows the new secret since a person has made it there
		return nil
	}
	in, err := s.institution(ctx, access.CampaignRunner(), l.InstitutionID)
	if err != nil {
		return err
	}
	rule := in.Acceptance.Rule()
	if now.Sub(l.SwitchAt) <= tolerance || rule.Effect != catalogue.SameMinute && rule.Overlap != "no" {
		return nil
	}
	return fault.New(fault.Conflict, "moment_missed",
		"The agreed minute was missed, and the bank may accept either certificate by now: ask it, and go on or set "+
			"another moment.")
}

// inOne refuses to change one certificate of two at a bank that changes both in one operation: after it, the bank
// would know neither the former pair nor the new one.
func (s *Service) inOne(ctx context.Context, l Line, active registration.Bundle) error {
	in, err := s.institution(ctx, access.CampaignRunner(), l.InstitutionID)
	if err != nil {
		return err
	}
	if !in.Acceptance.Rule().Together || !l.Swap.Half(active) {
		return nil
	}
	return fault.New(fault.Conflict, "both_certificates",
		"This bank changes QWAC and QSealC in one operation, and this campaign replaces only one of them: leave the "+
			"registration out and plan a campaign for both, or record that the bank changes them one by one.")
}

// switchOver tests the prepared version and takes it into use.
func (s *Service) switchOver(ctx context.Context, c Campaign, l *Line) error {
	runner := access.CampaignRunner()
	report, err := s.cfg.Banks.Test(ctx, runner, l.RegistrationID)
	if err != nil {
		return err
	}
	if !report.Passed && c.Kind == OfSecrets {
		return fault.New(fault.Conflict, "campaign_secret_test_failed",
			"The connection test with the new client secret failed, so nothing was changed: %s", report.Says.Text)
	}
	if !report.Passed {
		return fault.New(fault.Conflict, "campaign_test_failed",
			"The connection test with the new certificates failed, so nothing was changed: %s", report.Says.Text)
	}
	l.State = Tested
	if err := s.cfg.Registrations.CarryOut(ctx, runner, l.RegistrationID, l.Swap, c.agreement()); err != nil {
		return err
	}
	l.State, l.ActivatedAt, l.NextAt = Activated, s.cfg.Now(), s.cfg.Now().Add(watchEvery)
	return nil
}

// confirm looks whether every service has followed.
func (s *Service) confirm(ctx context.Context, l *Line, active registration.Bundle) error {
	if l.State == Ending {
		return s.destroyFormer(ctx, l)
	}
	if l.State != Activated {
		l.State, l.ActivatedAt, l.NewVersion = Activated, active.ActivatedAt, active.Version
	}
	l.Failure, l.NextAt = note.Note{}, s.cfg.Now().Add(watchEvery)
	v, err := s.cfg.Registrations.WithVersions(ctx, l.RegistrationID)
	if err != nil {
		return err
	}
	o, err := s.cfg.Services.Overview(ctx, access.CampaignRunner(), v)
	if err != nil {
		return err
	}
	switch {
	case o.Version != active.Version || !o.Finished():
	case l.Swap.OldSecret != "": // a person ends the former one at the bank
		l.State, l.NextAt = Followed, time.Time{}
	default:
		l.State, l.ConfirmedAt, l.NextAt = Confirmed, s.cfg.Now(), time.Time{}
	}
	return nil
}
