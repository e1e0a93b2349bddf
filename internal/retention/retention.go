// Package retention answers one question: what of people's data is over, and is forgotten now? How long each kind is
// kept is configured, within bounds that the law or the program's own proofs set. The audit log is not shortened here:
// audit.Log.LetGo takes entries out of the database that are in its archive.
package retention

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Kind is what is kept for a time.
type Kind string

// The kinds.
const (
	Consents Kind = "consents" // of customers, that have ended
	Payments Kind = "payments" // that are settled
	Sessions Kind = "sessions" // where people and services were signed in, and the uses of sign-in links
	Evidence Kind = "evidence" // files that were added to steps
	Emails   Kind = "emails"   // who at a bank answered, and the words; that it has answered stays
	Messages Kind = "messages" // that alerts were sent by
)

// Kinds are all of them.
var Kinds = []Kind{Consents, Payments, Sessions, Evidence, Emails, Messages}

// Days says for how many days each kind is kept; 0 is for ever.
type Days map[Kind]int

// Default is for how long each kind is kept when nothing else is configured. docs/data-protection.md has the grounds,
// and the least that the configuration takes.
var Default = Days{Consents: 400, Payments: 1826, Sessions: 90, Evidence: 0, Emails: 0, Messages: 400}

const (
	page  = 500
	pages = 20 // of a kind in one run; what is left, the next run takes
)

// Store forgets rows.
type Store interface {
	// Over reports whether something of a kind ended before then.
	Over(ctx context.Context, kind Kind, before time.Time) (bool, error)
	// Forget takes at most so many rows of a kind that ended before then away, in one transaction, and returns how
	// many.
	Forget(ctx context.Context, kind Kind, before time.Time, limit int) (int, error)
}

// Service forgets what is over. It is for one replica at a time.
type Service struct {
	store Store
	audit *audit.Log
	days  Days
	now   func() time.Time
}

// New returns a Service. Kinds that days has not are kept for as long as Default says.
func New(store Store, log *audit.Log, days Days, now func() time.Time) *Service {
	all := Days{}
	for _, kind := range Kinds {
		all[kind] = Default[kind]
		if n, set := days[kind]; set {
			all[kind] = n
		}
	}
	return &Service{store: store, audit: log, days: all, now: clock.Micros(now)}
}

// Run forgets what is over, page after page, and records how many there were of each kind.
func (s *Service) Run(ctx context.Context) error {
	var failures []error
	for _, kind := range Kinds {
		if s.days[kind] == 0 {
			continue
		}
		failures = append(failures, s.forget(ctx, kind, s.now().AddDate(0, 0, -s.days[kind])))
	}
	return errors.Join(failures...)
}

func (s *Service) forget(ctx context.Context, kind Kind, before time.Time) error {
	over, err := s.store.Over(ctx, kind, before)
	if err != nil || !over {
		return err
	}
	by := access.SystemCaller("retention")
	return s.audit.Do(ctx, by, access.RecordsForget, string(kind), func() (note.Note, error) {
		forgotten := 0
		said := func() note.Note {
			day := before.UTC().Format(time.DateOnly)
			return note.New("records_forgotten", "%s before %s: %d", kind, day, forgotten)
		}
		for range pages {
			n, err := s.store.Forget(ctx, kind, before, page)
			if forgotten += n; err != nil || n < page {
				return said(), err
			}
		}
		return said(), nil
	})
}
