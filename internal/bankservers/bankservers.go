// Package bankservers answers one question: which certificate has each host of a bank presented, and what has
// changed or failed there since?
package bankservers

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
)

// Presented is a certificate that a host of a bank has presented.
type Presented struct {
	InstitutionID       string
	Host                string
	SHA256              string // of the certificate, lower-case hex
	Subject, Issuer     string // distinguished names
	Authority           string // who issued it, as function Authority says
	NotBefore, NotAfter time.Time
	Sent                int    // certificates in the chain as it was sent
	Trusted             bool   // it was verified, the last time
	Reason              Reason // why it was not
	Issuing             string // certificate furthest from it in the chain as it was sent, PEM; empty: none was sent
	FirstSeen, LastSeen time.Time
}

// Ended reports whether it has ended.
func (p Presented) Ended(now time.Time) bool { return now.After(p.NotAfter) }

// soon is how long before its end a bank's certificate is worth a remark.
const soon = 14 * 24 * time.Hour

// EndsSoon reports whether it ends within two weeks.
func (p Presented) EndsSoon(now time.Time) bool {
	return !p.Ended(now) && now.Add(soon).After(p.NotAfter)
}

// Store keeps what was seen.
type Store interface {
	Hosts
	// PresentedBy returns what hosts of an institution have presented, by host, the newest first.
	PresentedBy(ctx context.Context, institutionID string) ([]Presented, error)
}

// Config is what a Service is made of. Every field is required.
type Config struct {
	Store Store
	Audit *audit.Log
	Banks Banks
	Now   func() time.Time
}

// Service notes what banks present. It is safe for concurrent use.
type Service struct {
	cfg Config

	mu    sync.Mutex
	hosts map[place]*sightings
	seen  int // certificates in hosts
}

type place struct{ institution, host string }

// sightings are what was seen of a host, and what of it is written.
type sightings struct {
	presented map[string]*sighting // by fingerprint
	failing   failure              // since it was written
	worked    time.Time            // the last handshake that did
	looked    bool                 // that one was a look
	failed    time.Time            // the last one that did not
	doubt     bool                 // whether it works is not written since it failed, or since the start
}

// sighting is what was seen of a certificate.
type sighting struct {
	Presented
	written time.Time // zero: it was not
}

// failure is what failed since it was written last.
type failure struct {
	reason      Reason
	alert       string
	first, last time.Time
	times       int
}

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg: cfg, hosts: map[place]*sightings{}}
}

// What bounds what is remembered and written.
const (
	mostSeen   = 2000
	mostOfHost = 50        // certificates: a host may present another one at each handshake
	writeEvery = time.Hour // of what is known already
	maxName    = 500       // bytes of a name
	maxIssuing = 16 << 10  // bytes of a certificate as PEM
	calm       = 10 * time.Second
)

// Saw notes what a handshake showed: in memory, so that no call waits for it.
func (s *Service) Saw(institutionID string, h Handshake) {
	if h.Host == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{institutionID, strings.ToLower(h.Host)}
	one, known := s.hosts[at]
	if !known {
		if len(s.hosts)+s.seen >= mostSeen {
			return
		}
		one = &sightings{presented: map[string]*sighting{}, doubt: true}
		s.hosts[at] = one
	}
	now := s.cfg.Now()
	if len(h.Chain) > 0 {
		s.sawChain(at, one, h, now)
	}
	if h.Reason == "" {
		one.worked, one.looked = now, h.Looked
		return
	}
	one.failed, one.doubt = now, true
	if one.failing.reason != h.Reason || one.failing.alert != h.Alert {
		one.failing = failure{reason: h.Reason, alert: h.Alert, first: now}
	}
	one.failing.last = now
	one.failing.times++
}

func (s *Service) sawChain(at place, to *sightings, h Handshake, now time.Time) {
	leaf := h.Chain[0]
	sum := sha256.Sum256(leaf.Raw)
	fingerprint, trusted := hex.EncodeToString(sum[:]), !h.Reason.OfCertificate()
	one, known := to.presented[fingerprint]
	if !known {
		if len(s.hosts)+s.seen >= mostSeen || len(to.presented) >= mostOfHost {
			return
		}
		one = &sighting{Presented: presentedAt(at, leaf, fingerprint, now)}
		to.presented[fingerprint] = one
		s.seen++
	}
	if one.Trusted != trusted || one.Sent != len(h.Chain) || !trusted && one.Reason != h.Reason {
		one.written = time.Time{}
	}
	one.takes(h, now)
}

