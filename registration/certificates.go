package registration

import (
	"context"
	"slices"
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
	certs.Held
	err error // why nothing could be found out

	judging  sync.Once
	findings []rules.Finding
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

// read reads the public halves of certificates together, for those who will ask for them.
func (c *certificateCache) read(ctx context.Context, ids []string) error {
	ids = slices.DeleteFunc(distinct(ids), func(id string) bool { return id == "" })
	if len(ids) == 0 {
		return nil
	}
	held, err := c.source.Held(ctx, access.SystemCaller("readiness"), ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		e := entry(&c.mu, c.entries, id)
		e.reading.Do(func() { e.Held = heldOf(held, id) })
	}
	return nil
}

// certificate reads the public half of a certificate.
func (c *certificateCache) certificate(ctx context.Context, id string) *certificateEntry {
	e := entry(&c.mu, c.entries, id)
	e.reading.Do(func() {
		var held map[string]certs.Held
		if held, e.err = c.source.Held(ctx, access.SystemCaller("readiness"), []string{id}); e.err == nil {
			e.Held = heldOf(held, id)
		}
	})
	return e
}

func heldOf(held map[string]certs.Held, id string) certs.Held {
	if h, is := held[id]; is {
		return h
	}
	return certs.Held{Refused: fault.New(fault.NotFound, "not_found", "There is no such certificate.")}
}

// findings are what is wrong with a certificate that can be used.
func (c *certificateCache) findings(ctx context.Context, id string) []rules.Finding {
	e := c.certificate(ctx, id)
	e.judging.Do(func() { e.findings = c.judge(e.Leaf, e.Chain, c.now) })
	return e.findings
}

// pair is what is wrong with the two certificates of a bundle together.
func (c *certificateCache) pair(ctx context.Context, qwacID, qsealcID string) []rules.Finding {
	e := entry(&c.mu, c.pairs, [2]string{qwacID, qsealcID})
	e.judging.Do(func() {
		e.findings = rules.JudgePair(c.certificate(ctx, qwacID).Leaf, c.certificate(ctx, qsealcID).Leaf, c.now)
	})
	return e.findings
}

// facts is all that readiness needs to know of a certificate.
func (c *certificateCache) facts(ctx context.Context, id string, live bool) (certificateFacts, error) {
	f := certificateFacts{id: id}
	if id == "" {
		return f, nil
	}
	e := c.certificate(ctx, id)
	switch {
	case e.err != nil:
		return f, e.err
	case e.Refused != nil:
		f.refusal = refusalOf(e.Refused)
	default:
		f.leaf, f.findings = e.Leaf, c.findings(ctx, id)
	}
	revoked, err := c.revoked()
	if err != nil {
		return f, err
	}
	if r, is := revoked[id]; is {
		f.revoked = &r
	}
	if live && e.NotLive != nil {
		f.notLive = refusalOf(e.NotLive)
	}
	return f, nil
}

// usable is the certificate, nil when there is none that can be used.
func (c *certificateCache) usable(ctx context.Context, id string) (*certs.Certificate, error) {
	if id == "" {
		return nil, nil
	}
	e := c.certificate(ctx, id)
	return e.Leaf, e.err
}

func refusalOf(err error) *refusal {
	_, code, message := fault.Public(err)
	return &refusal{code, message}
}
