package campaign

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign/plan"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
)

// SecretScope is which client secrets are to be replaced, and by when.
type SecretScope struct {
	Registrations []string  // ids
	Institutions  []string  // ids: of all registrations that are in use there
	Until         time.Time // no bank says when a secret ends, so a person does
}

// institutionsMost bounds the institutions that are named at once.
const institutionsMost = 500

// planSecrets makes the lines of a campaign that replaces client secrets.
func (s *Service) planSecrets(
	ctx context.Context, caller access.Caller, c *Campaign, scope SecretScope,
) ([]Line, error) {
	named := len(scope.Registrations) + len(scope.Institutions)
	switch {
	case named == 0 || len(scope.Registrations) > linesMost || len(scope.Institutions) > institutionsMost:
		return nil, fault.New(fault.Invalid, "campaign_secrets_which",
			"Name the registrations, at most %d, or the institutions, at most %d, whose client secrets are replaced.",
			linesMost, institutionsMost)
	case !scope.Until.After(s.cfg.Now()):
		return nil, fault.New(fault.Invalid, "campaign_until",
			"Give a day to come by which the client secrets are to be replaced.")
	}
	c.Kind, c.Until = OfSecrets, scope.Until.UTC()
	affected, err := s.cfg.Store.WithSecrets(ctx, scope.Registrations, scope.Institutions, linesMost+1)
	if err != nil {
		return nil, err
	}
	switch {
	case len(affected) == 0:
		return nil, fault.New(fault.Conflict, "campaign_no_secrets",
			"None of them is in use with a client secret; there is nothing to replace.")
	case len(affected) > linesMost:
		return nil, fault.New(fault.Conflict, "campaign_too_many_secrets",
			"More than %d registrations are in use there, which is the most that a campaign has; name fewer.",
			linesMost)
	}
	return s.lines(ctx, caller, *c, affected, nil)
}

// replanSecrets plans a draft's registrations anew.
func (s *Service) replanSecrets(ctx context.Context, caller access.Caller, c Campaign) error {
	before, err := s.cfg.Store.CampaignLines(ctx, c.ID)
	if err != nil {
		return err
	}
	scope := SecretScope{Until: c.Until}
	for _, l := range before {
		scope.Registrations = append(scope.Registrations, l.RegistrationID)
	}
	lines, err := s.planSecrets(ctx, caller, &c, scope)
	if err != nil {
		return err
	}
	return s.cfg.Store.ReplaceLines(ctx, c, lines)
}

// SecretUse is an institution where registrations are in use with client secrets.
type SecretUse struct {
	Institution   catalogue.Institution
	Registrations int
}

// SecretUses returns the institutions at which there are client secrets to replace, by name.
func (s *Service) SecretUses(ctx context.Context, caller access.Caller) ([]SecretUse, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CampaignRead, ""); err != nil {
		return nil, err
	}
	counts, err := s.cfg.Store.CountSecrets(ctx)
	if err != nil {
		return nil, err
	}
	var uses []SecretUse
	for id, n := range counts {
		in, err := s.institution(ctx, caller, id)
		if err != nil {
			return nil, err
		}
		uses = append(uses, SecretUse{in, n})
	}
	slices.SortFunc(uses, func(a, b SecretUse) int { return strings.Compare(a.Institution.Name, b.Institution.Name) })
	return uses, nil
}

// NewSecret is a client secret that a person has made at the bank.
type NewSecret struct {
	Text     secret.Text
	SwitchAt time.Time // when it comes into use; zero: as planned
}

// RecordSecret takes a new client secret into custody, and says when it comes into use: where the bank no longer
// accepts the former one, or has not said that it does, at once.
func (s *Service) RecordSecret(
	ctx context.Context, caller access.Caller, id, registrationID string, n NewSecret,
) error {
	return s.change(ctx, caller, id, registrationID,
		note.New("line_secret", "the new client secret is in custody, campaign %s", id),
		func(c Campaign, l *Line) error {
			switch {
			case c.Kind != OfSecrets:
				return wrongKind()
			case c.State != Running:
				return wrongState(c.State)
			case !l.State.Open() || l.State.inUse():
				return wrongLineState(l.State)
			}
			in, err := s.institution(ctx, caller, l.InstitutionID)
			if err != nil {
				return err
			}
			now := s.cfg.Now()
			l.Plan = plan.Told(s.rules(c, in), l.Plan)
			if err := s.secretMoment(c.rule(in), l, n.SwitchAt); err != nil {
				return err
			}
			b, err := s.cfg.Registrations.RecordSecret(ctx, caller, registrationID, l.Swap.OldSecret, n.Text)
			if err != nil {
				return err
			}
			l.Swap.NewSecret, l.NewVersion = b.CredentialsRef, b.Version
			l.State, l.AnsweredAt, l.Failure, l.NextAt = Prepared, now, note.Note{}, now
			return nil
		})
}

// secretMoment sets when a new secret comes into use: at once where the former one is dead already, else when a person
// says, and not after the bank has let go of the former one.
func (s *Service) secretMoment(rule catalogue.ChangeRule, l *Line, chosen time.Time) error {
	now, last := s.cfg.Now(), l.Plan.SwitchBy
	bounded := rule.OverlapDays > 0
	switch {
	case rule.Overlap != "yes":
		l.SwitchAt = now
	case chosen.IsZero():
		l.SwitchAt = later(now, l.Plan.Suggested)
		if bounded && l.SwitchAt.After(last) {
			l.SwitchAt = later(now, last)
		}
	case bounded && chosen.After(last):
		return fault.New(fault.Invalid, "switch_at_late",
			"The bank accepts the former secret until %s at the latest; choose an earlier moment.",
			last.UTC().Format("2006-01-02 15:04 UTC"))
	default:
		return s.at(l, chosen)
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// EndFormer notes that a person has ended the former secret at the bank. The program then destroys it in custody: in a
// campaign that was given up at once, because nothing of it is run any more.
func (s *Service) EndFormer(ctx context.Context, caller access.Caller, id, registrationID string) error {
	return s.change(ctx, caller, id, registrationID,
		note.New("line_former_ended", "the former client secret was ended at the bank, campaign %s", id),
		func(c Campaign, l *Line) error {
			givenUp := c.State == Ended && (l.State == Activated || l.State == Ending)
			if l.Swap.OldSecret == "" || l.State != Followed && !givenUp {
				return wrongLineState(l.State)
			}
			now := s.cfg.Now()
			l.State, l.FormerEndedAt, l.FormerEndedBy, l.NextAt = Ending, now, caller.ID, now
			if c.State == Ended {
				return s.destroyFormer(ctx, l)
			}
			return nil
		})
}

// destroyFormer removes the former secret from custody.
func (s *Service) destroyFormer(ctx context.Context, l *Line) error {
	err := s.cfg.Registrations.DestroySecret(ctx, access.CampaignRunner(), l.RegistrationID, l.Swap.OldSecret)
	if err == nil {
		l.State, l.ConfirmedAt, l.NextAt = Confirmed, s.cfg.Now(), time.Time{}
	}
	return err
}

func wrongKind() error {
	return fault.New(fault.Conflict, "campaign_kind",
		"This is done in campaigns of the other kind: a bank is told of certificates, and gives a client secret "+
			"itself.")
}
