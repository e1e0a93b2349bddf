package audit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/gather"
)

const (
	// batchSize bounds what one transaction writes.
	batchSize = 256
	// writeTime is how long one transaction may take. It is longer than the store's own
	// patience, so that the store can say what is wrong.
	writeTime = 15 * time.Second
)

// writer puts entries at the end of the chain. There is one end, so that writers would wait for one another's disk
// write; instead those that come at once are written in one transaction.
type writer struct {
	store   Store
	entries *gather.Work[Entry]
	mu      sync.Mutex
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

func newWriter(store Store) *writer {
	return &writer{store: store, entries: gather.New[Entry](batchSize)}
}

// append returns when the entry is written. After an error it is not, but for one of a
// database that fell silent while it confirmed.
func (w *writer) append(ctx context.Context, e Entry) error {
	return w.entries.Do(ctx, e.storable(), func(take func() []Entry) error {
		// The entries of others are not lost because this caller hangs up.
		return w.write(context.WithoutCancel(ctx), take())
	})
}

func (w *writer) write(ctx context.Context, batch []Entry) (err error) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	err = errors.New("the store did not return")
	defer func() { w.note(len(batch), err) }() // also when it panics
	err = w.store.AppendAudit(ctx, func(newest Entry) []Entry {
		entries := make([]Entry, len(batch))
		for i, e := range batch {
			entries[i] = e.follow(newest)
			newest = entries[i]
		}
		return entries
	})
	return err
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
