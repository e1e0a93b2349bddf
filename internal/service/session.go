package service

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/secret"
)

// session is what is remembered of a token: who calls, and until when that is good without asking the database.
type session struct {
	token  Token
	from   time.Time // when it begins to be good
	caller access.Caller
	limits Limits
}

// sessionLife is for how long sessions are good without a word from the database: a token that was revoked by
// another process is refused after that at the latest.
const sessionLife = 5 * time.Second

// maxSessions bounds what is remembered: only tokens that are in the database get there.
const maxSessions = 100_000

type sessions struct {
	mu      *sync.Mutex
	known   map[string]*session  // by the hash of the token, or that of a certificate as it was presented
	used    map[string]time.Time // by the id of the token or identity: not written yet
	buckets map[string]*bucket   // by the id of the account
	forgot  int                  // counts; what was read before the last time is not remembered
}

func newSessions() sessions {
	return sessions{
		mu:      &sync.Mutex{},
		known:   map[string]*session{},
		used:    map[string]time.Time{},
		buckets: map[string]*bucket{},
	}
}

// bucket is what an account may do at once; it fills up at the account's limit per second.
type bucket struct {
	limits Limits
	filled float64
	at     time.Time
}

// take takes n out of the bucket, or says how long it takes until they are there.
func (b *bucket) take(now time.Time, n int) time.Duration {
	rate := float64(b.limits.PerSecond)
	b.filled = math.Min(2*rate, b.filled+now.Sub(b.at).Seconds()*rate)
	b.at = now
	if b.filled < float64(n) && b.filled < 2*rate {
		return time.Duration((math.Min(float64(n), 2*rate) - b.filled) / rate * float64(time.Second))
	}
	b.filled -= float64(n) // a batch may be larger than the bucket: it is paid off later
	return 0
}

// forget has the database asked again about the account's tokens; about everybody's with "".
func (s *sessions) forget(accountID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgot++
	for hash, one := range s.known {
		if accountID == "" || one.token.AccountID == accountID {
			delete(s.known, hash)
		}
	}
}

// Forget has the database asked again about an account's tokens: something of it has changed. With ""
// everybody's are.
func (s *Accounts) Forget(accountID string) { s.forget(accountID) }

// Caller returns who a token belongs to, if it is a service account's, and counts the request against its limit;
// Unauthenticated if it looks like one and is none. With found false, it may be a user's. Who comes too often is
// refused, and named.
func (s *Accounts) Caller(ctx context.Context, token secret.Text) (caller access.Caller, found bool, err error) {
	one, found, err := s.session(ctx, token)
	if err != nil || !found {
		return access.Caller{}, found, err
	}
	caller, err = s.counted(one)
	return caller, true, err
}

// counted counts a request against the limit of its account.
func (s *Accounts) counted(one *session) (access.Caller, error) {
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[one.token.ID] = now
	if wait := s.bucketOf(one, now).take(now, 1); wait > 0 {
		return one.caller, tooFast(wait)
	}
	return one.caller, nil
}

// Confirm is Caller for a request that goes on: it is not counted again.
func (s *Accounts) Confirm(ctx context.Context, token secret.Text) (access.Caller, error) {
	one, found, err := s.session(ctx, token)
	if err == nil && !found {
		err = s.refuse(ctx, "")
	}
	if err != nil {
		return access.Caller{}, err
	}
	return one.caller, nil
}

func (s *Accounts) session(ctx context.Context, token secret.Text) (one *session, found bool, err error) {
	looks := prefixed(token)
	if looks && !wellFormed(token) {
		return nil, true, s.refuse(ctx, "")
	}
	hash := hashToken(token)
	if one = s.remembered(hash); one == nil {
		one, err = s.loadToken(ctx, hash)
		if errors.Is(err, fault.NotFound) {
			if !looks {
				return nil, false, nil
			}
			return nil, true, s.refuse(ctx, "")
		}
		if err != nil {
			return nil, true, err
		}
	}
	if !one.good(s.cfg.Now()) {
		return nil, true, s.refuse(ctx, one.token.AccountID)
	}
	return one, true, nil
}

func (s *Accounts) refuse(ctx context.Context, accountID string) error {
	return s.cfg.Audit.Refuse(ctx, access.Caller{}, access.TokenUse, accountID,
		fault.New(fault.Unauthenticated, "token_invalid",
			"This request needs a valid bearer token in its Authorization header."))
}

func tooFast(wait time.Duration) error {
	return fault.New(fault.Unavailable, "service_rate_limited",
		"This service account asks faster than its limit allows; wait, or have an administrator raise the limit.").
		RetryAfter(max(wait, time.Second))
}

func (s *sessions) bucketOf(one *session, now time.Time) *bucket {
	b := s.buckets[one.token.AccountID]
	if b == nil {
		b = &bucket{filled: 2 * float64(one.limits.PerSecond), at: now}
		s.buckets[one.token.AccountID] = b
	}
	b.limits = one.limits
	return b
}

