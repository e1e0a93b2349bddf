// Package usage answers one question: which service uses which version of a bundle? It counts what services read
// and have signed, and keeps what they say of themselves.
package usage

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration"
)

// Use is when an account was last given a version, and last had a handshake signed with it.
type Use struct {
	AccountID      string
	RegistrationID string
	Version        int
	ReadAt         time.Time // zero: never
	SignedAt       time.Time // zero: never
}

// Bounds are how much is kept of what an account's instances say.
type Bounds struct{ Instances, Reports int }

// Store keeps what is known of services.
type Store interface {
	// NoteServiceUses writes uses; a time that is there and later stays.
	NoteServiceUses(ctx context.Context, uses []Use) error
	ServiceUses(ctx context.Context, registrationID string) ([]Use, error)
	// SaveServiceReports replaces what the instance of an account has said. Where the account would exceed the bounds,
	// it does nothing and returns false.
	SaveServiceReports(ctx context.Context, accountID, instance string, reports []Report, bounds Bounds) (bool, error)
	// PruneServiceReports removes what instances have said that stopped, or said something last, before these times.
	PruneServiceReports(ctx context.Context, stopped, told time.Time) error
	// StopServiceInstance notes that an instance has stopped.
	StopServiceInstance(ctx context.Context, accountID, instance string, at time.Time) error
	ServiceReports(ctx context.Context, registrationID string) ([]Report, error)
	// OldVersionsUsed returns ids of registrations of which some account in use has last used another version than the
	// active one, or says that it presents another certificate. Where there is no active version, what was told since
	// a time counts.
	OldVersionsUsed(ctx context.Context, told time.Time, limit int) ([]string, error)
	// RegistrationsUsed returns ids of registrations that an account has used.
	RegistrationsUsed(ctx context.Context, accountID string, limit int) ([]string, error)
}

// Accounts knows which service accounts there are.
type Accounts interface {
	// Using returns the names of the accounts in use that handle TLS for each of the registrations: by the id of the
	// registration, then of the account.
	Using(
		ctx context.Context, caller access.Caller, registrations ...registration.Registration,
	) (map[string]map[string]string, error)
}

// Config is what a Meter is made of. Every field is required.
type Config struct {
	Store    Store
	Accounts Accounts
	Audit    *audit.Log
	Now      func() time.Time
}

// Meter counts. It is safe for concurrent use.
type Meter struct {
	cfg Config

	mu     sync.Mutex
	counts map[counterKey]*count
	uses   map[versionKey]Use // not written yet
	since  time.Time          // when counting began
}

// counterKey is what is counted: one kind of act, by account and version.
type counterKey struct {
	action       access.Action
	caller       string
	registration string
	version      int
}

type count struct {
	name string // of the caller
	n    int
}

type versionKey struct {
	account, registration string
	version               int
}

// New returns a Meter.
func New(cfg Config) *Meter {
	cfg.Now = clock.Micros(cfg.Now)
	return &Meter{cfg: cfg, counts: map[counterKey]*count{}, uses: map[versionKey]Use{}, since: cfg.Now()}
}

// Count notes that an account has read a configuration (access.TLSRead), or had a handshake signed
// (access.TLSHandshake).
func (m *Meter) Count(caller access.Caller, action access.Action, registrationID string, version int) {
	now := m.cfg.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	k := counterKey{action, caller.ID, registrationID, version}
	c := m.counts[k]
	if c == nil {
		c = &count{name: caller.Name}
		m.counts[k] = c
	}
	c.n++
	at := versionKey{caller.ID, registrationID, version}
	u := m.uses[at]
	u.AccountID, u.RegistrationID, u.Version = caller.ID, registrationID, version
	if action == access.TLSHandshake {
		u.SignedAt = now
	} else {
		u.ReadAt = now
	}
	m.uses[at] = u
}

// Hour is how often counts are written to the audit log.
const Hour = time.Hour

// Settle writes the counts of the hour to the audit log if it is over, or if everything is to be written because
// the program ends.
func (m *Meter) Settle(ctx context.Context, everything bool) error {
	now := m.cfg.Now()
	m.mu.Lock()
	since := m.since
	if !everything && now.Sub(since) < Hour {
		m.mu.Unlock()
		return m.Flush(ctx)
	}
	counts := m.counts
	m.counts, m.since = map[counterKey]*count{}, now
	m.mu.Unlock()
	failed := m.Flush(ctx)
	for k, c := range counts {
		caller := access.Caller{ID: k.caller, Name: c.name}
		detail := note.New("counted", "%d times version %d since %s", c.n, k.version, since.Format(time.RFC3339))
		if err := m.cfg.Audit.Record(ctx, caller, k.action, k.registration, audit.Done, detail); err != nil {
			m.takeBack(k, c)
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

func (m *Meter) takeBack(k counterKey, c *count) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.counts[k]; now != nil {
		c.n += now.n
	}
	m.counts[k] = c
}

// Flush writes when versions were last used to the database.
func (m *Meter) Flush(ctx context.Context) error {
	m.mu.Lock()
	uses := m.uses
	m.uses = map[versionKey]Use{}
	m.mu.Unlock()
	if len(uses) == 0 {
		return nil
	}
	all := make([]Use, 0, len(uses))
	for u := range maps.Values(uses) {
		all = append(all, u)
	}
	err := m.cfg.Store.NoteServiceUses(ctx, all)
	if err != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		for k, u := range uses {
			if _, newer := m.uses[k]; !newer {
				m.uses[k] = u
			}
		}
	}
	return err
}
