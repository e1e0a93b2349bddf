package registration

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// certificateCache lets one view, or one list of views, read and judge each
// certificate once, however many registrations use it. It is safe for concurrent
// use: whoever asks for a certificate waits for that one alone.
type certificateCache struct {
	source  Certificates
	revoked func() (map[string]Revocation, error) // what is known to be, read once
	judge   func(leaf *certs.Certificate, chain []*certs.Certificate, now time.Time) []rules.Finding
	now     time.Time

	mu      sync.Mutex // held to find an entry, never to fill it in
	entries map[string]*certificateEntry
	pairs   map[[2]string]*pairEntry
}

// certificateEntry is one certificate. Each of its parts is found out by the first who asks for it.
type certificateEntry struct {
	reading sync.Once
	leaf    *certs.Certificate
	chain   []*certs.Certificate
	err     error

	judging  sync.Once
	findings []rules.Finding

	asking sync.Once
	onLive error
}

// pairEntry is what was found about two certificates together.
type pairEntry struct {
	judging  sync.Once
	findings []rules.Finding
}

func newCertificateCache(
	source Certificates, revoked func() (map[string]Revocation, error), now time.Time,
) *certificateCache {
	return &certificateCache{
		source:  source,
		revoked: sync.OnceValues(revoked),
		judge:   rules.Judge,
		now:     now,
		entries: map[string]*certificateEntry{},
		pairs:   map[[2]string]*pairEntry{},
	}
}

// entry returns the entry at a key, a new one if there is none yet.
func entry[K comparable, E any](mu *sync.Mutex, entries map[K]*E, key K) *E {
	mu.Lock()
	defer mu.Unlock()
	e, known := entries[key]
	if !known {
		e = new(E)
		entries[key] = e
	}
	return e
}

// certificate reads the public half of a certificate.
func (c *certificateCache) certificate(ctx context.Context, id string) *certificateEntry {
	e := entry(&c.mu, c.entries, id)
	e.reading.Do(func() {
		e.leaf, e.chain, e.err = c.source.Certificate(ctx, access.SystemCaller("readiness"), id)
	})
	return e
}

// findings are what is wrong with a certificate that could be read.
func (c *certificateCache) findings(ctx context.Context, id string) []rules.Finding {
	e := c.certificate(ctx, id)
	e.judging.Do(func() { e.findings = c.judge(e.leaf, e.chain, c.now) })
	return e.findings
}

// pair is what is wrong with the two certificates of a bundle together.
func (c *certificateCache) pair(ctx context.Context, qwacID, qsealcID string) []rules.Finding {
	e := entry(&c.mu, c.pairs, [2]string{qwacID, qsealcID})
	e.judging.Do(func() {
		e.findings = rules.JudgePair(c.certificate(ctx, qwacID).leaf, c.certificate(ctx, qsealcID).leaf, c.now)
	})
	return e.findings
}

// onLive says why a live registration may not use the certificate; nil: it may.
func (c *certificateCache) onLive(ctx context.Context, id string) error {
	e := entry(&c.mu, c.entries, id)
	e.asking.Do(func() { e.onLive = c.source.ExportAllowed(ctx, access.SystemCaller("readiness"), id) })
	return e.onLive
}

// facts is all that readiness needs to know of a certificate.
func (c *certificateCache) facts(ctx context.Context, id string, live bool) (certificateFacts, error) {
	f := certificateFacts{id: id}
	if id == "" {
		return f, nil
	}
	switch e := c.certificate(ctx, id); {
	case e.err == nil:
		f.leaf, f.findings = e.leaf, c.findings(ctx, id)
	case refused(e.err):
		f.refusal = refusalOf(e.err)
	default:
		return f, e.err
	}
	revoked, err := c.revoked()
	if err != nil {
		return f, err
	}
	if r, is := revoked[id]; is {
		f.revoked = &r
	}
	if !live {
		return f, nil
	}
	switch err := c.onLive(ctx, id); {
	case errors.Is(err, fault.Conflict):
		f.notLive = refusalOf(err)
	case err != nil && !errors.Is(err, fault.NotFound): // what is not there is refused already
		return f, err
	}
	return f, nil
}

// usable is the certificate, nil when there is none that can be used.
func (c *certificateCache) usable(ctx context.Context, id string) (*certs.Certificate, error) {
	if id == "" {
		return nil, nil
	}
	e := c.certificate(ctx, id)
	if refused(e.err) {
		return nil, nil
	}
	return e.leaf, e.err
}

// refused reports whether custody says that a certificate is not to be had, which
// is a fact about it. Any other error means that nothing could be found out.
func refused(err error) bool { return errors.Is(err, fault.NotFound) || errors.Is(err, fault.Conflict) }

func refusalOf(err error) *refusal {
	_, code, message := fault.Public(err)
	return &refusal{code, message}
}
