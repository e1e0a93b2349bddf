package campaign

import (
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
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

// together is how many registrations are read before the services that use them are asked for, which costs the same
// for one as for many.
const together = 100

// Each hands the evidence of every registration to f, at most the first `most` of them.
func (r *Report) Each(ctx context.Context, most int, f func(Evidence) error) error {
	for lines := range slices.Chunk(r.lines[:min(len(r.lines), most)], together) {
		all, err := r.service.evidence(ctx, lines)
		if err != nil {
			return err
		}
		for _, e := range all {
			if err := f(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// Len is how many registrations it has.
func (r *Report) Len() int { return len(r.lines) }

func (s *Service) evidence(ctx context.Context, lines []Line) ([]Evidence, error) {
	all, views := make([]Evidence, len(lines)), make([]registration.View, len(lines))
	for i, l := range lines {
		v, err := s.cfg.Registrations.WithVersions(ctx, l.RegistrationID)
		if err != nil {
			return nil, err
		}
		all[i].Line, views[i] = l, v
		for _, b := range v.Bundles {
			if l.NewVersion > 0 && b.Version == l.NewVersion {
				all[i].ActivatedBy = b.ActivatedBy
			}
		}
	}
	// Whoever may read the campaign may see what the services of its registrations present.
	serving, err := s.cfg.Services.Overviews(ctx, access.CampaignRunner(), views...)
	if err != nil {
		return nil, err
	}
	for i := range serving {
		all[i].Serving = serving[i]
	}
	return all, nil
}
