package app

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// configured is what the configuration makes of the policy: all of it for a first
// start, and what it states, which has to agree with the policy in force after that.
func configured(cfg config.Config) (all, stated policy.Values, err error) {
	all, stated = policy.Values{}, policy.Values{}
	for name, set := range map[string]struct {
		value  string
		stated bool
	}{
		policy.Live:         {strconv.FormatBool(cfg.FourEyes.Live), cfg.Stated.Live},
		policy.Sandbox:      {strconv.FormatBool(cfg.FourEyes.Sandbox), cfg.Stated.Sandbox},
		policy.ExpiresAfter: {cfg.FourEyes.ExpiresAfter.String(), cfg.Stated.ExpiresAfter},
	} {
		all[name] = set.value
		if set.stated {
			stated[name] = set.value
		}
	}
	for id, profile := range cfg.Institutions {
		name, value, err := policy.Correction(id, profile)
		if err != nil {
			return nil, nil, fault.New(fault.Invalid, "config_invalid", "Configuration: institutions: %s: %v.", id, err)
		}
		all[name], stated[name] = value, value
	}
	return all, stated, nil
}

// Stated is what a configuration states of the policy.
func Stated(cfg config.Config) (policy.Values, error) {
	_, stated, err := configured(cfg)
	return stated, err
}

// newPolicy wires what changes the policy. Commands that need no custody have no approvals, and nothing to follow.
func newPolicy(
	r Records, banks *catalogue.Catalogue, logger *slog.Logger, now func() time.Time, approvals policy.Approvals,
	corrected func(context.Context) error,
) *policy.Service {
	return policy.New(policy.Config{
		InForce:   r.InForce,
		Approvals: approvals,
		Audit:     r.Audit,
		Logger:    logger,
		Now:       now,
		Profile: func(id string, profile map[string]any) error {
			in, err := banks.Corrected(id, profile)
			if err == nil {
				err = Followable(in)
			}
			return err
		},
		Corrected: corrected,
	})
}

// NewPolicy is what changes the policy of a database where no service is wired.
func NewPolicy(ctx context.Context, r Records, logger *slog.Logger) (*policy.Service, error) {
	banks, err := Banks(ctx, r.DB, logger)
	if err != nil {
		return nil, err
	}
	return newPolicy(r, banks, logger, time.Now, nil, nil), nil
}

// corrections are what the catalogue follows, by institution.
type corrections map[string]map[string]any

// followCorrections has the catalogue say what the policy in force corrects, and clients follow it.
func (s *Services) followCorrections(ctx context.Context) error {
	inForce, err := s.InForce.Corrections(ctx)
	if err != nil {
		return err
	}
	now := corrections(inForce)
	before := s.follows.Load()
	if before != nil && reflect.DeepEqual(*before, now) {
		return nil
	}
	if before != nil || len(now) > 0 {
		s.Catalogue.Correct(now)
		s.Issuer.FollowCatalogue()
		s.TLS.Changed("")
	}
	if before != nil { // this process has not just started
		if err := s.DB.NoteTLSChanges(ctx, before.differ(now)); err != nil {
			return err
		}
	}
	s.follows.Store(&now)
	return nil
}

// differ returns the institutions of which the two say something else.
func (c corrections) differ(now corrections) []string {
	var ids []string
	for _, some := range []corrections{c, now} {
		for id := range some {
			if !reflect.DeepEqual(c[id], now[id]) && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// stops says in which environments the use of what is revoked stops by itself.
type stops struct{ live, sandbox bool }

// followPolicy has this process follow what is decided.
func (s *Services) followPolicy(ctx context.Context) error {
	if err := s.followCorrections(ctx); err != nil {
		return err
	}
	var now stops
	var err error
	if now.live, err = s.InForce.StopsRevoked(ctx, environment.Live); err != nil {
		return err
	}
	if now.sandbox, err = s.InForce.StopsRevoked(ctx, environment.Sandbox); err != nil {
		return err
	}
	before := s.stops.Load()
	if before != nil && *before != now {
		s.Issuer.FollowCatalogue()
		s.TLS.Changed("")
		if err := s.DB.NoteTLSChanges(ctx, s.stopped(*before, now)); err != nil {
			return err
		}
	}
	s.stops.Store(&now)
	return nil
}

// stopped are the institutions of the environments in which the two differ.
func (s *Services) stopped(before, now stops) []string {
	var ids []string
	for _, in := range s.Catalogue.All() {
		live := in.Environment == environment.Live
		if live && before.live != now.live || !live && before.sandbox != now.sandbox {
			ids = append(ids, in.ID)
		}
	}
	return ids
}

// healthy is the health of a part that is reported and makes nothing unready.
func healthy(context.Context) error { return nil }
