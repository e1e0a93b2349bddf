package cases

import (
	"context"

	"github.com/sealkeeper/sealkeeper/internal/environment"
)

func (s *Service) approval(ctx context.Context, id string) (findings, error) {
	f, err := s.cfg.Facts.ApprovalFacts(ctx, id)
	if err != nil {
		return findings{}, err
	}
	one := finding{about: Case{
		Kind:        ApprovalWaits,
		Name:        f.Object,
		Todo:        "approval/" + id,
		Environment: environment.Name(f.Environment),
		Args:        []string{f.Action, f.RequestedBy},
		BeginsAt:    f.RequestedAt,
		EndsAt:      f.ExpiresAt,
	}}
	life := f.ExpiresAt.Sub(f.RequestedAt)
	if !f.Open {
		one.fact = Settled
	} else {
		one.thresholds = []Threshold{
			{Opened, f.RequestedAt.Add(life / 4), false},
			{StillSo, f.ExpiresAt.Add(-life / 4), true},
		}
	}
	return findings{findings: []finding{one, unreviewed(id, f)}}, nil
}

// When somebody else has to have looked at what was done in an emergency: by two people, or by one alone.
const (
	reviewWithin      = 3 * day
	reviewAloneWithin = day
)

// unreviewed is what one or two people did in an emergency, until somebody else has looked at it.
func unreviewed(id string, f ApprovalFacts) finding {
	if f.UnreviewedSince.IsZero() {
		return finding{about: Case{Kind: Unreviewed}, fact: Settled}
	}
	within, who := reviewWithin, []string{f.RequestedBy, f.DecidedBy}
	soon := Threshold{OneDay, f.UnreviewedSince.Add(reviewWithin - day), true}
	if f.Alone {
		within, who = reviewAloneWithin, []string{f.DecidedBy}
		soon = Threshold{StillSo, f.UnreviewedSince.Add(reviewAloneWithin / 2), true}
	}
	ends := f.UnreviewedSince.Add(within)
	return finding{
		about: Case{
			Kind:        Unreviewed,
			Name:        f.Object,
			Todo:        "review/" + id,
			Environment: environment.Name(f.Environment),
			Places:      []string{f.Thing},
			PlaceCount:  1,
			Args:        who,
			BeginsAt:    f.UnreviewedSince,
			EndsAt:      ends,
		},
		thresholds: []Threshold{
			{Opened, f.UnreviewedSince, f.Alone},
			soon,
			{Ended, ends, true},
		},
	}
}
