package sds

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// trustSuffix is the end of the name of a validation context.
const trustSuffix = "/trust"

// book has what can be handed out, by the names that proxies ask for.
type book struct {
	cfg    Config
	ctx    context.Context // ends with stop
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu      sync.Mutex
	set     *source.Set // nil: not yet
	names   map[string]*source.Source
	named   time.Time // when names was made
	entries map[*source.Source]*entry
	changed chan struct{} // closed when something can be handed out, or cannot any more
	shut    error         // Sealkeeper refuses this account; nil: it does not
}

func newBook(cfg Config) *book {
	b := &book{cfg: cfg, entries: map[*source.Source]*entry{}, changed: make(chan struct{})}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

func (b *book) follow(set *source.Set) {
	b.mu.Lock()
	b.set = set
	b.mu.Unlock()
	b.tell()
}

func (b *book) stop() {
	b.cancel()
	b.tasks.Wait()
}

// news returns a channel that is closed at the next change.
func (b *book) news() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}

func (b *book) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.changed)
	b.changed = make(chan struct{})
}

// refused is why no key goes to a proxy that does not have it: Sealkeeper refuses this account, since its token was
// revoked or it was disabled, and has not taken it since. Nil: it does not.
func (b *book) refused() error {
	link := b.link()
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case link == nil:
	case link.Err == nil:
		b.shut = nil
	case errors.Is(link.Err, fault.Unauthenticated) || errors.Is(link.Err, fault.Denied):
		b.shut = fault.Wrap(link.Err, fault.Denied, "account_refused",
			"Sealkeeper refuses this service account, so that no proxy gets a key that it does not have.")
	}
	return b.shut
}

// wait returns what a name stands for, as soon as it is known.
func (b *book) wait(ctx context.Context, name string) (*handed, error) {
	e, trust := b.find(name)
	if e == nil {
		return nil, unknown()
	}
	if !trust {
		e.want(1)
		defer e.want(-1)
	}
	for {
		news := b.news()
		a := e.get(trust)
		if err := b.refused(); err != nil && !trust {
			return nil, err
		}
		if !a.reading {
			return a.handed, a.err
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil, fault.Wrap(ctx.Err(), fault.Unavailable, "configuration_missing",
				"The secret has not been read yet; ask again.")
		}
	}
}

const (
	firstBound = 500 * time.Millisecond
	lastBound  = 30 * time.Second
	// lookAgain is how soon an entry is looked at without a reason: certificates end, and clocks jump.
	lookAgain = time.Minute
)

