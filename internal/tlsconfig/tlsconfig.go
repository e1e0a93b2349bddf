// Package tlsconfig answers one question: what does a service need to call this bank, and what may it have signed?
// It hands out one version of a bundle as a whole, and signs with its certificates, for service accounts alone.
package tlsconfig

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Registrations knows what is in use.
type Registrations interface {
	ActiveBundle(ctx context.Context, registrationID string) (registration.View, registration.Bundle, error)
	// InUse returns a registration with what blocks its active version.
	InUse(ctx context.Context, registrationID string) (registration.View, error)
	Bundle(ctx context.Context, registrationID string, version int) (registration.Bundle, error)
}

// Limits counts what an account does against its limits.
type Limits interface {
	Take(caller access.Caller, n int) error
	Spend(ctx context.Context, caller access.Caller, n int) error
}

// Counter counts what is not recorded one by one.
type Counter interface {
	Count(caller access.Caller, action access.Action, registrationID string, version int)
}

// Feed says whether what is remembered is still right.
type Feed interface {
	Fresh(d time.Duration) bool
}

// Config is what a Service is made of. Every field is required.
type Config struct {
	Registrations Registrations
	Selected      interface { // an account's registrations
		RegistrationsByID(ctx context.Context, ids []string) ([]registration.Registration, error)
	}
	Vault      *vault.Vault
	Limits     Limits
	Counter    Counter
	Feed       Feed
	Audit      *audit.Log
	PublishURL string // base URL under which banks fetch our signing certificates
	Now        func() time.Time
}

// Service hands out configurations. It is safe for concurrent use.
type Service struct {
	cfg Config

	mu           sync.Mutex
	current      map[string]*Configuration // by registration
	certificates map[certificateKey]*openCertificate
	opened       map[openingKey]bool // which accounts have been recorded to use which version
	changed      int                 // counts; what was read before the last time is not remembered
}

// version is a version of a registration's bundle.
type version struct {
	registration string
	number       int
}

type certificateKey struct {
	version
	kind certs.Kind
}

type openingKey struct {
	version
	caller string
}

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{
		cfg:          cfg,
		current:      map[string]*Configuration{},
		certificates: map[certificateKey]*openCertificate{},
		opened:       map[openingKey]bool{},
	}
}

// Changed forgets what is remembered of a registration, or of all with "".
func (s *Service) Changed(registrationID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed++
	if registrationID == "" {
		clear(s.current)
		clear(s.certificates)
		return
	}
	delete(s.current, registrationID)
	for c := range s.certificates {
		if c.registration == registrationID {
			delete(s.certificates, c)
		}
	}
}

// Configuration is one version of a bundle, with all that is needed to use it.
type Configuration struct {
	View    registration.View
	Bundle  registration.Bundle
	Profile connector.Profile // with the bundle's trust anchors
	QWAC    Certificate
	QSealC  Certificate

	texts sync.Map // what has been made of it: by what, and for whom
}

// Certificate is a certificate as services are given it.
type Certificate struct {
	ID         string
	Leaf       *certs.Certificate
	ChainPEM   string // the certificate first
	KeyType    string // rsa-3072, ecdsa-p256 ...
	Exportable bool
}

// NotAfter is when the first of its certificates ends.
func (c *Configuration) NotAfter() time.Time {
	if c.QSealC.Leaf.NotAfter.Before(c.QWAC.Leaf.NotAfter) {
		return c.QSealC.Leaf.NotAfter
	}
	return c.QWAC.Leaf.NotAfter
}

// Text returns what make makes of the configuration, which is made once for each key.
func (c *Configuration) Text(key string, make func() (any, error)) (any, error) {
	if text, ok := c.texts.Load(key); ok {
		return text, nil
	}
	text, err := make()
	if err == nil {
		c.texts.Store(key, text)
	}
	return text, err
}

// Server is one server of the bank.
type Server struct {
	Use     string // accounts, payments or token
	BaseURL string
	Name    string // for SNI, and to verify the certificate by
	Address string // host:port
}

// Servers are where the QWAC is presented.
func (c *Configuration) Servers() []Server {
	var all []Server
	for _, s := range []struct{ use, base string }{
		{"accounts", c.Profile.AISBaseURL}, {"payments", c.Profile.PISBaseURL}, {"token", c.Profile.TokenURL},
	} {
		u, err := url.Parse(s.base)
		if s.base == "" || err != nil || u.Hostname() == "" {
			continue // the profile was validated
		}
		port := u.Port()
		if port == "" {
			port = "443"
		}
		address := net.JoinHostPort(u.Hostname(), port)
		all = append(all, Server{Use: s.use, BaseURL: s.base, Name: u.Hostname(), Address: address})
	}
	return all
}

