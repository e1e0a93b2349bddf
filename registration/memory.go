package registration

import (
	"context"
	"errors"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/fault"
)

// seen is a certificate that was read for a list, and what was found in it.
type seen struct {
	leaf     *certs.Certificate
	chain    []*certs.Certificate
	err      error
	judged   bool
	findings []certs.Finding
	asked    bool
	onLive   error
}

// reading lets one view, or one list of views, read and judge each certificate
// once, however many registrations use it.
type reading map[string]*seen

// certificate reads the public half of a certificate for a judgement.
func (s *Service) certificate(ctx context.Context, read reading, id string) *seen {
	if c, ok := read[id]; ok {
		return c
	}
	c := &seen{}
	c.leaf, c.chain, c.err = s.cfg.Certificates.Certificate(ctx, access.SystemCaller("readiness"), id)
	if read != nil {
		read[id] = c
	}
	return c
}

// judgement is what is wrong with the certificate now.
func (s *Service) judgement(c *seen) []certs.Finding {
	if !c.judged {
		c.judged, c.findings = true, certs.Judge(c.leaf, c.chain, s.cfg.Now())
	}
	return c.findings
}

// usable is the certificate, nil when there is none that can be used.
func (s *Service) usable(ctx context.Context, read reading, id string) (*certs.Certificate, error) {
	if id == "" {
		return nil, nil
	}
	c := s.certificate(ctx, read, id)
	if errors.Is(c.err, fault.NotFound) || errors.Is(c.err, fault.Conflict) {
		return nil, nil
	}
	return c.leaf, c.err
}

// onLive says why a live registration may not use the certificate; nil: it may.
func (s *Service) onLive(ctx context.Context, read reading, id string) error {
	c := s.certificate(ctx, read, id)
	if !c.asked {
		c.asked, c.onLive = true, s.cfg.Certificates.AllowedOnLive(ctx, access.SystemCaller("readiness"), id)
	}
	return c.onLive
}

// pair is what is wrong with the two certificates of a bundle together.
func (s *Service) pair(read reading, b Bundle, qwac, qsealc *certs.Certificate) []certs.Finding {
	id := b.QWACID + " " + b.QSealCID // no certificate's id has a blank
	if read[id] == nil {
		judged := &seen{findings: certs.JudgePair(qwac, qsealc, s.cfg.Now())}
		if read == nil {
			return judged.findings
		}
		read[id] = judged
	}
	return read[id].findings
}
