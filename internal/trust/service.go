// Package trust answers one question: is the service that issued a certificate on the EU's trusted lists, as far as
// they were read? It reads them, keeps what they said, and reads them again.
package trust

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/trustlist"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/internet"
)

// List is a trusted list as it was read last, with what came of the last question.
type List struct {
	URL       string `json:"-"`
	LOTL      bool   // the list of lists
	Territory string
	Signers   [][]byte // DER of who may sign it, as the list of lists says; of that itself: the anchors
	Sequence  int
	Issued    time.Time
	NextUpdate,
	ReadAt time.Time // zero: it was never read
	SHA256 string // of the list as it was read
	// What a server said of the list that it sent last, to be asked whether there is another one.
	ETag, Modified string

	AskAt    time.Time `json:"-"`
	Revision int       `json:"-"`
	TriedAt  time.Time
	Cause    Cause // why nothing came of the last question; empty: something did
	Failures int
}

// Cause is why a list was not read: one of package trustlist, or of these.
type Cause string

// The causes.
const (
	Unreachable Cause = "unreachable" // there was no answer
	Older       Cause = "older"       // it is from before the one that is known
	Future      Cause = "future"      // it is issued after now
	Elsewhere   Cause = "territory"   // it is of another territory than the list of lists says
)

// Listed is a service on a list by one of its certificates.
type Listed struct {
	URL         string `json:"-"` // of the list
	Provider    string
	Certificate []byte // DER
	Subject     string // SHA-256 of the DER of that one's subject, lower-case hex
	Service     trustlist.Service
}

// Store keeps what was read.
type Store interface {
	// TrustedLists returns all of them by URL.
	TrustedLists(ctx context.Context) ([]List, error)
	// KnowTrustedLists adds those that are not known yet, and forgets those that are not among these.
	KnowTrustedLists(ctx context.Context, lists []List) error
	// SaveTrustedList writes a list that is as it was read, and in place of its services others.
	SaveTrustedList(ctx context.Context, l List, services []Listed, replace bool) (saved bool, err error)
	// ServicesNamed returns those whose certificate has a subject.
	ServicesNamed(ctx context.Context, subject string) ([]Listed, error)
	// ChainOfCertificate returns a stored certificate and its chain as PEM, itself first, or fault.NotFound.
	ChainOfCertificate(ctx context.Context, id string) (string, error)
	Verdicts
}

// Verdicts keeps what was told of certificates in use.
type Verdicts interface {
	// NotJudgedBy returns certificates in use that have not been judged, as they are now, by some lists: in the order
	// of their ids, after one.
	NotJudgedBy(ctx context.Context, lists, after string, limit int) ([]Used, error)
	// SaveTrustVerdicts writes verdicts by some lists. What was said of a certificate stays where it is not checked.
	// What has changed is told to whoever watches for what ends.
	SaveTrustVerdicts(ctx context.Context, lists string, all []Told) error
}

// Used is a certificate in use.
type Used struct {
	ID       string
	Revision int
	ChainPEM string // itself first
}

// Told is what trusted lists say of a certificate in use.
type Told struct {
	ID       string
	Revision int
	State    State
	Service  string    // provider and name; empty: none was found
	Since    time.Time // of the service's status; zero: none was found
}

// Config is what a Service is made of.
type Config struct {
	Store   Store
	Asks    *internet.Client     // nil: nobody is asked
	Audit   *audit.Log           // of those who ask
	LOTL    string               // its address
	Anchors []*certs.Certificate // of who signs it, as the Official Journal publishes them; none: nothing is trusted
	Journal time.Time            // the day of its notice from which they are; zero: nobody has said
	Logger  *slog.Logger
	Now     func() time.Time
}

// Service reads trusted lists, and judges certificates by them. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg}
}

// Anchored reports whether anchors are configured, without which nothing is read or trusted.
func (s *Service) Anchored() bool { return len(s.cfg.Anchors) > 0 }

// Asking reports whether anybody is asked at all. Where nobody is, nothing is said, whatever was read before.
func (s *Service) Asking() bool { return s.cfg.Asks != nil }

// Unread is why lists are not read.
type Unread string

// The reasons.
const (
	NoSigners Unread = "no_signers" // the configuration names nobody who signs the list of lists
	Off       Unread = "off"        // this installation asks nobody
)

// Unread says why lists are not read; empty: they are.
func (s *Service) Unread() Unread {
	switch {
	case !s.Anchored():
		return NoSigners
	case !s.Asking():
		return Off
	}
	return ""
}

// Journal is the day of the notice in the Official Journal that names the anchors; zero: nobody has said.
func (s *Service) Journal() time.Time { return s.cfg.Journal }

// OfCertificate returns what the lists say of a stored certificate.
func (s *Service) OfCertificate(ctx context.Context, caller access.Caller, id string) (Verdict, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CertRead, id); err != nil {
		return Verdict{}, err
	}
	return s.ofCertificate(ctx, id)
}

func (s *Service) ofCertificate(ctx context.Context, id string) (Verdict, error) {
	text, err := s.cfg.Store.ChainOfCertificate(ctx, id)
	if err != nil {
		return Verdict{}, err
	}
	leaf, chain, err := certificatesIn(text)
	if err != nil {
		return Verdict{}, err
	}
	r, err := s.newRound(ctx)
	if err != nil {
		return Verdict{}, err
	}
	return r.judge(ctx, leaf, chain)
}

// certificatesIn reads a chain that was stored: the certificate itself, and on demand those above it.
func certificatesIn(chainPEM string) (
	leaf *certs.Certificate, chain func() ([]*certs.Certificate, error), err error,
) {
	block, rest := pem.Decode([]byte(chainPEM))
	if block == nil {
		return nil, nil, errors.New("trust: a stored certificate has no PEM")
	}
	leaf, err = certs.ParseCertificate(block.Bytes)
	return leaf, func() (all []*certs.Certificate, err error) {
		for block, rest := pem.Decode(rest); block != nil; block, rest = pem.Decode(rest) {
			c, err := certs.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, err
			}
			all = append(all, c)
		}
		return all, nil
	}, err
}

// Lists returns the list of lists, if it is known, and those it points to by their territory.
func (s *Service) Lists(ctx context.Context, caller access.Caller) ([]List, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CertList, "trusted-lists"); err != nil {
		return nil, err
	}
	lists, err := s.cfg.Store.TrustedLists(ctx)
	slices.SortStableFunc(lists, func(a, b List) int {
		switch {
		case a.LOTL != b.LOTL && a.LOTL:
			return -1
		case a.LOTL != b.LOTL:
			return 1
		}
		return cmp.Compare(a.Territory, b.Territory)
	})
	return lists, err
}

func fingerprint(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
