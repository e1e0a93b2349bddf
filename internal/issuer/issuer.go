// Package issuer answers one question: what client may this caller use for
// this registration now? It joins readiness, custody and connector.
package issuer

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Config is what an Issuer is made of. Every field is required.
type Config struct {
	Registrations *registration.Service
	Vault         *vault.Vault
	Active        Active
	Audit         *audit.Log
	PublishURL    string // base URL under which banks fetch our signing certificates
	Servers       Servers
	Now           func() time.Time
}

// Servers is told what handshakes with banks showed.
type Servers interface {
	Saw(institutionID string, h mtls.Handshake)
}

// Issuer issues connector clients. It is safe for concurrent use.
type Issuer struct {
	cfg    Config
	issued sync.Map // registration id -> *issued
	opened sync.Map // registration id -> *sources

	mu sync.Mutex // one client is built at a time
}

// openClient is the client of the bundle that is active, and who got it already.
type openClient struct {
	client     *connector.Client
	bundle     registration.Bundle
	generation Generation        // of the bundle, as it was before it was opened
	profile    connector.Profile // with the bundle's trust anchors
	until      time.Time         // when the first of its certificates ends
	callers    sync.Map          // caller id -> access.Caller
}

// New returns an Issuer that follows the activations of the registrations, and the chains of their certificates.
func New(cfg Config) *Issuer {
	cfg.Now = clock.Micros(cfg.Now)
	i := &Issuer{cfg: cfg}
	cfg.Registrations.OnChange(i.follow)
	cfg.Vault.OnChainChange(i.followChain)
	return i
}

// Client returns the client for a registration whose active bundle is ready,
// or an error that names every blocker. A caller's first call is authorised and
// audited; later ones touch neither database nor Vault.
func (i *Issuer) Client(ctx context.Context, caller access.Caller, registrationID string) (*connector.Client, error) {
	if err := i.cfg.Audit.Bound(ctx, caller, access.ClientIssue, registrationID); err != nil {
		return nil, err
	}
	if entry, ok := i.warm(registrationID); ok {
		if _, known := entry.callers.Load(caller.ID); known && caller.May(access.ClientIssue) {
			return entry.client, nil
		}
	}
	var client *connector.Client
	err := i.cfg.Audit.Do(ctx, caller, access.ClientIssue, registrationID, func() (_ note.Note, err error) {
		// What the registration names is opened where the registration belongs.
		if caller, err = i.cfg.Audit.At(ctx, caller, registrationID); err != nil {
			return note.Note{}, err
		}
		client, err = i.cold(ctx, caller, registrationID)
		return note.Note{}, err
	})
	return client, err
}

func (i *Issuer) warm(registrationID string) (*openClient, bool) {
	value, ok := i.issued.Load(registrationID)
	if !ok {
		return nil, false
	}
	entry := value.(*openClient)
	return entry, i.cfg.Now().Before(entry.until)
}

func (i *Issuer) cold(ctx context.Context, caller access.Caller, registrationID string) (*connector.Client, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	// The check is repeated for every caller who is new, so that whoever comes
	// after something began to block is told so.
	view, bundle, err := i.cfg.Registrations.ActiveBundle(ctx, registrationID)
	if err != nil {
		return nil, err
	}
	if entry, ok := i.warm(registrationID); ok {
		// The secrets are open already; that this caller uses them too is
		// authorised and recorded as if they were not.
		if err := i.authorizeUse(ctx, caller, bundle); err != nil {
			return nil, err
		}
		entry.callers.Store(caller.ID, caller)
		return entry.client, nil
	}
	entry, err := i.issue(ctx, caller, view, bundle, nil)
	if err != nil {
		return nil, err
	}
	i.issued.Store(registrationID, entry)
	return entry.client, nil
}

func (i *Issuer) authorizeUse(ctx context.Context, caller access.Caller, b registration.Bundle) error {
	for _, use := range []struct {
		action access.Action
		object string
	}{{access.CertUse, b.QWACID}, {access.CertUse, b.QSealCID}, {access.SecretUse, b.CredentialsRef}} {
		err := i.cfg.Audit.Do(ctx, caller, use.action, use.object, func() (note.Note, error) {
			return note.New("shared_client", "shared client"), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// issue opens the bundle, puts all clients of its registration on it and makes
// one, or goes on with the former one when nothing but certificates has changed.
func (i *Issuer) issue(
	ctx context.Context, caller access.Caller, view registration.View, b registration.Bundle, former *openClient,
) (*openClient, error) {
	generation := i.generation(ctx, b.RegistrationID) // first: what changes while it is opened is followed
	with, until, err := i.open(ctx, caller, view, b)
	if err != nil {
		return nil, err
	}
	follows := i.sources(b.RegistrationID)
	follows.use(with.Transport, with.Signing)
	with.Transport, with.Signing = &follows.transport, &follows.signing
	entry := &openClient{bundle: b, generation: generation, profile: with.Profile, until: until}
	entry.callers.Store(caller.ID, caller)
	if former != nil && former.bundle.CredentialsRef == b.CredentialsRef &&
		reflect.DeepEqual(former.profile, with.Profile) {
		entry.client = former.client
		return entry, nil
	}
	entry.client, err = connector.New(with)
	return entry, err
}

// open opens the bundle's secrets on behalf of the caller. The time is when the first of its certificates ends.
func (i *Issuer) open(
	ctx context.Context, caller access.Caller, view registration.View, b registration.Bundle,
) (with connector.Config, until time.Time, err error) {
	with = connector.Config{Now: i.cfg.Now, KeyIDBase: i.cfg.PublishURL}
	if with.Profile, err = Profile(view.Institution); err != nil {
		return with, until, err
	}
	with.Servers = func(h mtls.Handshake) { i.cfg.Servers.Saw(view.Institution.ID, h) }
	with.Requests = traced(view.Institution.ID)
	// Besides those of the profile; where it names none, instead of the system's.
	with.Profile.Connection.TrustAnchors = slices.Concat(with.Profile.Connection.TrustAnchors, b.TrustAnchors)
	var transportUntil time.Time
	if with.Transport, transportUntil, err = i.source(ctx, caller, b.QWACID); err != nil {
		return with, until, err
	}
	if with.Signing, until, err = i.source(ctx, caller, b.QSealCID); err != nil {
		return with, until, err
	}
	if transportUntil.Before(until) {
		until = transportUntil
	}
	c := &with.Credentials
	c.ClientID, c.ClientSecret, c.Further, err = i.cfg.Vault.AllCredentials(ctx, caller, b.CredentialsRef)
	if err == nil {
		b.AddShown(c.Further)
	}
	return with, until, err
}

func (i *Issuer) source(ctx context.Context, caller access.Caller, id string) (certs.Source, time.Time, error) {
	source, err := i.cfg.Vault.Source(ctx, caller, id)
	if err != nil {
		return nil, time.Time{}, err
	}
	identity, err := source.Identity(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	return source, identity.Certificate.NotAfter, nil
}
