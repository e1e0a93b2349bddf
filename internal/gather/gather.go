// Package gather answers one question: how is the work of callers who come at the same time done in one go?
package gather

import (
	"context"
	"errors"
	"sync"
)

// Work is what several callers want done, and one of them does for all: each brings a T. Whoever has the turn does
// what has gathered meanwhile. Nobody waits so that more may gather, and who comes alone works alone.
type Work[T any] struct {
	most    int
	turn    chan struct{} // held by who works
	mu      sync.Mutex
	waiting []*call[T]
}

// call is what a caller has brought.
type call[T any] struct {
	of   T
	done chan error // gets one value, when it is done or will not be
}

// New returns work that is done for up to most callers in one go.
func New[T any](most int) *Work[T] { return &Work[T]{most: most, turn: make(chan struct{}, 1)} }

// Do has mine done and returns how that went. do may be called for others too: what it takes, at least once, is done
// when it returns, and what it returns is everybody's answer. A caller whose context ends while mine has not been
// taken takes it back; after that it waits for the answer.
func (w *Work[T]) Do(ctx context.Context, mine T, do func(take func() []T) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call[T]{of: mine, done: make(chan error, 1)}
	w.mu.Lock()
	w.waiting = append(w.waiting, c)
	w.mu.Unlock()
	select {
	case err := <-c.done:
		return err
	case w.turn <- struct{}{}:
		w.work(c, do)
	case <-ctx.Done():
		if w.withdraw(c) {
			return ctx.Err()
		}
	}
	return <-c.done
}

// work has the turn and gives it back. Meanwhile it works until mine is done; it may have been before.
func (w *Work[T]) work(mine *call[T], do func(take func() []T) error) {
	defer func() { <-w.turn }()
	for len(mine.done) == 0 {
		if taken, err := w.once(do); !taken && w.withdraw(mine) {
			mine.done <- err
		}
	}
}

func (w *Work[T]) once(do func(take func() []T) error) (taken bool, err error) {
	var batch []*call[T]
	err = errors.New("the work was broken off")
	defer func() { // also when it panics: nobody waits for ever
		for _, c := range batch {
			c.done <- err
		}
	}()
	err = do(func() []T {
		more := w.take()
		batch = append(batch, more...)
		all := make([]T, len(more))
		for i, c := range more {
			all[i] = c.of
		}
		return all
	})
	return len(batch) > 0, err
}

// take removes what is to be done next.
func (w *Work[T]) take() []*call[T] {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(w.waiting), w.most)
	batch := w.waiting[:n:n]
	w.waiting = w.waiting[n:]
	return batch
}

// withdraw reports whether the call was still waiting, and now is not.
func (w *Work[T]) withdraw(mine *call[T]) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, c := range w.waiting {
		if c == mine {
			w.waiting = append(w.waiting[:i:i], w.waiting[i+1:]...)
			return true
		}
	}
	return false
}
