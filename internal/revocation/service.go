// Package revocation answers one question: was a certificate in use revoked, as far as its issuer has said? It asks,
// by revocation lists and OCSP, keeps what was answered, and asks again when there is something newer.
package revocation

import (
	"context"
	"log/slog"
	"time"

	judge "github.com/sealkeeper/sealkeeper/certs/revocation"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Store keeps checks. A check is there for each certificate that a stored one depends on, from when that is stored.
type Store interface {
	// DueRevocations returns those that are due at a time, the longest due first.
	DueRevocations(ctx context.Context, at time.Time, limit int) ([]Check, error)
	// RevocationsOfLists returns those with the addresses of one list, by fingerprint, after one.
	RevocationsOfLists(ctx context.Context, lists []string, after string, limit int) ([]Check, error)
	// RevocationsOf returns those of a stored certificate and its chain, in their order.
	RevocationsOf(ctx context.Context, certificateID string) ([]Check, error)
	// RevocationByFingerprint returns one, or fault.NotFound.
	RevocationByFingerprint(ctx context.Context, sha256 string) (Check, error)
	// SaveRevocations writes checks that are as they were read, and returns the fingerprints of the others. What
	// became revoked, or is no longer, is told to whoever uses the certificates.
	SaveRevocations(ctx context.Context, checks []Check) (behind []string, err error)
	// RevokedElements returns what is revoked of the certificates in use and their chains.
	RevokedElements(ctx context.Context) ([]Element, error)
}

// Element is a certificate on which a stored one depends.
type Element struct {
	CertificateID string // of the stored one
	Position      int    // 0: that itself; else its place in the chain
	Check         Check
}

// Config is what a Service is made of. Every field but Asks is required.
type Config struct {
	Store  Store
	Asks   *internet.Client // nil: nobody is asked
	Audit  *audit.Log
	Logger *slog.Logger
	Now    func() time.Time
}

// Service asks issuers. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg}
}

// Asking reports whether anybody is asked at all.
func (s *Service) Asking() bool { return s.cfg.Asks != nil }

// Result is what a certificate's page says of one that it depends on.
type Result struct {
	Check
	State State
}

// OfCertificate returns the results of a stored certificate and its chain, that itself first; none once it is
// retired.
func (s *Service) OfCertificate(ctx context.Context, caller access.Caller, id string) ([]Result, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CertRead, id); err != nil {
		return nil, err
	}
	return s.results(ctx, id)
}

// OfFingerprint returns what is known of one certificate by the hex SHA-256 of its DER; NotFound if nothing is.
func (s *Service) OfFingerprint(ctx context.Context, caller access.Caller, sha256 string) (Result, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CertRead, sha256); err != nil {
		return Result{}, err
	}
	c, err := s.cfg.Store.RevocationByFingerprint(ctx, sha256)
	return Result{State: c.State(s.cfg.Now(), s.Asking()), Check: c}, err
}

func (s *Service) results(ctx context.Context, id string) ([]Result, error) {
	checks, err := s.cfg.Store.RevocationsOf(ctx, id)
	results := make([]Result, len(checks))
	for i, c := range checks {
		results[i] = Result{State: c.State(s.cfg.Now(), s.Asking()), Check: c}
	}
	return results, err
}

// Revoked returns what is revoked of the certificates in use and their chains, by certificate and position.
func (s *Service) Revoked(ctx context.Context) ([]Element, error) {
	return s.cfg.Store.RevokedElements(ctx)
}

// What bounds a question that somebody waits for.
const (
	askedLately = time.Minute      // ago: it is not asked again on a person's word
	fresh       = 10 * time.Minute // ago: it is not asked again before an activation
	patience    = 25 * time.Second
)

// AskNow asks now about a stored certificate and its chain, by OCSP where there is a responder. What was asked within
// the last minute is not asked again.
func (s *Service) AskNow(ctx context.Context, caller access.Caller, id string) ([]Result, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CertAsk, id); err != nil {
		return nil, err
	}
	if !s.Asking() {
		return nil, internet.ErrOff
	}
	var results []Result
	err := s.cfg.Audit.Do(ctx, caller, access.CertAsk, id, func() (_ note.Note, err error) {
		waiting, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		asked, err := s.renew(ctx, waiting, id, askedLately)
		if err != nil {
			return note.Note{}, err
		}
		if results, err = s.results(ctx, id); err == nil && len(results) == 0 {
			err = fault.New(fault.Conflict, "revocation_not_asked",
				"Only a certificate that is stored and not retired is asked about.")
		}
		if err == nil && asked == 0 && !s.settled(results) {
			err = fault.New(fault.Conflict, "revocation_asked_lately",
				"The issuer was asked less than a minute ago; try again in a minute.").RetryAfter(askedLately)
		}
		return note.Note{}, err
	})
	return results, err
}

// settled reports whether there is nothing to ask.
func (s *Service) settled(results []Result) bool {
	for _, r := range results {
		if !r.AskAt.Equal(Never) {
			return false
		}
	}
	return true
}

// Renew asks about stored certificates and their chains before they are taken into use, unless that was done within
// the last minutes. Nobody waits long for it, and who does not answer stands in nobody's way.
func (s *Service) Renew(ctx context.Context, certificateIDs ...string) error {
	if !s.Asking() {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, id := range certificateIDs {
		if _, err := s.renew(ctx, waiting, id, fresh); err != nil {
			return err
		}
	}
	return nil
}

// renew asks for as long as waiting lasts.
func (s *Service) renew(ctx, waiting context.Context, id string, lately time.Duration) (asked int, err error) {
	checks, err := s.cfg.Store.RevocationsOf(ctx, id)
	if err != nil {
		return 0, err
	}
	r := newRound(s)
	r.now = true
	for _, c := range checks {
		if c.AskAt.Equal(Never) || s.cfg.Now().Sub(c.Attempt.At) < lately {
			continue
		}
		asked++
		c, o := r.one(waiting, c)
		if err := r.keep(ctx, []outcome{{c, o}}); err != nil {
			return asked, err
		}
	}
	return asked, nil
}

// record says in the audit log and the log that a certificate was revoked, or is no longer.
func (s *Service) record(ctx context.Context, before, after Check) error {
	was, is := before.Answer.Status == judge.Revoked, after.Answer.Status == judge.Revoked
	if was == is {
		return nil
	}
	name, a := after.Subject(), after.Answer
	detail := note.New("revocation_lifted", "%s is no longer revoked, says %s", name, a.Responder)
	if is {
		detail = note.New("revocation_found", "%s was revoked on %s (reason: %s), says %s; SHA-256 of the answer: %s",
			name, a.RevokedAt.Format(time.DateOnly), a.ReasonName(), a.Responder, a.SHA256)
	}
	s.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, detail.Text, slog.String("sha256", after.SHA256))
	by := access.SystemCaller("revocation")
	return s.cfg.Audit.Record(ctx, by, access.CertRevoked, after.SHA256, audit.Done, detail)
}