// remembered is for how long a configuration is good without a word from the database.
const remembered = 5 * time.Second

// Get returns the configuration of a registration. The first time that an account is given a version is
// recorded before, the others are counted.
func (s *Service) Get(ctx context.Context, caller access.Caller, registrationID string) (*Configuration, error) {
	if err := s.admit(ctx, caller, access.TLSRead, registrationID, access.Transport); err != nil {
		return nil, err
	}
	c, err := s.configuration(ctx, registrationID)
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx, caller, c.Bundle); err != nil {
		return nil, err
	}
	s.cfg.Counter.Count(caller, access.TLSRead, registrationID, c.Bundle.Version)
	return c, nil
}

// admit refuses who is no service account, what it is not bound to, and what it has no purpose for, in this order.
func (s *Service) admit(
	ctx context.Context, caller access.Caller, action access.Action, registrationID string, purposes ...access.Purpose,
) error {
	if caller.Grant == nil {
		return s.cfg.Audit.Refuse(ctx, caller, action, registrationID, fault.New(fault.Denied, "service_account_needed",
			"This is for service accounts; use the token of one."))
	}
	if err := s.cfg.Audit.Bound(ctx, caller, action, registrationID); err != nil {
		return err
	}
	for _, p := range purposes {
		if !caller.Grant.Has(p) {
			return s.cfg.Audit.Refuse(ctx, caller, action, registrationID, audit.PurposeMissing(p))
		}
	}
	return nil
}

// open records, before the act, that an account begins to use a version.
func (s *Service) open(ctx context.Context, caller access.Caller, b registration.Bundle) error {
	at := openingKey{version{b.RegistrationID, b.Version}, caller.ID}
	s.mu.Lock()
	known := s.opened[at]
	s.mu.Unlock()
	if known {
		return nil
	}
	err := s.cfg.Audit.Do(ctx, caller, access.TLSRead, b.RegistrationID, func() (note.Note, error) {
		return note.New("version", "version %d", b.Version), nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened[at] = true
	return nil
}

// configuration is the active version, from memory where that is right.
func (s *Service) configuration(ctx context.Context, registrationID string) (*Configuration, error) {
	s.mu.Lock()
	c, changed := s.current[registrationID], s.changed
	s.mu.Unlock()
	if c != nil && s.cfg.Feed.Fresh(remembered) && s.cfg.Now().Before(c.NotAfter()) {
		return c, nil
	}
	c, err := s.read(ctx, registrationID)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == changed {
		s.current[registrationID] = c
	}
	return c, nil
}

// reader is the program, reading what is public of certificates that a version names.
var reader = access.SystemCaller("tls")

func (s *Service) read(ctx context.Context, registrationID string) (*Configuration, error) {
	view, bundle, err := s.cfg.Registrations.ActiveBundle(ctx, registrationID)
	if err != nil {
		return nil, err
	}
	c := &Configuration{View: view, Bundle: bundle}
	if c.Profile, err = issuer.Profile(view.Institution); err != nil {
		return nil, err
	}
	c.Profile.Connection.TrustAnchors = slices.Concat(c.Profile.Connection.TrustAnchors, bundle.TrustAnchors)
	if c.QWAC, err = s.certificate(ctx, bundle.QWACID); err != nil {
		return nil, err
	}
	c.QSealC, err = s.certificate(ctx, bundle.QSealCID)
	return c, err
}

func (s *Service) certificate(ctx context.Context, id string) (Certificate, error) {
	r, err := s.cfg.Vault.Get(ctx, reader, id)
	if err != nil {
		return Certificate{}, err
	}
	return Certificate{
		ID:         id,
		Leaf:       r.Leaf,
		ChainPEM:   r.ChainPEM(),
		KeyType:    keyType(r.Leaf.X509.PublicKey),
		Exportable: r.KeyMode == vault.KeyExportable,
	}, nil
}

// keyType names a kind of key as requests for certificates do.
func keyType(public any) string {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("rsa-%d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ecdsa-" + strings.ToLower(strings.ReplaceAll(k.Curve.Params().Name, "-", ""))
	case ed25519.PublicKey:
		return "ed25519"
	}
	return fmt.Sprintf("%T", public)
}
