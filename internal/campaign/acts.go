package campaign

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign/plan"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

// Start has an approved or paused campaign carried out. Where the bank is not told of a change, the planned moment
// is taken; everywhere else a person notes the moment that was agreed with the bank.
func (s *Service) Start(ctx context.Context, caller access.Caller, id string) error {
	return s.act(ctx, caller, id, note.New("campaign_started", "campaign %s runs", id), func(c *Campaign) error {
		if c.State != Approved && c.State != Paused {
			return wrongState(c.State)
		}
		if c.StartedAt.IsZero() {
			c.StartedAt = s.cfg.Now()
			if err := s.begin(ctx, caller, *c); err != nil {
				return err
			}
		}
		c.State = Running
		return s.cfg.Store.UpdateCampaign(ctx, *c)
	})
}

// begin schedules what needs no word from a bank. A client secret is made by a person first.
func (s *Service) begin(ctx context.Context, caller access.Caller, c Campaign) error {
	if c.Kind == OfSecrets {
		return nil
	}
	lines, err := s.cfg.Store.CampaignLines(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, l := range lines {
		in, err := s.institution(ctx, caller, l.InstitutionID)
		if err != nil {
			return err
		}
		if l.State != Planned || in.Acceptance.Rule().Announced() {
			continue
		}
		if l.SwitchAt.IsZero() {
			l.SwitchAt = l.Plan.Suggested
		}
		l.NextAt = s.cfg.Now()
		if err := s.save(ctx, l); err != nil && !errors.Is(err, fault.Conflict) {
			return err
		}
	}
	return nil
}

// Pause has nothing more of it done until Start.
func (s *Service) Pause(ctx context.Context, caller access.Caller, id string) error {
	return s.act(ctx, caller, id, note.New("campaign_paused", "campaign %s pauses", id), func(c *Campaign) error {
		if c.State != Running {
			return wrongState(c.State)
		}
		c.State = Paused
		return s.cfg.Store.UpdateCampaign(ctx, *c)
	})
}

// End gives it up. What was changed at banks stays; the approval no longer holds.
func (s *Service) End(ctx context.Context, caller access.Caller, id string) error {
	return s.act(ctx, caller, id, note.New("campaign_ended", "campaign %s is given up", id), func(c *Campaign) error {
		if c.State.Over() {
			return wrongState(c.State)
		}
		c.State, c.EndedAt = Ended, s.cfg.Now()
		return s.cfg.Store.UpdateCampaign(ctx, *c)
	})
}

func wrongState(state State) error {
	return fault.New(fault.Conflict, "campaign_state", "The campaign is %s; this cannot be done with it now.",
		string(state))
}

// RollBack takes the former versions into use again wherever the new ones are, and pauses the campaign. It goes on at
// the other banks if one of them refuses, and returns how many are back; the error names the first refusal.
func (s *Service) RollBack(ctx context.Context, caller access.Caller, id string) (back int, err error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.BundleRollback, id); err != nil {
		return 0, err
	}
	c, lines, err := s.whole(ctx, id)
	if err != nil {
		return 0, err
	}
	if c.State == Running { // unless somebody else has paused it at this moment
		if err := s.Pause(ctx, caller, id); err != nil && !errors.Is(err, fault.Conflict) {
			return 0, err
		}
	}
	var first error
	for _, l := range lines {
		if !l.CanGoBack() {
			continue
		}
		err := s.RollBackLine(ctx, caller, id, l.RegistrationID)
		if err != nil && s.isBack(ctx, l) { // by somebody else at this moment, or it could not be noted
			err = s.RollBackLine(ctx, caller, id, l.RegistrationID)
		}
		if err == nil {
			back++
			continue
		}
		now, unread := s.cfg.Store.CampaignLine(ctx, id, l.RegistrationID)
		if first == nil && (unread != nil || now.State != RolledBack) {
			first = err
		}
	}
	return back, first
}

// RollBackLine takes the former version of one registration into use again: the approval covers the way back.
func (s *Service) RollBackLine(ctx context.Context, caller access.Caller, id, registrationID string) error {
	if err := s.cfg.Audit.Permit(ctx, caller, access.BundleRollback, registrationID); err != nil {
		return err
	}
	return s.change(ctx, caller, id, registrationID,
		note.New("line_rolled_back", "back to the former version, campaign %s", id), func(c Campaign, l *Line) error {
			if c.Agreed == "" || c.State == Ended {
				return wrongState(c.State)
			}
			if !l.FormerEndedAt.IsZero() || !l.CanGoBack() && l.State != Failed {
				return wrongLineState(l.State)
			}
			if !s.isBack(ctx, *l) {
				err := s.cfg.Registrations.GoBack(ctx, caller, registrationID, l.Swap, c.agreement())
				if err != nil {
					return err
				}
			}
			l.State, l.NextAt = RolledBack, time.Time{}
			return nil
		})
}

