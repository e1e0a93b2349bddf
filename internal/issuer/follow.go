package issuer

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
)

// switchedSource is a source that answers with another one, which an activation
// changes: a service that keeps its client presents the new certificate from
// the next request on, without asking again.
type switchedSource struct {
	at atomic.Pointer[sourceAnswer]
}

type sourceAnswer struct {
	source certs.Source
	err    error
}

// Identity implements certs.Source.
func (f *switchedSource) Identity(ctx context.Context) (*certs.Identity, error) {
	at := f.at.Load()
	if at == nil {
		return nil, errNotOpen
	}
	if at.err != nil {
		return nil, at.err
	}
	return at.source.Identity(ctx)
}

var errNotOpen = fault.New(fault.Conflict, "client_superseded",
	"The registration's bundle has changed and could not be opened; ask for the client again.")

// sources are the two sources of every client of a registration, those issued
// before the last activation included.
type sources struct{ transport, signing switchedSource }

func (s *sources) use(transport, signing certs.Source) {
	s.transport.at.Store(&sourceAnswer{source: transport})
	s.signing.at.Store(&sourceAnswer{source: signing})
}

func (s *sources) refuse(err error) {
	s.transport.at.Store(&sourceAnswer{err: err})
	s.signing.at.Store(&sourceAnswer{err: err})
}

func (i *Issuer) sources(registrationID string) *sources {
	value, _ := i.opened.LoadOrStore(registrationID, &sources{})
	return value.(*sources)
}

// followTimeout bounds the opening of a new bundle's secrets at its activation.
const followTimeout = 30 * time.Second

// follow puts the clients of a registration on the bundle that is active now,
// on behalf of the callers who hold them: each is authorised and audited
// anew, and nothing new starts on the former certificates. What cannot be opened now
// is refused until somebody asks for the client again.
func (i *Issuer) follow(registrationID string) {
	ctx, cancel := context.WithTimeout(context.Background(), followTimeout)
	defer cancel()
	i.mu.Lock()
	defer i.mu.Unlock()
	value, ok := i.issued.LoadAndDelete(registrationID)
	if !ok {
		i.sources(registrationID).refuse(errNotOpen)
		return
	}
	former := value.(*openClient)
	defer func() { former.client.Rotate(ctx) }() // its connections go now, also when nobody uses it any more
	view, bundle, err := i.cfg.Registrations.ActiveBundle(ctx, registrationID)
	if err != nil {
		i.sources(registrationID).refuse(err)
		return
	}
	entry, err := i.reissue(ctx, former, view, bundle)
	if err != nil {
		i.sources(registrationID).refuse(err)
		return
	}
	i.issued.Store(registrationID, entry)
}

// reissue opens the bundle for those who held the former client and may still.
func (i *Issuer) reissue(
	ctx context.Context, former *openClient, view registration.View, bundle registration.Bundle,
) (*openClient, error) {
	var entry *openClient
	last := error(errNotOpen)
	former.callers.Range(func(_, value any) bool {
		caller := value.(access.Caller)
		if entry == nil {
			entry, last = i.issue(ctx, caller, view, bundle, former)
			return true
		}
		if err := i.authorizeUse(ctx, caller, bundle); err == nil {
			entry.callers.Store(caller.ID, caller)
		}
		return true
	})
	if entry == nil {
		return nil, last
	}
	return entry, nil
}
