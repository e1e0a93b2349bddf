package registration

import (
	"context"
	"errors"
	"sync"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// seen is a certificate that was read, or a pair of them, and what was found about it.
type seen struct {
	leaf   *certs.Certificate
	chain  []*certs.Certificate
	err    error
	judged *[]certs.Finding
	onLive *error
}

// reading lets one view, or one list of views, read and judge each certificate
// once, however many registrations use it. It is safe for concurrent use.
type reading struct {
	mu  sync.Mutex
	all map[string]*seen
}

func newReading() *reading { return &reading{all: map[string]*seen{}} }

// of returns what was seen under id, which look fills in where it lacks. Looking is done one at a time.
func (r *reading) of(id string, look func(*seen)) *seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, known := r.all[id]
	if !known {
		s = &seen{}
		r.all[id] = s
	}
	look(s)
	return s
}

// certificate reads the public half of a certificate for a judgement.
func (s *Service) certificate(ctx context.Context, read *reading, id string) *seen {
	return read.of(id, func(c *seen) {
		if c.leaf == nil && c.err == nil {
			c.leaf, c.chain, c.err = s.cfg.Certificates.Certificate(ctx, access.SystemCaller("readiness"), id)
		}
	})
}

// judgement is what is wrong with the certificate now.
func (s *Service) judgement(read *reading, id string) []certs.Finding {
	c := read.of(id, func(c *seen) {
		if c.judged == nil {
			found := certs.Judge(c.leaf, c.chain, s.cfg.Now())
			c.judged = &found
		}
	})
	return *c.judged
}

// pair is what is wrong with the two certificates of a bundle together.
func (s *Service) pair(read *reading, b Bundle, qwac, qsealc *certs.Certificate) []certs.Finding {
	c := read.of(b.QWACID+" "+b.QSealCID, func(c *seen) { // no certificate's id has a blank
		if c.judged == nil {
			found := certs.JudgePair(qwac, qsealc, s.cfg.Now())
			c.judged = &found
		}
	})
	return *c.judged
}

// onLive says why a live registration may not use the certificate; nil: it may.
func (s *Service) onLive(ctx context.Context, read *reading, id string) error {
	c := read.of(id, func(c *seen) {
		if c.onLive == nil {
			err := s.cfg.Certificates.AllowedOnLive(ctx, access.SystemCaller("readiness"), id)
			c.onLive = &err
		}
	})
	return *c.onLive
}

// usable is the certificate, nil when there is none that can be used.
func (s *Service) usable(ctx context.Context, read *reading, id string) (*certs.Certificate, error) {
	if id == "" {
		return nil, nil
	}
	c := s.certificate(ctx, read, id)
	if errors.Is(c.err, fault.NotFound) || errors.Is(c.err, fault.Conflict) {
		return nil, nil
	}
	return c.leaf, c.err
}
