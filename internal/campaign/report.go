package campaign

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/usage"
)

// Report is the evidence of a campaign: what was replaced where and when, who agreed, what each bank was told and has
// answered, and what services present there now. It is what Article 34 of RTS 2018/389 (certificates) and a register
// under DORA ask to be shown.
type Report struct {
	Campaign Campaign
	Counts   Counts
	At       time.Time
	By       string // caller id

	service *Service
	lines   []Line
}

// Evidence is what a report has of one registration.
type Evidence struct {
	Line
	ActivatedBy string         // caller id, of the version with the new certificates; empty: it was never in use
	Serving     usage.Overview // which service presents which version now
}

// Report begins a report of what is known now.
func (s *Service) Report(ctx context.Context, caller access.Caller, id string) (*Report, error) {
	c, counts, _, err := s.Campaign(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	lines, err := s.cfg.Store.CampaignLines(ctx, id)
	return &Report{
		Campaign: c,
		Counts:   counts,
		At:       s.cfg.Now(),
		By:       caller.ID,
		service:  s,
		lines:    lines,
	}, err
}

// Each hands the evidence of every registration to f, at most the first `most` of them.
func (r *Report) Each(ctx context.Context, most int, f func(Evidence) error) error {
	for _, l := range r.lines[:min(len(r.lines), most)] {
		e, err := r.service.evidence(ctx, l)
		if err != nil {
			return err
		}
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}

// Len is how many registrations it has.
func (r *Report) Len() int { return len(r.lines) }

func (s *Service) evidence(ctx context.Context, l Line) (Evidence, error) {
	e := Evidence{Line: l}
	v, err := s.cfg.Registrations.InUse(ctx, l.RegistrationID)
	if err != nil {
		return e, err
	}
	for _, b := range v.Bundles {
		if l.NewVersion > 0 && b.Version == l.NewVersion {
			e.ActivatedBy = b.ActivatedBy
		}
	}
	// Whoever may read the campaign may see what the services of its registrations present.
	e.Serving, err = s.cfg.Services.Overview(ctx, access.CampaignRunner(), v)
	return e, err
}
