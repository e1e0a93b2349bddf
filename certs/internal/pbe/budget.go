package pbe

import (
	"context"
	"errors"
	"fmt"
)

// Reasons for which no work is done any more.
var (
	// ErrCostly means that a file asks for more than a whole budget.
	ErrCostly = errors.New("too much work")
	// ErrSpent means that what was tried before has used the budget up.
	ErrSpent = errors.New("no work is left")
	// ErrEnded means that whoever waits for the result has left, or has waited long enough.
	ErrEnded = errors.New("the time is up")
)

// IsOver reports whether an error is the end of a budget and says nothing about the passphrase.
func IsOver(err error) bool {
	return errors.Is(err, ErrCostly) || errors.Is(err, ErrSpent) || errors.Is(err, ErrEnded)
}

// maxMemory is what one scrypt call may take, in bytes. OpenSSL asks for 16 MiB.
const maxMemory = 33 << 20

// Budget bounds what opening files may cost: all files, all passphrases and all parts of files that are read under
// it. It counts work and not iterations, one unit for a block of SHA-256, and ends with its context. It is for one
// goroutine.
type Budget struct {
	ctx         context.Context
	whole, left int
}

// NewBudget returns a budget of so many units that ends with ctx.
func NewBudget(ctx context.Context, units int) *Budget {
	return &Budget{ctx: ctx, whole: units, left: units}
}

// Spend takes units out of the budget, before the work is done.
func (b *Budget) Spend(units int) error {
	switch {
	case b.ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrEnded, b.ctx.Err())
	case units < 0 || units > b.whole:
		return ErrCostly
	case units > b.left:
		return ErrSpent
	}
	b.left -= units
	return nil
}

// SpendBytes takes what looking once at so many bytes costs: to hash, decrypt or decode them.
func (b *Budget) SpendBytes(n int) error { return b.Spend(1 + n/64) }

// Left is how many units there are still.
func (b *Budget) Left() int { return b.left }

// repeat does so many rounds of what was spent before, until the context ends.
func (b *Budget) repeat(rounds int, step func()) error {
	const now = 4096 // rounds, half a millisecond
	for i := range rounds {
		if i%now == 0 && b.ctx.Err() != nil {
			return fmt.Errorf("%w: %w", ErrEnded, b.ctx.Err())
		}
		step()
	}
	return nil
}
