package campaign

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// KeptAs is what was said when somebody decided that an old certificate stays.
func (c Campaign) KeptAs(certificateID string) (Kept, bool) {
	i := slices.IndexFunc(c.Kept, func(k Kept) bool { return k.Certificate == certificateID })
	if i < 0 {
		return Kept{}, false
	}
	return c.Kept[i], true
}

// Retiring reports whether the retirement of the old certificates is what is left to do.
func (c Campaign) Retiring(counts Counts) bool {
	return c.Kind == OfCertificates && c.State == Running && counts.Open() == 0
}

// unretired reports whether an old certificate is neither retired nor kept. It is retired where every other is: this
// package has no way of its own.
func (s *Service) unretired(ctx context.Context, c Campaign) (bool, error) {
	for _, p := range c.Pairs {
		if _, kept := c.KeptAs(p.Old); kept {
			continue
		}
		r, err := s.cfg.Certificates.Get(ctx, access.SystemCaller("campaigns"), p.Old)
		if errors.Is(err, fault.NotFound) {
			continue
		}
		if err != nil || r.State == vault.Stored {
			return true, err
		}
	}
	return false, nil
}

// Keep says that an old certificate stays, and why: the campaign is done without its retirement.
func (s *Service) Keep(ctx context.Context, caller access.Caller, id, certificateID, reason string) error {
	reason = strings.TrimSpace(reason)
	detail := note.New("campaign_kept", "an old certificate of campaign %s stays: %s", id, reason)
	return s.act(ctx, caller, id, detail, func(c *Campaign) error {
		if err := s.keepable(ctx, *c, certificateID, reason); err != nil {
			return err
		}
		if _, kept := c.KeptAs(certificateID); kept {
			return nil
		}
		c.Kept = append(c.Kept, Kept{certificateID, reason, caller.ID, s.cfg.Now()})
		if err := s.cfg.Store.UpdateCampaign(ctx, *c); err != nil {
			return err
		}
		c.Version++
		return s.settle(ctx, *c)
	})
}

func (s *Service) keepable(ctx context.Context, c Campaign, certificateID, reason string) error {
	switch {
	case c.Kind != OfCertificates:
		return wrongKind()
	case c.State != Running:
		return wrongState(c.State)
	case !slices.ContainsFunc(c.Pairs, func(p Pair) bool { return p.Old == certificateID }):
		return fault.New(fault.Invalid, "campaign_not_old", "Name a certificate that the campaign replaces.")
	case reason == "":
		return fault.New(fault.Invalid, "kept_reason_missing", "Say why the old certificate stays.")
	}
	if err := note.Bounded(reason); err != nil {
		return err
	}
	counts, err := s.cfg.Store.CountLines(ctx, c.ID)
	if err == nil && counts.Open() > 0 {
		err = fault.New(fault.Conflict, "campaign_open",
			"Registrations of the campaign are still open; whether the old certificate stays is said after them.")
	}
	return err
}

// isBack reports whether the former version of a line is in use again.
func (s *Service) isBack(ctx context.Context, l Line) bool {
	versions, err := s.cfg.Registrations.Versions(ctx, access.CampaignRunner(), l.RegistrationID)
	active := registration.View{Bundles: versions}.Active()
	return err == nil && active != nil && l.Swap.Before(*active)
}