// PrepareEmail writes the e-mail by which a line's bank is told. It is not sent: a person does that.
func (s *Service) PrepareEmail(
	ctx context.Context, caller access.Caller, id, registrationID, language string,
) (email.Draft, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CampaignRead, id); err != nil {
		return email.Draft{}, err
	}
	l, err := s.cfg.Store.CampaignLine(ctx, id, registrationID)
	if err != nil {
		return email.Draft{}, err
	}
	if l.Swap.OldSecret != "" {
		return email.Draft{}, wrongKind()
	}
	return s.cfg.Registrations.PrepareSwapEmail(ctx, caller, registrationID, language, l.Swap)
}

// Announce notes that the bank was told of exactly the new certificates.
func (s *Service) Announce(ctx context.Context, caller access.Caller, id, registrationID string) error {
	return s.change(ctx, caller, id, registrationID, note.New("line_announced", "the bank was told, campaign %s", id),
		func(c Campaign, l *Line) error {
			if c.Kind == OfSecrets {
				return wrongKind()
			}
			if l.State != Planned && l.State != Announced {
				return wrongLineState(l.State)
			}
			in, err := s.institution(ctx, caller, l.InstitutionID)
			if err != nil {
				return err
			}
			l.State, l.AnnouncedAt, l.AnnouncedBy, l.ToldSHA256 = Announced, s.cfg.Now(), caller.ID, c.news(l)
			l.Plan = plan.Told(s.rules(c, in), l.Plan)
			return nil
		})
}

// news are the fingerprints of a line's new certificates.
func (c Campaign) news(l *Line) string {
	var digests []string
	for _, p := range c.Pairs {
		if p.New == l.Swap.NewQWAC || p.New == l.Swap.NewQSealC {
			digests = append(digests, p.NewSHA256)
		}
	}
	return strings.Join(digests, " ")
}

// Answer is what a bank said.
type Answer struct {
	From     string
	Note     string
	Refused  bool
	SwitchAt time.Time // the moment agreed on; zero: none yet
}

// RecordAnswer notes it.
func (s *Service) RecordAnswer(ctx context.Context, caller access.Caller, id, registrationID string, a Answer) error {
	return s.change(ctx, caller, id, registrationID,
		note.New("line_answered", "the bank has answered, campaign %s", id), func(c Campaign, l *Line) error {
			switch {
			case c.Kind == OfSecrets:
				return wrongKind()
			case l.State != Announced && l.State != Answered:
				return wrongLineState(l.State)
			case strings.TrimSpace(a.From) == "":
				return fault.New(fault.Invalid, "answer_from_missing", "Say who at the bank answered.")
			case a.Refused && strings.TrimSpace(a.Note) == "":
				return fault.New(fault.Invalid, "reason_missing", "Say in the note why the bank refused.")
			}
			if err := errors.Join(note.Bounded(a.From), note.Bounded(a.Note)); err != nil {
				return err
			}
			l.State, l.AnsweredAt = Answered, s.cfg.Now()
			l.AnswerFrom, l.AnswerNote = strings.TrimSpace(a.From), strings.TrimSpace(a.Note)
			if a.Refused {
				l.fail(fault.New(fault.Conflict, "bank_refused", "The bank refused: %s", l.AnswerNote))
				return nil
			}
			l.NextAt = s.cfg.Now()
			if a.SwitchAt.IsZero() {
				return nil
			}
			return s.at(l, a.SwitchAt)
		})
}

// Schedule notes the moment at which the new certificates come into use. A line that has stopped goes on with it.
func (s *Service) Schedule(ctx context.Context, caller access.Caller, id, registrationID string, at time.Time) error {
	return s.change(ctx, caller, id, registrationID, note.New("line_scheduled", "the moment is set, campaign %s", id),
		func(_ Campaign, l *Line) error {
			if !l.State.Open() || l.State.inUse() {
				return wrongLineState(l.State)
			}
			if l.State == Failed {
				s.goOn(l)
			}
			return s.at(l, at)
		})
}

func (s *Service) at(l *Line, at time.Time) error {
	if at.Before(s.cfg.Now().Add(-tolerance)) {
		return fault.New(fault.Invalid, "switch_at_past",
			"The moment of the change is over; choose one that is to come.")
	}
	if at.After(s.cfg.Now().AddDate(1, 0, 0)) {
		return fault.New(fault.Invalid, "switch_at_far",
			"The moment of the change is more than a year away; check its day.")
	}
	l.SwitchAt = at.UTC()
	if l.State != Planned && l.State != Announced {
		l.NextAt = s.cfg.Now()
	}
	return nil
}

