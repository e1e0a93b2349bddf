// Package changefeed answers one question: what do services use that has changed since? The database numbers the
// changes in the transactions that make them; each process reads the newest of each thing, and wakes who waits.
package changefeed

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Kind is what has changed.
type Kind string

// The kinds.
const (
	Registration Kind = "registration" // the version in use, or what is in it
	Account      Kind = "account"      // what a service account may do, or its tokens
)

// Change is the newest change of a thing.
type Change struct {
	Kind    Kind
	ID      string
	Seq     int64
	Version int // of a registration: the active one; 0: none
}

// Position is a place in the sequence of changes of one database.
type Position struct {
	Epoch string // of the database
	Seq   int64
}

// String writes the position as a cursor.
func (p Position) String() string { return p.Epoch + "-" + strconv.FormatInt(p.Seq, 10) }

// ParsePosition reads a cursor. One that is none is the zero Position, before everything.
func ParsePosition(cursor string) Position {
	epoch, number, _ := strings.Cut(cursor, "-")
	seq, err := strconv.ParseInt(number, 10, 64)
	if err != nil || seq < 0 {
		return Position{}
	}
	return Position{epoch, seq}
}

// Store reads the changes.
type Store interface {
	// TLSPosition returns the number of the newest change.
	TLSPosition(ctx context.Context) (Position, error)
	// TLSChanges returns the things that have changed after seq; with -1 all there are.
	TLSChanges(ctx context.Context, seq int64) ([]Change, error)
}

// Every is how often the database is asked, at most.
const Every = 100 * time.Millisecond

type key struct {
	kind Kind
	id   string
}

// Feed knows the newest change of everything. It is safe for concurrent use.
type Feed struct {
	store  Store
	logger *slog.Logger
	poked  chan struct{}
	ended  chan struct{} // closed when Run ends

	polling sync.Mutex

	mu      sync.Mutex
	at      Position
	fresh   time.Time // when the database was asked last, by this machine's clock
	changes map[key]Change
	wake    chan struct{} // closed at the next change
	hooks   []func(Change)
}

// New returns a Feed that has read nothing yet.
func New(store Store, logger *slog.Logger) *Feed {
	return &Feed{
		store:   store,
		logger:  logger,
		poked:   make(chan struct{}, 1),
		ended:   make(chan struct{}),
		changes: map[key]Change{},
		wake:    make(chan struct{}),
	}
}

// OnChange has f called with each change that is read, before anybody is told of it.
func (f *Feed) OnChange(hook func(Change)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hooks = append(f.hooks, hook)
}

// Poke has the database asked now: this process has just changed something.
func (f *Feed) Poke() {
	select {
	case f.poked <- struct{}{}:
	default:
	}
}

// Run follows the changes until ctx ends. It is called once.
func (f *Feed) Run(ctx context.Context) {
	defer close(f.ended)
	ticker := time.NewTicker(Every)
	defer ticker.Stop()
	failing := false
	for ctx.Err() == nil {
		err := f.Poll(ctx)
		if err != nil && !failing && !errors.Is(err, context.Canceled) {
			f.logger.LogAttrs(ctx, slog.LevelWarn, "changes cannot be read", slog.String("error", err.Error()))
		}
		failing = err != nil
		select {
		case <-ctx.Done():
		case <-ticker.C:
		case <-f.poked:
		}
	}
}

// Ended is closed when Run has ended: nobody is told of anything any more.
func (f *Feed) Ended() <-chan struct{} { return f.ended }

// CatchUp is Poll where nobody has asked the database just now. Of thousands that come at once, one asks.
func (f *Feed) CatchUp(ctx context.Context) error {
	if f.Fresh(2 * Every) {
		return nil
	}
	came := time.Now()
	f.polling.Lock()
	defer f.polling.Unlock()
	if f.Fresh(time.Since(came)) {
		return nil
	}
	return f.poll(ctx)
}

// Poll reads what has changed, and wakes who waits. One call does it at a time.
func (f *Feed) Poll(ctx context.Context) error {
	f.polling.Lock()
	defer f.polling.Unlock()
	return f.poll(ctx)
}

func (f *Feed) poll(ctx context.Context) error {
	asked := time.Now()
	newest, err := f.store.TLSPosition(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	before := f.at
	if newest == before {
		f.fresh = asked
		f.mu.Unlock()
		return nil
	}
	f.mu.Unlock()
	after := before.Seq
	if newest.Epoch != before.Epoch {
		after = -1
	}
	found, err := f.store.TLSChanges(ctx, after)
	if err != nil {
		return err
	}
	f.mu.Lock()
	hooks := slices.Clone(f.hooks)
	f.mu.Unlock()
	for _, c := range found {
		for _, hook := range hooks {
			hook(c)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if newest.Epoch != before.Epoch {
		clear(f.changes)
	}
	for _, c := range found {
		f.changes[key{c.Kind, c.ID}] = c
	}
	f.at, f.fresh = newest, asked
	close(f.wake)
	f.wake = make(chan struct{})
	return nil
}

// Fresh reports whether the database has been asked within d: what is remembered is right then, up to that.
func (f *Feed) Fresh(d time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at.Epoch != "" && time.Since(f.fresh) < d
}

// Known reports whether the feed has heard of the registration.
func (f *Feed) Known(registrationID string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, known := f.changes[key{Registration, registrationID}]
	return known
}

// Position is how far the feed has read.
func (f *Feed) Position() Position {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at
}

// News is what has changed for an account since a position.
type News struct {
	Registrations []Change // it is bound to, by id
	// Registrations are all that the account is bound to, because the position is of another database, or what the
	// account is bound to has changed.
	Complete bool
	At       Position // up to which everything is told
	Wake     <-chan struct{}
}

// Since returns what has changed for a service account between two positions. known is one from before the caller was
// looked up: what changes between the two may be a change of the caller itself, so nothing behind known counts as told.
func (f *Feed) Since(caller access.Caller, from, known Position) News {
	f.mu.Lock()
	defer f.mu.Unlock()
	news := News{At: known, Wake: f.wake}
	if known != f.at {
		news.Wake = passed
	}
	if from == known {
		return news
	}
	own := f.changes[key{Account, caller.ID}]
	news.Complete = from.Epoch != f.at.Epoch || from.Seq > f.at.Seq || own.Seq > from.Seq
	for _, c := range f.changes {
		if c.Kind == Registration && (news.Complete || c.Seq > from.Seq) && caller.Knows(c.ID) {
			news.Registrations = append(news.Registrations, c)
		}
	}
	slices.SortFunc(news.Registrations, func(a, b Change) int { return strings.Compare(a.ID, b.ID) })
	return news
}

// passed is closed: something has changed already.
var passed = func() <-chan struct{} { c := make(chan struct{}); close(c); return c }()

// Version is the active version of a registration, as far as the feed has read.
func (f *Feed) Version(registrationID string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changes[key{Registration, registrationID}].Version
}
