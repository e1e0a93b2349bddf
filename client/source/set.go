package source

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/clock"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Set is the registrations of a service account that a program uses. It is safe for concurrent use.
type Set struct {
	cfg    Config
	client *client.Client
	all    bool // of the account's registrations
	cache  *cache

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	ends   sync.Once
	tasks  sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	sources []*Source
	cursor  string
	link    Link

	due   chan struct{} // of one: a report is to be sent soon
	some  chan struct{} // closed when there is a configuration
	there sync.Once     // closes some
}

func newSet(cfg Config, registrations []Registration) (*Set, error) {
	c, err := client.New(cfg.Client)
	if err != nil {
		return nil, err
	}
	s := &Set{cfg: cfg, client: c, all: len(registrations) == 0, due: make(chan struct{}, 1),
		some: make(chan struct{})}
	if s.cache, err = openCache(cfg.CacheFile, cfg.Client.URL); err != nil {
		return nil, err
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for _, r := range registrations {
		if r.ID == "" && (r.Application == "" || r.Institution == "") {
			return nil, fault.New(fault.Invalid, "registration_missing",
				"Name the registration by its id, or by its application and its institution.")
		}
		s.sources = append(s.sources, newSource(s, r))
	}
	return s, nil
}

// start returns when the configurations are there.
func (s *Set) start(ctx context.Context) error {
	kept := s.cache.configurations()
	if s.all {
		for _, c := range kept {
			s.sources = append(s.sources, newSource(s, Registration{ID: c.RegistrationID}))
		}
	}
	for _, source := range s.sources {
		source.takeCached(kept)
	}
	began := time.Now()
	if s.all && len(s.sources) == 0 {
		if err := s.list(ctx, began); err != nil {
			return err
		}
	}
	waitFor := s.Sources()
	for _, source := range waitFor {
		s.run(source.follow)
	}
	s.run(s.watch)
	s.run(s.report)
	if s.all || s.cfg.SomeAreEnough {
		return s.waitForSome(ctx, waitFor, began)
	}
	for _, source := range waitFor {
		select {
		case <-source.first:
			if err := source.refused(); err != nil {
				return err
			}
		case <-ctx.Done():
			return s.stillWaitingFor(ctx, source, began)
		}
	}
	return nil
}

// waitForSome returns when each configuration has been asked for once, and one of them is there, or none is to come.
func (s *Set) waitForSome(ctx context.Context, all []*Source, began time.Time) error {
	for _, source := range all {
		select {
		case <-source.first:
			if err := source.refused(); err != nil && !s.all {
				return err
			}
		case <-source.tried:
			if err := source.refused(); final(err) && !s.all {
				return err
			}
		case <-ctx.Done():
			return s.stillWaitingFor(ctx, source, began)
		}
	}
	for _, source := range all {
		select {
		case <-source.first:
		case <-s.some:
			return nil
		case <-ctx.Done():
			return s.stillWaitingFor(ctx, source, began)
		}
	}
	return nil
}

func (s *Set) stillWaitingFor(ctx context.Context, source *Source, began time.Time) error {
	return stillWaiting(ctx, source.String(), s.cfg.Client.URL, time.Since(began), source.Status().Problem)
}

// stillWaiting says what was waited for.
func stillWaiting(ctx context.Context, what, url string, waited time.Duration, last error) error {
	sentence := "there was no answer yet."
	if last != nil {
		sentence = fault.Sentence(last)
	}
	return fault.Wrap(errors.Join(ctx.Err(), last), fault.Unavailable, "configuration_missing",
		"After %s there is no TLS configuration of %s from %s: %s", waited.Round(time.Millisecond), what, url, sentence)
}

// list reads what there is, for a Set of everything.
func (s *Set) list(ctx context.Context, began time.Time) error {
	var wait backoff
	for {
		found, err := s.client.ListTLS(ctx)
		if err == nil {
			s.cursor = found.Cursor
			for _, r := range found.Registrations {
				if r.Ready && r.Version > 0 {
					s.sources = append(s.sources, newSource(s, Registration{ID: r.RegistrationID}))
				}
			}
			return nil
		}
		if final(err) {
			return err
		}
		if !clock.Pause(ctx, wait.next(err)) {
			return stillWaiting(ctx, "this service account's registrations", s.cfg.Client.URL, time.Since(began), err)
		}
	}
}

// run runs a task that ends with the Set.
func (s *Set) run(task func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.tasks.Go(task)
	}
}

