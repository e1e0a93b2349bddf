package bank

import (
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

// refreshRule is what a segment's refresh tokens are good for.
type refreshRule struct {
	lifetime time.Duration // 0: there are none
	uses     int           // 0: one use, with a new token in exchange
}

func (g *grants) rule(segment segments.Segment) refreshRule {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ruleOf(segment)
}

// ruleOf is rule for those who hold the lock.
func (g *grants) ruleOf(segment segments.Segment) refreshRule {
	if changed, ok := g.rules[segment.Key()]; ok {
		return changed
	}
	return refreshRule{segment.RefreshLifetime, segment.RefreshUses}
}

// setRule counts for refresh tokens given from now on.
func (g *grants) setRule(segment segments.Segment, rule refreshRule) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rules[segment.Key()] = rule
}
