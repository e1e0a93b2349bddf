package grants

import (
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

// RefreshRule is what a segment's refresh tokens are good for.
type RefreshRule struct {
	Lifetime time.Duration // 0: there are none
	Uses     int           // 0: one use, with a new token in exchange
}

// Rule returns what counts for a segment now.
func (g *Store) Rule(segment segments.Segment) RefreshRule {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ruleOf(segment)
}

// ruleOf is Rule for those who hold the lock.
func (g *Store) ruleOf(segment segments.Segment) RefreshRule {
	if changed, ok := g.rules[segment.Key()]; ok {
		return changed
	}
	return RefreshRule{segment.RefreshLifetime, segment.RefreshUses}
}

// SetRule counts for refresh tokens given from now on.
func (g *Store) SetRule(segment segments.Segment, rule RefreshRule) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rules[segment.Key()] = rule
}
