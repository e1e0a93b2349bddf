package source

import (
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Status is how a Source is, as figures for metrics and a page. Nothing is registered anywhere.
type Status struct {
	Registration Registration
	Version      int       // in use; 0: none
	SHA256       string    // of the QWAC in use
	NotAfter     time.Time // when the first certificate of the version ends
	// why requests fail: there is no version in use, or its certificate has ended; nil: they do not
	Err error
	// why the newest that Sealkeeper has is not in use, or what it has is not known; nil: it is in use
	Problem error
	// when Sealkeeper last said that the version in use is right; zero: it is from the cache
	HeardAt time.Time

	Reads           int64 // of the configuration
	ReadErrors      int64
	Changes         int64 // of the version in use
	Signatures      int64 // made remotely
	SignatureErrors int64
	SignatureTime   time.Duration // of all of them
	InFlight        int           // requests on the connections of the version in use
	FormerInFlight  int           // requests on those of former versions
}

// Link is how a Set is told of changes.
type Link struct {
	HeardAt time.Time // when all changes were last known
	Err     error     // why they are not told at the moment; nil: they are, or the first attempt is under way
	Failed  int64     // streams and polls that failed or ended
}

// counts are the figures of a Source.
type counts struct {
	reads, readErrors, changes, signatures, signatureErrors int64
	signatureTime                                           time.Duration
}

// Status returns how the Source is.
func (s *Source) Status() Status {
	v, err := s.version()
	s.mu.Lock()
	defer s.mu.Unlock()
	status := Status{
		Registration:    s.name,
		Err:             err,
		Problem:         s.problem,
		HeardAt:         s.heard,
		Reads:           s.counts.reads,
		ReadErrors:      s.counts.readErrors,
		Changes:         s.counts.changes,
		Signatures:      s.counts.signatures,
		SignatureErrors: s.counts.signatureErrors,
		SignatureTime:   s.counts.signatureTime,
	}
	if v != nil {
		status.Version = v.configuration.Version
		status.SHA256 = v.configuration.Transport.SHA256
		status.NotAfter = v.configuration.NotAfter
		status.InFlight = v.bank.InFlight()
	}
	for _, former := range s.former {
		status.FormerInFlight += former.bank.InFlight()
	}
	return status
}

// Link returns how the Set is told of changes.
func (s *Set) Link() Link {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link
}

// Link returns how changes are told to the Source's Set.
func (s *Source) Link() Link { return s.set.Link() }

func (s *Set) linkHeard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link.HeardAt, s.link.Err = s.cfg.Now(), nil
}

func (s *Set) linkEnded(err error) {
	if err == nil || s.ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link.Err = fault.Wrap(err, fault.Unavailable, "changes_unknown", "Changes are not told at the moment.")
	s.link.Failed++
}

// noteRead counts a reading.
func (s *Source) noteRead(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.reads++
	if err != nil {
		s.counts.readErrors++
		s.problem = err
	}
}

// note notes why the newest is not in use.
func (s *Source) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problem = err
}

// refuse notes why a configuration is not taken, and reports whether that is news.
func (s *Source) refuse(c api.TLSConfiguration, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	digest := digestOf(c)
	known := s.unusable == digest
	s.problem, s.unusable = err, digest
	return !known
}

// confirmed notes that what is in use is right.
func (s *Source) confirmed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problem = nil
	s.heard = s.set.cfg.Now()
}

// signed counts a remote signature.
func (s *Source) signed(took time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.signatures++
	s.counts.signatureTime += took
	if err != nil {
		s.counts.signatureErrors++
	}
}
