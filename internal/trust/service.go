// Package trust answers one question: is the service that issued a certificate on the EU's trusted
// lists, as far as they
// were read? It reads them, keeps what they said, and reads them again.
package trust

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/trustlist"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/outgoing"
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
	ETag   string

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
}

// Config is what a Service is made of.
type Config struct {
	Store   Store
	Asks    *outgoing.Client     // nil: nobody is asked
	LOTL    string               // its address
	Anchors []*certs.Certificate // of who signs it, as the Official Journal publishes them; none: nothing is trusted
	Now     func() time.Time
}

// Service reads trusted lists, and judges certificates by them. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg}
}

func fingerprint(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
