package campaign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Request has the campaign agreed to: by two people where one of its registrations is live and the policy demands it.
func (s *Service) Request(
	ctx context.Context, caller access.Caller, id, reason string,
) (r approval.Request, done bool, err error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CampaignApprove, id); err != nil {
		return r, false, err
	}
	c, lines, err := s.whole(ctx, id)
	if err != nil {
		return r, false, err
	}
	env := environment.Sandbox
	for _, l := range lines {
		if l.Environment != environment.Sandbox {
			env = environment.Live
		}
	}
	return s.cfg.Approvals.RequestChange(ctx, caller, approval.NewRequest{
		Handling:    s.Handling(),
		Object:      id,
		ObjectName:  c.Name,
		Environment: env,
		Reason:      reason,
	})
}

func (s *Service) whole(ctx context.Context, id string) (Campaign, []Line, error) {
	c, err := s.cfg.Store.Campaign(ctx, id)
	if err != nil {
		return c, nil, err
	}
	lines, err := s.cfg.Store.CampaignLines(ctx, id)
	return c, lines, err
}

// Handling is the agreement to a campaign.
func (s *Service) Handling() approval.Handling {
	return approval.Handling{Kind: access.CampaignApprove, Handler: agreement{s}}
}

// agreement is an approval.Handler.
type agreement struct{ s *Service }

// Describe implements approval.Handler: old and new certificate of each registration.
func (h agreement) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	c, lines, err := h.s.whole(ctx, r.Object)
	if err != nil {
		return nil, "", err
	}
	if c.State != Draft {
		return nil, "", fault.New(fault.Conflict, "campaign_agreed_already", "The campaign is agreed to already.")
	}
	changes, err := h.s.changes(ctx, c, lines)
	return changes, fingerprint(c, lines), err
}

func (s *Service) changes(ctx context.Context, c Campaign, lines []Line) ([]approval.Change, error) {
	digests := map[string]string{"": ""}
	var changes []approval.Change
	for _, p := range c.Pairs {
		digests[p.Old], digests[p.New] = p.OldSHA256, p.NewSHA256
		change := approval.Change{
			Field: p.Kind,
			Code:  "change.campaign_pair",
			Consequence: "The new certificate takes the place of the old one at each of the banks below, at the " +
				"moment agreed with it; until the campaign is over, the way back is agreed to as well.",
		}
		for id, into := range map[string]**approval.Certificate{
			p.Old: &change.BeforeCertificate,
			p.New: &change.AfterCertificate,
		} {
			r, err := s.cfg.Certificates.Get(ctx, access.SystemCaller("campaigns"), id)
			if err != nil {
				return nil, err
			}
			*into = &approval.Certificate{Subject: r.Leaf.Subject, SHA256: r.Leaf.SHA256, NotAfter: r.Leaf.NotAfter}
		}
		change.Before, change.After = change.BeforeCertificate.SHA256, change.AfterCertificate.SHA256
		changes = append(changes, change)
	}
	for _, l := range lines {
		if c.Kind == OfSecrets {
			changes = append(changes, secretChange(l))
			continue
		}
		before := fmt.Sprintf("%s (%d)\n%s", l.Name, l.OldVersion,
			told(digests[l.Swap.OldQWAC], digests[l.Swap.OldQSealC]))
		consents := fmt.Sprint(l.Consents)
		changes = append(changes, approval.Change{
			Field:  "registration",
			Before: before,
			After:  told(digests[l.Swap.NewQWAC], digests[l.Swap.NewQSealC]),
			Code:   "change.campaign_line",
			Args:   []string{consents},
			Consequence: fmt.Sprintf("Nothing else of the version in use changes. Consents of customers now: %s.",
				consents),
		})
	}
	return changes, nil
}

// secretChange never shows a secret: only that another one takes its place.
func secretChange(l Line) approval.Change {
	return approval.Change{
		Field:  "registration",
		Before: fmt.Sprintf("%s (%d)", l.Name, l.OldVersion),
		After:  "another client secret",
		Code:   "change.campaign_secret",
		Consequence: "Nothing else of the version in use changes: the client id and the certificates stay. When " +
			"every service has followed, the former secret is ended at the bank and destroyed.",
	}
}

// told names the certificates of a version by their fingerprints.
func told(qwac, qsealc string) string {
	switch {
	case qsealc == "":
		return "QWAC " + qwac
	case qwac == "":
		return "QSealC " + qsealc
	}
	return "QWAC " + qwac + "\nQSealC " + qsealc
}

// fingerprint covers the certificates of every registration, and no time: when a bank has agreed to what is found out
// after the approval.
func fingerprint(c Campaign, lines []Line) string {
	facts := []any{c.ID, c.Pairs}
	if c.Kind == OfSecrets {
		facts = append(facts, c.Kind)
	}
	for _, l := range lines {
		facts = append(facts, []any{l.RegistrationID, l.OldVersion, l.Swap})
	}
	text, _ := json.Marshal(facts) // strings and numbers always marshal
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Apply implements approval.Handler.
func (h agreement) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	detail := r.Recorded(note.New("campaign_approved", "campaign %s", r.ObjectName))
	return h.s.cfg.Audit.Do(ctx, by, access.CampaignApprove, r.Object, func() (note.Note, error) {
		c, lines, err := h.s.whole(ctx, r.Object)
		if err != nil {
			return detail, err
		}
		if c.State != Draft || fingerprint(c, lines) != r.Fingerprint {
			return detail, fault.New(fault.Conflict, "campaign_changed",
				"The campaign was planned anew in the meantime; look at it again.")
		}
		c.State, c.Agreed = Approved, r.Fingerprint
		c.RequestedBy, c.ApprovedBy, c.ApprovedAt = r.RequestedBy, r.DecidedBy, h.s.cfg.Now()
		return detail, h.s.cfg.Store.UpdateCampaign(ctx, c)
	})
}

// Applied implements approval.Witness.
func (h agreement) Applied(ctx context.Context, r approval.Request) (bool, error) {
	c, err := h.s.cfg.Store.Campaign(ctx, r.Object)
	return c.Agreed == r.Fingerprint, err
}
