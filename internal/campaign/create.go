package campaign

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/connector/calendar"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign/plan"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/internal/workday"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
)

// The bounds of a campaign.
const (
	pairsMost = 10
	nameMost  = 200
	linesMost = 5000 // what two people can agree to at once, and a page of approval can show
)

// Intent is a campaign that somebody wants to begin.
type Intent struct {
	Name    string
	Pairs   []Pair       // Old and New, of certificates
	Secrets *SecretScope // nil: it is about certificates
	Eves    bool
}

// Create plans a campaign: a line for each registration whose version in use has one of the old certificates, or a
// client secret that is to be replaced.
// Nothing changes by that, here or at a bank.
func (s *Service) Create(ctx context.Context, caller access.Caller, n Intent) (Campaign, error) {
	c := Campaign{
		ID:        uid.New(),
		Name:      strings.TrimSpace(n.Name),
		Kind:      OfCertificates,
		Eves:      n.Eves,
		State:     Draft,
		CreatedBy: caller.ID,
		CreatedAt: s.cfg.Now(),
	}
	err := s.cfg.Audit.Do(ctx, caller, access.CampaignWrite, c.ID, func() (note.Note, error) {
		detail := note.New("campaign_planned", "campaign %s", c.Name)
		if c.Name == "" || utf8.RuneCountInString(c.Name) > nameMost || strings.ContainsFunc(c.Name,
			unicode.IsControl) {
			return detail, fault.New(fault.Invalid, "campaign_name",
				"Give the campaign a name of at most %d characters.",
				nameMost)
		}
		lines, err := s.linesOf(ctx, caller, &c, n)
		if err != nil {
			return detail, err
		}
		return detail, s.cfg.Store.AddCampaign(ctx, c, lines)
	})
	return c, err
}

func (s *Service) linesOf(ctx context.Context, caller access.Caller, c *Campaign, n Intent) ([]Line, error) {
	switch {
	case n.Secrets != nil && len(n.Pairs) > 0:
		return nil, fault.New(fault.Invalid, "campaign_both",
			"A campaign replaces certificates or client secrets; plan one for each.")
	case n.Secrets != nil:
		return s.planSecrets(ctx, caller, c, *n.Secrets)
	}
	old, err := s.pair(ctx, caller, c, n.Pairs)
	if err != nil {
		return nil, err
	}
	return s.plan(ctx, caller, *c, old)
}

// pair checks the certificates and returns the records of all of them, by id.
func (s *Service) pair(
	ctx context.Context, caller access.Caller, c *Campaign, pairs []Pair,
) (map[string]vault.Record, error) {
	if len(pairs) == 0 || len(pairs) > pairsMost {
		return nil, fault.New(fault.Invalid, "campaign_pairs",
			"Name 1 to %d certificates, each with the one that takes its place.", pairsMost)
	}
	records := map[string]vault.Record{}
	for _, p := range pairs {
		if p.Old == p.New || records[p.Old].ID != "" || records[p.New].ID != "" {
			return nil, fault.New(fault.Invalid, "campaign_pair_twice", "Name each certificate once.")
		}
		for _, id := range []string{p.Old, p.New} {
			r, err := s.cfg.Certificates.Get(ctx, caller, id)
			if err != nil {
				return nil, err
			}
			records[id] = r
		}
		was, next := records[p.Old], records[p.New]
		kind := was.Leaf.Kind
		if kind != next.Leaf.Kind || kind != certs.QWAC && kind != certs.QSealC ||
			was.Leaf.OrganizationIdentifier != next.Leaf.OrganizationIdentifier {
			return nil, fault.New(fault.Invalid, "campaign_pair_differs",
				"%q cannot take the place of %q: both have to be QWACs, or QSealCs, of one organization.", next.Name,
				was.Name)
		}
		if next.State != vault.Stored || !next.Leaf.NotAfter.After(s.cfg.Now()) {
			return nil, fault.New(fault.Conflict, "campaign_new_unusable",
				"%q cannot be used any more; choose another certificate.", next.Name)
		}
		c.Pairs = append(c.Pairs, Pair{
			Old:       p.Old,
			New:       p.New,
			OldSHA256: was.Leaf.SHA256,
			NewSHA256: next.Leaf.SHA256,
			Kind:      string(kind),
		})
	}
	return records, nil
}

// plan makes the lines.
func (s *Service) plan(
	ctx context.Context, caller access.Caller, c Campaign, records map[string]vault.Record,
) ([]Line, error) {
	var old []string
	for _, p := range c.Pairs {
		old = append(old, p.Old)
	}
	affected, err := s.cfg.Store.AffectedBy(ctx, old, linesMost+1)
	if err != nil {
		return nil, err
	}
	switch {
	case len(affected) == 0:
		return nil, fault.New(fault.Conflict, "campaign_empty",
			"No registration uses the old certificates; there is nothing to change at a bank.")
	case len(affected) > linesMost:
		return nil, fault.New(fault.Conflict, "campaign_too_large",
			"More than %d registrations use the old certificates, which is the most that a campaign has; name one "+
				"pair of certificates at a time.", linesMost)
	}
	return s.lines(ctx, caller, c, affected, records)
}