// goOn has the program look again at a line that has stopped.
func (s *Service) goOn(l *Line) {
	l.Failure, l.NextAt = note.Note{}, s.cfg.Now()
	switch {
	case !l.FormerEndedAt.IsZero(): // a client secret that the bank has ended is not taken into use again
		l.State = Ending
	case l.Swap.NewSecret != "":
		l.State = Prepared
	case l.AnsweredAt.IsZero():
		l.State = Planned
	default:
		l.State = Answered
	}
}

// Retry has the program go on with a line that has stopped.
func (s *Service) Retry(ctx context.Context, caller access.Caller, id, registrationID string) error {
	return s.change(ctx, caller, id, registrationID, note.New("line_retried", "goes on, campaign %s", id),
		func(_ Campaign, l *Line) error {
			if l.State != Failed {
				return wrongLineState(l.State)
			}
			s.goOn(l)
			// A moment that is over is not the agreed one any more: now. Where none was agreed on, a person says when.
			if !l.SwitchAt.IsZero() && l.SwitchAt.Before(s.cfg.Now()) {
				l.SwitchAt = s.cfg.Now()
			}
			return nil
		})
}

// LeaveOut takes a registration out of the campaign; what was prepared for it stays.
func (s *Service) LeaveOut(ctx context.Context, caller access.Caller, id, registrationID string) error {
	return s.change(ctx, caller, id, registrationID, note.New("line_left_out", "left out of campaign %s", id),
		func(_ Campaign, l *Line) error {
			if !l.State.Open() || l.State.inUse() {
				return wrongLineState(l.State)
			}
			l.State, l.NextAt = LeftOut, time.Time{}
			return nil
		})
}

// Test tests the connection with the prepared version, on behalf of the caller.
func (s *Service) Test(
	ctx context.Context, caller access.Caller, id, registrationID string,
) (issuer.TestReport, error) {
	l, err := s.cfg.Store.CampaignLine(ctx, id, registrationID)
	if err != nil {
		return issuer.TestReport{}, err
	}
	if l.State != Prepared && l.State != Tested {
		return issuer.TestReport{}, wrongLineState(l.State)
	}
	report, err := s.cfg.Banks.Test(ctx, caller, registrationID)
	if err != nil || !report.Passed {
		return report, err
	}
	return report, s.change(ctx, caller, id, registrationID,
		note.New("line_tested", "the connection was tested, campaign %s", id), func(_ Campaign, l *Line) error {
			if l.State == Prepared {
				l.State = Tested
			}
			return nil
		})
}

func wrongLineState(state LineState) error {
	return fault.New(fault.Conflict, "line_state",
		"The registration is %s in this campaign; this cannot be done with it now.",
		string(state))
}

// afterwards is what can be done in a campaign that is over.
var afterwards = []string{"line_rolled_back", "line_former_ended"}

// change reads a line, has f change it and writes it, authorised and audited.
func (s *Service) change(
	ctx context.Context, caller access.Caller, id, registrationID string, detail note.Note,
	f func(c Campaign, l *Line) error,
) error {
	return s.cfg.Audit.Do(ctx, caller, access.CampaignWrite, registrationID, func() (note.Note, error) {
		c, err := s.cfg.Store.Campaign(ctx, id)
		if err != nil {
			return detail, err
		}
		l, err := s.cfg.Store.CampaignLine(ctx, id, registrationID)
		if err != nil {
			return detail, err
		}
		if c.State.Over() && !slices.Contains(afterwards, detail.Code) {
			return detail, wrongState(c.State)
		}
		if err := f(c, &l); err != nil {
			return detail, err
		}
		if err := s.save(context.WithoutCancel(ctx), l); err != nil {
			return detail, err
		}
		return detail, s.settle(ctx, c)
	})
}

func (s *Service) save(ctx context.Context, l Line) error {
	l.ChangedAt = s.cfg.Now()
	return s.cfg.Store.UpdateLine(ctx, l)
}

// settle ends a running campaign of which nothing is open any more.
func (s *Service) settle(ctx context.Context, c Campaign) error {
	if c.State != Running {
		return nil
	}
	counts, err := s.cfg.Store.CountLines(ctx, c.ID)
	if err != nil || counts.Open() > 0 {
		return err
	}
	if left, err := s.unretired(ctx, c); err != nil || left {
		return err
	}
	c.State, c.EndedAt = Done, s.cfg.Now()
	err = s.cfg.Store.UpdateCampaign(ctx, c)
	if errors.Is(err, fault.Conflict) { // somebody else has just changed it
		return nil
	}
	return err
}
