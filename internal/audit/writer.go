package audit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// batchSize bounds what one transaction writes.
	batchSize = 256
	// writeTime is how long one transaction may take. It is longer than the store's own
	// patience, so that the store can say what is wrong.
	writeTime = 15 * time.Second
)

// writer puts entries at the end of the chain. There is one end, so that writers
// would wait for one another's disk write; instead whoever has the turn
// writes what has gathered meanwhile, in one transaction.
type writer struct {
	store   Store
	turn    chan struct{} // held by who writes
	mu      sync.Mutex
	waiting []*line
	outage  outage
	refused atomic.Int64 // entries that could not be written since the start
}

// outage is a time during which nothing could be written; the zero value is none.
type outage struct {
	since   time.Time
	refused int   // entries, and with them acts
	cause   error // nil when writing works again and nobody has written down that it did not
	asked   time.Time
}

// askEvery is how often Health tries during an outage, however often it is called.
const askEvery = 5 * time.Second

// line is an entry on its way.
type line struct {
	entry Entry
	done  chan error // gets one value, when the entry is written or will not be
}

func newWriter(store Store) *writer { return &writer{store: store, turn: make(chan struct{}, 1)} }

// append returns when the entry is written. After an error it is not, but for one of a
// database that fell silent while it confirmed.
func (w *writer) append(ctx context.Context, e Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	mine := &line{entry: e.storable(), done: make(chan error, 1)}
	w.mu.Lock()
	w.waiting = append(w.waiting, mine)
	w.mu.Unlock()
	select {
	case err := <-mine.done:
		return err
	case w.turn <- struct{}{}:
		w.write(ctx, mine)
	case <-ctx.Done():
		if w.withdraw(mine) {
			return ctx.Err()
		}
	}
	return <-mine.done
}

// write has the turn and gives it back. Meanwhile it writes until mine is among what was written; it may have been
// before. The entries of others are not lost because this caller hangs up.
func (w *writer) write(ctx context.Context, mine *line) {
	defer func() { <-w.turn }()
	ctx = context.WithoutCancel(ctx)
	for len(mine.done) == 0 {
		w.writeBatch(ctx, w.take())
	}
}

func (w *writer) writeBatch(ctx context.Context, batch []*line) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	err := errors.New("the store did not return")
	defer func() { // also when it panics: nobody waits for ever
		w.note(len(batch), err)
		for _, l := range batch {
			l.done <- err
		}
	}()
	err = w.store.AppendAudit(ctx, func(newest Entry) []Entry {
		entries := make([]Entry, len(batch))
		for i, l := range batch {
			entries[i] = l.entry.follow(newest)
			newest = entries[i]
		}
		return entries
	})
}

// note keeps how the last writing went. The end of an outage is noted by who writes it down.
func (w *writer) note(n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.outage.cause = nil
		return
	}
	if w.outage.since.IsZero() {
		w.outage.since = time.Now()
	}
	w.outage.refused, w.outage.cause = w.outage.refused+n, err
	w.refused.Add(int64(n))
}

// ongoing is the outage that has not been written down yet.
func (w *writer) ongoing() outage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.outage
}

// mayAsk reports whether it is time to try again.
func (w *writer) mayAsk() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.outage.cause != nil && time.Since(w.outage.asked) < askEvery {
		return false
	}
	w.outage.asked = time.Now()
	return true
}

// over forgets an outage that was written down.
func (w *writer) over(o outage) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.outage.cause == nil && w.outage.since.Equal(o.since) {
		w.outage = outage{}
	}
}

// take removes what is to be written next.
func (w *writer) take() []*line {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(w.waiting), batchSize)
	batch := w.waiting[:n:n]
	w.waiting = w.waiting[n:]
	return batch
}

// withdraw reports whether the entry was still waiting, and now is not.
func (w *writer) withdraw(mine *line) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, l := range w.waiting {
		if l == mine {
			w.waiting = append(w.waiting[:i:i], w.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// storable makes the entry one that every database takes: PostgreSQL refuses NUL and
// what is not UTF-8, and one such entry must not keep others from being written.
func (e Entry) storable() Entry {
	e.Args = slices.Clone(e.Args)
	texts := []*string{&e.CallerID, &e.CallerName, (*string)(&e.Action), &e.Object, &e.Code, &e.Detail, &e.Origin}
	for i := range e.Args {
		texts = append(texts, &e.Args[i])
	}
	for _, s := range texts {
		*s = strings.ReplaceAll(strings.ToValidUTF8(*s, "?"), "\x00", "?")
	}
	if len(e.Object) > maxObject {
		e.Object = strings.ToValidUTF8(e.Object[:maxObject], "") + "…"
	}
	return e
}

// maxObject bounds what an entry says of its object, in bytes: an id has 36, but what a request names may have 32 KB,
// and the log keeps it for good.
const maxObject = 1000