// lines makes one of each registration, those to be begun first come first.
func (s *Service) lines(
	ctx context.Context, caller access.Caller, c Campaign, affected []Affected, records map[string]vault.Record,
) (_ []Line, err error) {
	institutions := map[string]catalogue.Institution{}
	lines := make([]Line, len(affected))
	for i, a := range affected {
		in, known := institutions[a.InstitutionID]
		if !known {
			if in, err = s.institution(ctx, caller, a.InstitutionID); err != nil {
				return nil, err
			}
			institutions[a.InstitutionID] = in
		}
		lines[i] = s.line(c, a, in, records)
	}
	slices.SortFunc(lines, func(a, b Line) int {
		return cmp.Or(a.DueBy().Compare(b.DueBy()), strings.Compare(a.RegistrationID, b.RegistrationID))
	})
	return lines, nil
}

func (s *Service) line(c Campaign, a Affected, in catalogue.Institution, records map[string]vault.Record) Line {
	l := Line{
		CampaignID:     c.ID,
		RegistrationID: a.RegistrationID,
		InstitutionID:  a.InstitutionID,
		Name:           in.Name + ", " + a.Application,
		Environment:    in.Environment,
		OldVersion:     a.Version,
		Consents:       a.Consents,
		State:          Planned,
		ChangedAt:      s.cfg.Now(),
	}
	if c.Kind == OfSecrets {
		l.Swap.OldSecret = a.CredentialsRef
	}
	for _, p := range c.Pairs {
		switch p.Old {
		case a.QWACID:
			l.Swap.OldQWAC, l.Swap.NewQWAC = p.Old, p.New
		case a.QSealCID:
			l.Swap.OldQSealC, l.Swap.NewQSealC = p.Old, p.New
		}
	}
	l.Plan = plan.For(s.facts(c, l, in, records))
	return l
}

// facts are what the plan of a line is made of: the certificate that ends first counts, and a rule of law before it.
func (s *Service) facts(c Campaign, l Line, in catalogue.Institution, records map[string]vault.Record) plan.Facts {
	f := s.rules(c, in)
	f.Until = c.Until // zero but for secrets
	for _, swap := range [][2]string{{l.Swap.OldQWAC, l.Swap.NewQWAC}, {l.Swap.OldQSealC, l.Swap.NewQSealC}} {
		if swap[0] == "" {
			continue
		}
		ends := usableUntil(records[swap[0]].Leaf, f.Now)
		if f.Until.IsZero() || ends.Before(f.Until) {
			f.Until = ends
		}
		if from := records[swap[1]].Leaf.NotBefore; from.After(f.From) {
			f.From = from
		}
	}
	return f
}

// rules are the facts that hold for every line at an institution.
func (s *Service) rules(c Campaign, in catalogue.Institution) plan.Facts {
	return plan.Facts{
		Now:  s.cfg.Now(),
		Rule: c.rule(in),
		Days: workday.Bank(in.Group.Country),
		Zone: in.Zone(),
		Eves: c.Eves,
	}
}

// usableUntil is when a certificate ends, by itself or because the law no longer lets it be used.
func usableUntil(c *certs.Certificate, now time.Time) time.Time {
	ends := c.NotAfter
	for _, a := range rules.Ahead(c, now) {
		if a.By.After(now) && a.By.Before(ends) {
			ends = a.By
		}
	}
	return ends
}

// Replan plans a draft anew: what is registered, what banks have said and how many consents there are may have changed.
func (s *Service) Replan(ctx context.Context, caller access.Caller, id string) error {
	return s.act(ctx, caller, id, note.New("campaign_planned", "campaign %s", id), func(c *Campaign) error {
		if c.State != Draft {
			return fault.New(fault.Conflict, "campaign_agreed",
				"What was agreed to is not planned anew; only a draft is.")
		}
		if c.Kind == OfSecrets {
			return s.replanSecrets(ctx, caller, *c)
		}
		records := map[string]vault.Record{}
		for _, p := range c.Pairs {
			for _, id := range []string{p.Old, p.New} {
				r, err := s.cfg.Certificates.Get(ctx, caller, id)
				if err != nil {
					return err
				}
				records[id] = r
			}
		}
		lines, err := s.plan(ctx, caller, *c, records)
		if err != nil {
			return err
		}
		return s.cfg.Store.ReplaceLines(ctx, *c, lines)
	})
}

// act reads a campaign, and authorises and audits f.
func (s *Service) act(
	ctx context.Context, caller access.Caller, id string, detail note.Note, f func(c *Campaign) error,
) error {
	return s.cfg.Audit.Do(ctx, caller, access.CampaignWrite, id, func() (note.Note, error) {
		c, err := s.cfg.Store.Campaign(ctx, id)
		if err == nil {
			err = f(&c)
		}
		return detail, err
	})
}

// rule is what a change takes at an institution.
func (c Campaign) rule(in catalogue.Institution) catalogue.ChangeRule {
	if c.Kind == OfSecrets {
		return in.Acceptance.SecretRule()
	}
	return in.Acceptance.Rule()
}

// day is the day by which something has to be begun.
func (l Line) day(zone *time.Location) calendar.Date {
	if !l.Plan.AnnounceBy.IsZero() {
		return l.Plan.AnnounceBy
	}
	return calendar.Of(l.Plan.SwitchBy, zone)
}

// DueBy is the last safe day to begin, as a moment for the order of lines.
func (l Line) DueBy() time.Time { return l.day(time.UTC).UTC() }