func presentedAt(at place, leaf *x509.Certificate, fingerprint string, now time.Time) Presented {
	return Presented{
		InstitutionID: at.institution,
		Host:          at.host,
		SHA256:        fingerprint,
		Subject:       bounded(leaf.Subject.String()),
		Issuer:        bounded(leaf.Issuer.String()),
		Authority:     Authority(leaf),
		NotBefore:     leaf.NotBefore.UTC(),
		NotAfter:      leaf.NotAfter.UTC(),
		FirstSeen:     now,
	}
}

// takes takes in how it was sent, and whether it was trusted.
func (p *Presented) takes(h Handshake, now time.Time) {
	p.Sent, p.Trusted, p.LastSeen, p.Reason = len(h.Chain), !h.Reason.OfCertificate(), now, ""
	if !p.Trusted {
		p.Reason = h.Reason
	}
	p.Issuing = issuingPEM(h.Issuing)
}

func issuingPEM(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	if len(text) > maxIssuing {
		return ""
	}
	return text
}

func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return strings.ToLower(host)
	}
	return strings.ToLower(address)
}

// bounded cuts a name that others have chosen, at a character.
func bounded(name string) string {
	if len(name) > maxName {
		name = name[:maxName]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), "")
}

// Settle writes what was seen. Each replica does so for itself.
func (s *Service) Settle(ctx context.Context) error {
	var failed error
	for at, now := range s.due() {
		err := s.cfg.Store.ChangeHost(ctx, at.institution, at.host, func(h Host, had []Presented) Change {
			return now.change(h, had)
		})
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		s.wrote(at, now)
	}
	return failed
}

// update is what is to be written of a host.
type update struct {
	presented []Presented
	failing   failure
	worked    time.Time
	looked    bool
}

func (p update) change(h Host, had []Presented) Change {
	c := Change{Host: h}
	for _, one := range p.presented {
		if !p.looked && one.Reason == unknownIssuer && lacks(had, one) {
			one.Reason = incomplete
		}
		c.presented(had, one)
		had = append(had, one)
	}
	if p.failing.times > 0 {
		if !p.looked && p.failing.reason == unknownIssuer && h.Reason == incomplete {
			p.failing.reason = incomplete
		}
		c.failed(p.failing)
	}
	if !p.worked.IsZero() {
		c.worked(p.worked, p.looked)
	}
	return c
}

// lacks reports whether a look has found out of a certificate as it is sent that another one is missing beside it.
func lacks(had []Presented, p Presented) bool {
	return slices.ContainsFunc(had, func(was Presented) bool {
		return was.SHA256 == p.SHA256 && was.Sent == p.Sent && was.Reason == incomplete
	})
}

// due is what has to be written.
func (s *Service) due() map[place]update {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, all := s.cfg.Now(), map[place]update{}
	for at, one := range s.hosts {
		p := update{failing: one.failing}
		for fingerprint, c := range one.presented {
			switch {
			case c.written.IsZero(), c.LastSeen.Sub(c.written) >= writeEvery:
				p.presented = append(p.presented, c.Presented)
			case now.Sub(c.LastSeen) > 2*writeEvery:
				delete(one.presented, fingerprint)
				s.seen--
			}
		}
		// A server of TLS 1.3 objects to our certificate after the handshake: it works if nothing has failed since.
		if one.doubt && one.worked.After(one.failed) && now.Sub(one.worked) >= calm {
			p.worked, p.looked = one.worked, one.looked
		}
		switch {
		case len(p.presented) > 0 || p.failing.times > 0 || !p.worked.IsZero():
			all[at] = p
		case len(one.presented) == 0:
			delete(s.hosts, at)
		}
	}
	return all
}

// wrote forgets what was written.
func (s *Service) wrote(at place, p update) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, known := s.hosts[at]
	if !known {
		return
	}
	for _, was := range p.presented {
		c, known := one.presented[was.SHA256]
		if known && c.Trusted == was.Trusted && c.Sent == was.Sent && c.Reason == was.Reason {
			c.written = was.LastSeen
		}
	}
	if one.failing == p.failing {
		one.failing = failure{}
	} else if one.failing.first.Equal(p.failing.first) && one.failing.reason == p.failing.reason {
		one.failing.times -= p.failing.times
		one.failing.first = one.failing.last
	}
	if !p.worked.IsZero() && one.failed.Before(p.worked) {
		one.doubt = false
	}
}

// OfInstitution returns what hosts of an institution have presented, by host, the newest first.
func (s *Service) OfInstitution(ctx context.Context, caller access.Caller, institutionID string) ([]Presented, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CampaignRead, institutionID); err != nil {
		return nil, err
	}
	return s.cfg.Store.PresentedBy(ctx, institutionID)
}