// Sources returns the registrations there are now. In a Set of everything, one that the account has lost is left out
// until it is the account's again.
func (s *Set) Sources() []*Source {
	all := s.known()
	if !s.all {
		return all
	}
	return slices.DeleteFunc(all, (*Source).lost)
}

// known are the registrations that were ever there.
func (s *Set) known() []*Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sources)
}

// lost reports whether the account is not bound to the registration any more.
func (s *Source) lost() bool { return codeOf(s.current.Load().err) == unknown }

// unknown is the code of what an account is not bound to.
const unknown = "registration_unknown"

// Source returns the registration of an application at an institution, each by its name or id, and nil where there is
// none or more than one.
func (s *Set) Source(application, institution string) *Source {
	var found []*Source
	for _, source := range s.Sources() {
		if source.matches(Registration{Application: application, Institution: institution}) {
			found = append(found, source)
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// byID returns the registration of that id. Of a Set of everything it is made where it is new.
func (s *Set) byID(id string, make bool) *Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, source := range s.sources {
		if source.Name().ID == id {
			return source
		}
	}
	if !make || !s.all || s.closed {
		return nil
	}
	source := newSource(s, Registration{ID: id})
	s.sources = append(s.sources, source)
	s.tasks.Go(source.follow)
	return source
}

// Close ends following and reporting, and closes the connections to banks: idle ones now, busy ones with their
// request. It tells Sealkeeper that this instance has stopped, for which it waits 5 seconds at most, and closes the
// connections to it, unless they are those of a Config.Client.HTTPClient. It may be called more than once.
func (s *Set) Close() error { return s.end(s.stop) }

// HandOver is Close where another process goes on under the same name: Sealkeeper is not told that it has stopped.
func (s *Set) HandOver() error { return s.end(func() {}) }

func (s *Set) end(say func()) error {
	s.ends.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		s.cancel()
		s.tasks.Wait()
		say()
		for _, source := range s.known() {
			source.replaceWith(nil, fault.New(fault.Conflict, "source_closed", "This source has been closed."))
		}
		s.client.CloseIdleConnections()
	})
	return nil
}

// dispatch has what an event tells of read again.
func (s *Set) dispatch(e api.TLSEvent) {
	source := s.byID(e.RegistrationID, e.Kind == api.TLSChanged && e.Version > 0)
	switch {
	case source == nil: // by name alone, perhaps, or of no interest
		for _, other := range s.Sources() {
			if other.Name().ID == "" {
				other.poke()
			}
		}
	case e.Kind == api.TLSGone:
		source.forget()
		source.drop(fault.New(fault.NotFound, unknown,
			"This service account is not bound to the registration any more."))
	case e.Version == 0:
		source.drop(fault.New(fault.Conflict, "not_ready", "No version of this registration is in use."))
	default:
		source.expect(e.Version, s.cursor != "") // else it is the list of all
	}
}

// leaveOut drops every registration that a complete list does not name.
func (s *Set) leaveOut(named map[string]bool) {
	for _, source := range s.Sources() {
		if id := source.Name().ID; id != "" && !named[id] {
			s.dispatch(api.TLSEvent{Kind: api.TLSGone, RegistrationID: id})
		}
	}
}

// matches reports whether a name is this registration's.
func (s *Source) matches(r Registration) bool {
	own := s.Name()
	c := api.TLSConfiguration{}
	if v := s.current.Load().version; v != nil {
		c = v.configuration
	}
	return named(c, r) || r.ID == "" && r.Application != "" && r == Registration{
		Application: own.Application,
		Institution: own.Institution,
	}
}

// named reports whether a configuration is the one of that name.
func named(c api.TLSConfiguration, r Registration) bool {
	if c.RegistrationID == "" {
		return false
	}
	if r.ID != "" {
		return r.ID == c.RegistrationID
	}
	return slices.Contains([]string{c.Application, c.ApplicationID}, r.Application) &&
		slices.Contains([]string{c.Institution, c.InstitutionID}, r.Institution)
}

// String names the registration for people.
func (s *Source) String() string { return strings.TrimSpace(s.Name().String()) }
