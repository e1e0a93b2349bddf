package vault

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// Touched are the certificates that a rule to come touches.
type Touched struct {
	Rule  rules.DatedRule
	IDs   []string      // the earliest deadlines first
	Count listing.Count // of all there are
}

// RulesAhead knows which certificates rules to come touch.
type RulesAhead interface {
	// CertificatesTouched returns how many certificates not ended at a time each of the rules touches, in the order of
	// the rules, and names at most limit for each. Rules that touch none are left out.
	CertificatesTouched(
		ctx context.Context, reach access.Reach, announced []rules.DatedRule, at time.Time, limit int,
	) ([]Touched, error)
}

// Ahead returns the rules to come that touch certificates, the earliest first, and names at most limit for each.
func (v *Vault) Ahead(ctx context.Context, caller access.Caller, limit int) ([]Touched, error) {
	reach, err := v.cfg.Audit.Reach(ctx, caller, access.CertList)
	if err != nil {
		return nil, err
	}
	now := v.cfg.Now()
	return v.cfg.RulesAhead.CertificatesTouched(ctx, reach, rules.Announced(now), now, limit)
}
