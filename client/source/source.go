// Package source answers one question: how does a program of ours call a bank while the private key stays in custody
// and certificates change? A [Source] holds what Sealkeeper says of one registration, follows its changes, has TLS
// handshakes signed remotely, and tells Sealkeeper which certificate it presents. docs/services.md has the rules.
package source

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Registration names a registration: by ID, or by application and institution, each by its name or id.
type Registration struct {
	ID          string
	Application string
	Institution string
}

// String names the registration for people.
func (r Registration) String() string {
	if r.Application != "" {
		return r.Application + " at " + r.Institution
	}
	return r.ID
}

// Source is one registration as a program uses it. It keeps the last good version of its configuration. It is safe for
// concurrent use.
type Source struct {
	set   *Set
	http  *http.Client
	drops atomic.Int64  // how often it was taken out of use
	stale chan struct{} // of one: the configuration is to be read again
	first chan struct{} // closed when there is a configuration, or there can be none
	began sync.Once     // closes first
	tried chan struct{} // closed when the configuration has been asked for once

	current atomic.Pointer[state]

	mu      sync.Mutex
	name    Registration
	former  []*version // that may have requests under way
	problem error      // why nothing newer is there

	unusable [sha256.Size]byte // digest of the configuration that was refused last
	doubts   []time.Duration   // when to read again what an event has told of, while nothing was new
	told     int               // version that an event has told of last; -1: that it is the account's no longer
	counts   counts
	heard    time.Time // when the service has last said what is right

	reading sync.Mutex // held while credentials are read
	lent    lent
}

// state is what a Source has at a moment.
type state struct {
	version *version      // nil: none
	err     error         // why there is none
	next    chan struct{} // closed when another state takes its place
}

func newSource(set *Set, name Registration) *Source {
	s := &Source{
		set:   set,
		name:  name,
		stale: make(chan struct{}, 1),
		first: make(chan struct{}),
		tried: make(chan struct{}),
	}
	s.http = &http.Client{
		Transport:     s,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s.current.Store(&state{err: notThereYet(name), next: make(chan struct{})})
	return s
}

func notThereYet(name Registration) error {
	return fault.New(fault.Unavailable, "configuration_missing",
		"The TLS configuration of %s has not been read yet; try again.", name)
}

// replace puts another state in place of the current one, and returns that.
func (s *Source) replace(v *version, err error) *state {
	former := s.current.Swap(&state{version: v, err: err, next: make(chan struct{})})
	close(former.next)
	return former
}

// version is the one to use now.
func (s *Source) version() (*version, error) {
	now := s.current.Load()
	if now.version == nil {
		return nil, now.err
	}
	return now.version, now.version.expired(s.set.cfg.Now())
}

// Configuration returns the configuration in use. It fails when there is none, and when its certificate has ended.
func (s *Source) Configuration() (api.TLSConfiguration, error) {
	v, err := s.version()
	if err != nil {
		return api.TLSConfiguration{}, err
	}
	return v.configuration, nil
}

// Identity implements certs.Source with the QWAC in use.
func (s *Source) Identity(context.Context) (*certs.Identity, error) {
	v, err := s.version()
	if err != nil {
		return nil, err
	}
	return v.identity, nil
}

// HTTPClient returns a client that presents the QWAC to the servers of the configuration, and reaches no others. After
// a change the next request presents the new certificate; idle connections of the former version are closed, and busy
// ones with their request, after Config.Connection.RequestTimeout at the latest. It follows no redirects.
func (s *Source) HTTPClient() *http.Client { return s.http }

// TLSConfig returns a configuration for connections that the program makes itself. It presents the QWAC in use at
// each handshake, and trusts what the version in use at the call says that the bank's certificate comes from. When a
// newer version says otherwise, handshakes fail with the code tls_config_outdated: ask for another. Connections that
// are open when the QWAC changes are the program's to close; see Updated.
func (s *Source) TLSConfig() (*tls.Config, error) {
	v, err := s.version()
	if err != nil {
		return nil, err
	}
	return v.settings.TLSConfig(pinnedSource{s, v})
}

// pinnedSource is a Source for as long as whom to trust stays as it is.
type pinnedSource struct {
	*Source
	made *version
}

// Identity implements certs.Source.
func (t pinnedSource) Identity(context.Context) (*certs.Identity, error) {
	v, err := t.version()
	if err == nil && !v.trustsAs(t.made) {
		err = fault.New(fault.Conflict, "tls_config_outdated",
			"Whom to trust has changed since this TLS configuration was made; ask for another one.")
	}
	if err != nil {
		return nil, err
	}
	return v.identity, nil
}

// Signer returns the QSealC's key as a crypto.Signer that takes digests; each signature is audited. It takes the
// purpose signing, and belongs to the version in use now.
func (s *Source) Signer() (crypto.Signer, error) {
	v, err := s.version()
	if err != nil {
		return nil, err
	}
	return v.seal()
}

// Updated returns a channel that is closed at the next change: another version, none, or one after none.
func (s *Source) Updated() <-chan struct{} { return s.current.Load().next }

// WaitUntilUpdated waits for the next change, or for ctx to end.
func (s *Source) WaitUntilUpdated(ctx context.Context) error {
	select {
	case <-s.Updated():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close closes the Source and all others of its Set.
func (s *Source) Close() error { return s.set.Close() }

// Serves reports whether an address, host:port, is a server of the configuration in use.
func (s *Source) Serves(address string) bool {
	v := s.current.Load().version
	return v != nil && v.servers[address]
}

// Name returns which registration this is, with all that is known of it.
func (s *Source) Name() Registration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name
}

// poke has the configuration read again soon.
func (s *Source) poke() {
	select {
	case s.stale <- struct{}{}:
	default:
	}
}
