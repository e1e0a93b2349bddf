// Package bankservers answers one question: which certificate has each host of a bank presented, and since when?
package bankservers

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
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
	NotBefore, NotAfter time.Time
	Sent                int  // certificates in the chain as it was sent
	Trusted             bool // it was verified, the last time
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

// Store keeps what was presented.
type Store interface {
	// NotePresented adds what is not known yet, and writes when the others were seen last, and whether they were
	// trusted. Of each host it keeps the newest.
	NotePresented(ctx context.Context, all []Presented) error
	// PresentedBy returns what hosts of an institution have presented, by host, the newest first.
	PresentedBy(ctx context.Context, institutionID string) ([]Presented, error)
}

// Service notes what banks present. It is safe for concurrent use.
type Service struct {
	store Store
	log   *audit.Log
	now   func() time.Time

	mu   sync.Mutex
	seen map[key]*sighting
}

type key struct{ institution, host, sha256 string }

// sighting is what was seen, and what of it is written.
type sighting struct {
	Presented
	written time.Time // zero: it was not
}

// New returns a Service.
func New(store Store, log *audit.Log, now func() time.Time) *Service {
	return &Service{store: store, log: log, now: clock.Micros(now), seen: map[key]*sighting{}}
}

// What bounds what is remembered and written.
const (
	mostSeen   = 2000
	writeEvery = time.Hour // of what is known already
	maxName    = 500       // bytes of a distinguished name
)

// Saw notes what a host has presented: in memory, so that no call waits for it.
func (s *Service) Saw(institutionID, host string, chain []*x509.Certificate, trusted bool) {
	if len(chain) == 0 {
		return
	}
	sum, now := sha256.Sum256(chain[0].Raw), s.now()
	k := key{institutionID, host, hex.EncodeToString(sum[:])}
	s.mu.Lock()
	defer s.mu.Unlock()
	one, known := s.seen[k]
	if !known {
		if len(s.seen) >= mostSeen {
			return
		}
		one = &sighting{Presented: Presented{
			InstitutionID: institutionID,
			Host:          host,
			SHA256:        k.sha256,
			Subject:       bounded(chain[0].Subject.String()),
			Issuer:        bounded(chain[0].Issuer.String()),
			NotBefore:     chain[0].NotBefore.UTC(),
			NotAfter:      chain[0].NotAfter.UTC(),
			FirstSeen:     now,
		}}
		s.seen[k] = one
	}
	if one.Trusted != trusted || one.Sent != len(chain) {
		one.written = time.Time{}
	}
	one.Sent, one.Trusted, one.LastSeen = len(chain), trusted, now
}

func bounded(name string) string { return name[:min(len(name), maxName)] }

// Settle writes what was seen. Each replica does so for itself.
func (s *Service) Settle(ctx context.Context) error {
	var due []Presented
	var dueKeys []key
	s.mu.Lock()
	for k, one := range s.seen {
		switch {
		case one.written.IsZero(), one.LastSeen.Sub(one.written) >= writeEvery:
			due, dueKeys = append(due, one.Presented), append(dueKeys, k)
		case s.now().Sub(one.LastSeen) > 2*writeEvery:
			delete(s.seen, k)
		}
	}
	s.mu.Unlock()
	if len(due) == 0 {
		return nil
	}
	if err := s.store.NotePresented(ctx, due); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, k := range dueKeys {
		if one, known := s.seen[k]; known && one.Trusted == due[i].Trusted && one.Sent == due[i].Sent {
			one.written = due[i].LastSeen
		}
	}
	return nil
}

// OfInstitution returns what hosts of an institution have presented, by host, the newest first.
func (s *Service) OfInstitution(ctx context.Context, caller access.Caller, institutionID string) ([]Presented, error) {
	if err := s.log.Permit(ctx, caller, access.RegistrationRead, institutionID); err != nil {
		return nil, err
	}
	return s.store.PresentedBy(ctx, institutionID)
}
