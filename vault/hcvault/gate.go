package hcvault

import (
	"context"

	"github.com/sealkeeper/sealkeeper/fault"
)

// gate lets a bounded number through at once and a bounded number wait. When
// Vault is slow or down, callers beyond that learn it at once instead of piling up.
type gate struct {
	inside chan struct{}
	places chan struct{} // inside and waiting together
}

func newGate(inside, waiting int) *gate {
	return &gate{inside: make(chan struct{}, inside), places: make(chan struct{}, inside+waiting)}
}

// enter waits for its turn. The caller calls leave when it returned no error.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.places <- struct{}{}:
	default:
		return fault.New(fault.Unavailable, "vault_busy",
			"Too many signatures are waiting for Vault; try again in a moment.")
	}
	select {
	case g.inside <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-g.places
		return fault.Wrap(ctx.Err(), fault.Unavailable, "vault_timeout",
			"Vault did not answer in time; try again, and check Vault if this persists.")
	}
}

func (g *gate) leave() {
	<-g.inside
	<-g.places
}