// keep has an entry be what is in use, until the book is closed.
func (b *book) keep(e *entry) {
	bound := firstBound
	for {
		updated, poke := e.source.Updated(), e.poke
		wait := lookAgain
		changed, err := b.refresh(e)
		if err != nil {
			poke = nil // that somebody asks is no reason to hurry
			wait = pauseAfter(err, bound)
			bound = min(2*bound, lastBound)
		} else {
			bound = firstBound
		}
		if e.get(true).reading {
			wait = min(wait, resolveAfter)
		}
		if h := e.get(false).handed; h != nil {
			wait = min(wait, max(h.notAfter.Sub(b.cfg.Now()), time.Millisecond))
		}
		if changed {
			b.tell()
		}
		timer := time.NewTimer(wait)
		select {
		case <-updated:
		case <-poke:
		case <-timer.C:
		case <-b.ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// pauseAfter is how long to wait after a failed export: a random time up to the bound, and a minute where waiting does
// not help.
func pauseAfter(err error, bound time.Duration) time.Duration {
	if errors.Is(err, fault.Denied) || errors.Is(err, fault.NotFound) || errors.Is(err, fault.Invalid) ||
		codeOf(err) == notExportable || codeOf(err) == "key_type_unsuitable" {
		return lookAgain
	}
	wait := rand.N(bound) //nolint:gosec // jitter is no secret
	if e, ok := errors.AsType[*fault.Error](err); ok {
		wait = max(wait, e.After)
	}
	return wait
}

func codeOf(err error) string {
	code := fault.Code(err)
	return code
}

// refresh makes an entry what is in use now, and reports whether it was something else. It fails if the key or the
// system's CA certificates cannot be had; what was handed out before stays then, until its certificate ends.
func (b *book) refresh(e *entry) (changed bool, failed error) {
	_ = b.refused() // which it stays where Sealkeeper is down afterwards
	e.mu.Lock()
	certificate, trust, wanted := e.certificate, e.trust, e.wanted > 0
	e.mu.Unlock()
	now := certificate
	c, err := e.source.Configuration()
	switch {
	case codeOf(err) == "configuration_missing" && e.source.Status().Problem == nil:
		return false, nil // it is being read
	case err != nil:
		now, trust = answer{err: err}, answer{err: err}
	default:
		var rootless error
		trust, rootless = b.trust(trust, c)
		if now, failed = b.certificate(now, c, wanted); failed == nil {
			failed = rootless
		}
	}
	if now.handed != nil && !b.cfg.Now().Before(now.handed.notAfter) {
		now = answer{err: ended(now.handed.edition)}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	changed = now != e.certificate || trust != e.trust
	if failed != nil && (e.problem == nil || e.problem.Error() != failed.Error()) {
		b.cfg.Logger.Error("the newest secret cannot be handed out", slog.String("registration", e.source.String()),
			slog.String("error", failed.Error()))
	}
	e.certificate, e.trust, e.problem = now, trust, failed
	return changed, failed
}

// trust are the trust anchors of the bank: those before, where the system's cannot be read.
func (b *book) trust(before answer, c api.TLSConfiguration) (answer, error) {
	roots := ""
	if c.SystemRoots {
		var err error
		roots, err = b.cfg.SystemRoots()
		switch {
		case err != nil && before.handed != nil:
			return before, err
		case err != nil:
			return answer{err: err}, err
		}
	}
	next := trustOf(c, roots)
	if before.handed != nil && before.handed.id == next.id {
		return before, nil
	}
	return answer{handed: next}, nil
}

// certificate is the chain with its key: the one before, where it is of the same version.
func (b *book) certificate(before answer, c api.TLSConfiguration, wanted bool) (answer, error) {
	if before.handed != nil && before.handed.id == certificateID(c) {
		return before, nil
	}
	if !wanted {
		return answer{reading: true}, nil
	}
	next, err := b.export(c)
	switch {
	case err == nil:
		return answer{handed: next}, nil
	case before.handed != nil:
		return before, err
	}
	return answer{err: err}, err
}

// exportTime bounds one export.
const exportTime = 20 * time.Second

func (b *book) export(c api.TLSConfiguration) (*handed, error) {
	if c.Transport.Key.Mode != api.TLSKeyExportable {
		return nil, fault.New(fault.Conflict, notExportable,
			"The private key of version %d stays in custody, so Envoy cannot have it: call the bank through "+
				"`sealkeeper egress`, or upload a key as exportable.", c.Version)
	}
	ctx, cancel := context.WithTimeout(b.ctx, exportTime)
	defer cancel()
	keys, err := b.cfg.Keys.ExportTLS(ctx, c.RegistrationID, api.KeyExport{Version: c.Version})
	if err != nil {
		return nil, err
	}
	return certificateOf(c, keys)
}

const notExportable = "not_exportable"

func ended(h edition) error {
	return fault.New(fault.Conflict, "certificate_ended", "The certificate of version %d ended on %s.", h.version,
		h.notAfter.UTC().Format(time.RFC3339))
}

// asked are the registrations that somebody has asked for.
func (b *book) asked() []*entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Collect(maps.Values(b.entries))
	slices.SortFunc(all, func(x, y *entry) int { return strings.Compare(x.source.Name().ID, y.source.Name().ID) })
	return all
}

// link is how changes are told; nil while nothing is followed.
func (b *book) link() *source.Link {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.set == nil {
		return nil
	}
	link := b.set.Link()
	return &link
}
