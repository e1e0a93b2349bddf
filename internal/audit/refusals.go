package audit

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/origin"
)

const (
	// soonest is how long after an entry the next one is written about refusals like it. It doubles up to latest.
	soonest = time.Minute
	latest  = time.Hour
	// strangers is how many addresses are told apart, for each of which the log gets entries of its own.
	strangers = 64
)

// Refuse records that somebody was refused, with the public code of err, which it returns: it is what they are told.
// The first of its kind is written at once. What follows is counted, and Settle writes how often it was: no caller and
// no stranger can fill the log, or push out of sight what people did.
func (l *Log) Refuse(
	ctx context.Context, caller access.Caller, action access.Action, object string, err error,
) error {
	l.denied.Add(1)
	e := l.entry(ctx, caller, action, object, Denied, note.OfCode(err))
	kind, first := l.refusals.note(e, addressOf(ctx))
	if !first {
		return err
	}
	if failed := l.write(context.WithoutCancel(ctx), e); failed != nil { // hanging up hides nothing
		l.refusals.forget(kind)
		return failed
	}
	return err
}

// Settle writes one entry for each kind of refusal that was repeated, if it is due, or if everything is to be
// written because the program ends.
func (l *Log) Settle(ctx context.Context, everything bool) error {
	var failed error
	for kind, r := range l.refusals.due(l.now(), everything) {
		if err := l.write(ctx, r.entry(l.now())); err != nil {
			l.refusals.takeBack(kind, r)
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// kind is what refusals have in common that are counted together.
type kind struct {
	caller  string // id; "" for a stranger
	network string // of a stranger; "" for those who are not told apart
	action  access.Action
	reason  string
}

// repeats are refusals of a kind since the last entry about them.
type repeats struct {
	last    Entry // the newest of them
	since   time.Time
	count   int
	objects bool // they are about several objects
	written time.Time
	pause   time.Duration // from written to the next entry
}

// refusals counts what is refused again and again. It holds as many kinds as there are callers,
// actions and reasons, and of strangers a fixed number more.
type refusals struct {
	mu    sync.Mutex
	kinds map[kind]*repeats
}

// note counts a refusal, or reports that it is the first of its kind, which is written at once.
func (r *refusals) note(e Entry, network string) (k kind, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k = (kind{e.CallerID, network, e.Action, e.Code}); e.CallerID != "" {
		k.network = ""
	}
	one, known := r.kinds[k]
	if !known {
		one = &repeats{written: e.At, pause: soonest}
		if first = k.network == "" || r.toldApart() < strangers; !first {
			k.network, e.Origin = "", ""
			one = cmp.Or(r.kinds[k], one)
		}
		r.kinds[k] = one
	}
	if !first {
		one.add(e)
	}
	return k, first
}

// toldApart counts the strangers' networks that have a kind of their own.
func (r *refusals) toldApart() int {
	n := 0
	for k := range r.kinds {
		if k.network != "" {
			n++
		}
	}
	return n
}

// forget has the next refusal of a kind be its first, unless there were others meanwhile.
func (r *refusals) forget(k kind) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one := r.kinds[k]; one != nil && one.count == 0 {
		delete(r.kinds, k)
	}
}

// due takes what is to be written now, and forgets kinds of which nothing was heard for long.
func (r *refusals) due(now time.Time, everything bool) map[kind]repeats {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := map[kind]repeats{}
	for k, one := range r.kinds {
		silent := now.Sub(one.written)
		switch {
		case one.count > 0 && (everything || silent >= one.pause):
			taken[k] = *one
			*one = repeats{written: now, pause: min(2*one.pause, latest)}
		case one.count == 0 && silent >= latest:
			delete(r.kinds, k)
		}
	}
	return taken
}

// takeBack counts again what could not be written.
func (r *refusals) takeBack(k kind, lost repeats) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one := r.kinds[k]; one != nil && one.count > 0 {
		lost.objects = lost.objects || one.objects || lost.last.Object != one.last.Object
		lost.last, lost.count = one.last, lost.count+one.count
	}
	r.kinds[k] = &lost
}

func (r *repeats) add(e Entry) {
	if r.count == 0 {
		r.since = e.At
	} else if r.last.Object != e.Object {
		r.objects = true
	}
	r.last = e
	r.count++
}

// entry is the one that stands for all of them.
func (r repeats) entry(now time.Time) Entry {
	e := r.last
	e.At = now
	if r.objects {
		e.Object = ""
	}
	repeated := note.New("repeated", "%s: %d more from %s to %s", r.last.Code, r.count,
		r.since.Format(time.RFC3339), r.last.At.Format(time.RFC3339))
	e.Code, e.Args, e.Detail = repeated.Code, repeated.Args, repeated.Text
	return e
}

// addressOf is the network a request comes from. Whoever has an IPv6 address has the /64 around it.
func addressOf(ctx context.Context) string {
	text := origin.Of(ctx).Address
	address, err := netip.ParseAddr(text)
	if err != nil || address.Unmap().Is4() {
		return text
	}
	network, _ := address.Prefix(64)
	return network.String()
}