// remembered is the session of a token or certificate, if it is good without asking the database.
func (s *Accounts) remembered(key string) *session {
	if !s.cfg.Feed.Fresh(sessionLife) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[key]
}

// mark is taken before the database is asked: what changes meanwhile is not remembered as it was.
func (s *sessions) mark() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.forgot
}

func (s *sessions) remember(key string, one *session, forgot int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxSessions {
		clear(s.known)
	}
	if s.forgot == forgot {
		s.known[key] = one
	}
}

// loadToken asks the database about a token.
func (s *Accounts) loadToken(ctx context.Context, hash string) (*session, error) {
	forgot := s.mark()
	t, err := s.cfg.Tokens.ServiceTokenByHash(ctx, hash)
	if err != nil {
		return nil, err
	}
	one, err := s.load(ctx, t)
	if err != nil {
		return nil, err
	}
	s.remember(hash, one, forgot)
	return one, nil
}

// load asks the database what the account of a token is bound to.
func (s *Accounts) load(ctx context.Context, t Token) (*session, error) {
	a, err := s.cfg.Store.ServiceAccount(ctx, t.AccountID)
	if err != nil {
		return nil, err
	}
	grant, err := s.resolve(ctx, a)
	if err != nil {
		return nil, err
	}
	return &session{
		token:  t,
		caller: access.Caller{ID: a.ID, Name: a.Name, Grant: grant},
		limits: a.Grant.Limits,
	}, nil
}

// resolve finds the registrations that an account is bound to now.
func (s *Accounts) resolve(ctx context.Context, a Account) (*access.Grant, error) {
	var applications, bound []string
	if a.EndedAt.IsZero() {
		for _, b := range a.Grant.Bindings {
			applications = append(applications, b.ApplicationID)
		}
	}
	slices.Sort(applications)
	all, err := s.cfg.Registrations.RegistrationsOf(ctx, slices.Compact(applications))
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if a.Grant.Binds(r, s.cfg.Catalogue) {
			bound = append(bound, r.ID)
		}
	}
	slices.Sort(bound)
	return &access.Grant{
		Purposes:      a.Grant.Purposes,
		Registrations: bound,
		Bound: func(registrationID string) bool {
			_, is := slices.BinarySearch(bound, registrationID)
			return is
		},
	}, nil
}

// Left is what a service account may still do at once, of what it may do in which time.
type Left struct {
	Left, Most int
	Window     time.Duration
	Full       time.Duration // until all is there again
}

// Left returns what the account may still do at once; false if nothing is known of it.
func (s *Accounts) Left(caller access.Caller) (Left, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[caller.ID]
	if b == nil {
		return Left{}, false
	}
	rate := float64(b.limits.PerSecond)
	return Left{
		Left:   int(max(0, b.filled)),
		Most:   2 * b.limits.PerSecond,
		Window: 2 * time.Second,
		Full:   time.Duration(max(0, 2*rate-b.filled) / rate * float64(time.Second)),
	}, true
}

// Take counts n signatures more against the account's limit per second; a request itself is counted as one.
func (s *Accounts) Take(caller access.Caller, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[caller.ID]
	if b == nil || n < 1 {
		return nil
	}
	if wait := b.take(s.cfg.Now(), n); wait > 0 {
		return tooFast(wait)
	}
	return nil
}

// Spend counts n signatures, exports or readings of credentials against the account's limit per day.
func (s *Accounts) Spend(ctx context.Context, caller access.Caller, n int) error {
	s.mu.Lock()
	limit := 0
	if b := s.buckets[caller.ID]; b != nil {
		limit = b.limits.PerDay
	}
	s.mu.Unlock()
	if limit == 0 {
		return nil
	}
	const day = 24 * time.Hour
	now := s.cfg.Now()
	within, err := s.cfg.Tokens.SpendServiceDay(ctx, caller.ID, now.Unix()/int64(day/time.Second), n, limit)
	if err != nil || within {
		return err
	}
	return fault.New(fault.Unavailable, "service_quota_reached",
		"This service account has done as much today as its limit allows; it can go on at midnight UTC.").
		RetryAfter(now.Truncate(day).Add(day).Sub(now))
}

// Flush writes when tokens were last used. It is for a job that runs every minute. What cannot be written waits for the
// next time.
func (s *Accounts) Flush(ctx context.Context) error {
	s.mu.Lock()
	used := s.used
	s.used = map[string]time.Time{}
	s.mu.Unlock()
	if len(used) == 0 {
		return nil
	}
	err := s.cfg.Tokens.NoteServiceTokens(ctx, used)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for id, at := range used {
			if _, since := s.used[id]; !since {
				s.used[id] = at
			}
		}
	}
	return err
}
