package source

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

const (
	// lentFor is how long a token of the bank is used without asking for it again, so that a consent that was given up
	// is not used for longer.
	lentFor = time.Minute
	// lentMargin is how long before its end a token is not used any more.
	lentMargin = 30 * time.Second
	// maxLent bounds the tokens that are remembered.
	maxLent = 10_000
)

// lent are the tokens of the bank that were asked for, by the id of the consent. The zero value is ready to use.
type lent struct {
	mu    sync.Mutex
	known map[string]*lentToken
}

type lentToken struct {
	place chan struct{} // of the one who asks for it

	mu      sync.Mutex
	token   api.BankToken
	until   time.Time
	refused bool      // by the bank
	early   time.Time // until then Sealkeeper gives no other for it
}

func (l *lent) of(consent string) *lentToken {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.known[consent]
	if t == nil {
		if l.known == nil || len(l.known) >= maxLent {
			l.known = map[string]*lentToken{}
		}
		t = &lentToken{place: make(chan struct{}, 1)}
		l.known[consent] = t
	}
	return t
}

// forget forgets what was asked for in vain. One that was lent before stays: it is known whether the bank refused it.
func (l *lent) forget(consent string, t *lentToken) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.known[consent] == t && t.token.IssuedAt.IsZero() {
		delete(l.known, consent)
	}
}

// good returns the token if it may be used at the time, and otherwise what is to be asked for.
func (t *lentToken) good(consent string, now time.Time) (api.BankToken, api.NewBankToken, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ask := api.NewBankToken{ConsentID: consent}
	if t.refused {
		issued := t.token.IssuedAt
		ask.Refused = &issued
	}
	return t.token, ask, !t.refused && now.Before(t.until)
}

func (t *lentToken) keep(token api.BankToken, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch same := token.IssuedAt.Equal(t.token.IssuedAt); {
	case same && t.refused: // there is no other yet
		t.early = now.Add(lentFor)
	case !same:
		t.early = time.Time{}
	}
	t.token = token
	t.use(now)
}

// use is with the lock held: the token is used for a while.
func (t *lentToken) use(now time.Time) {
	t.refused, t.until = false, now.Add(lentFor)
	if end := t.token.ExpiresAt.Add(-lentMargin); end.Before(t.until) {
		t.until = end
	}
}

// tooEarly keeps the token that the bank refused, if Sealkeeper says that it is too new for another: a bank that
// refuses one resource does not refuse the others. It reports whether the token may be used.
func (t *lentToken) tooEarly(err error, now time.Time) (api.BankToken, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	said, ok := errors.AsType[*fault.Error](err)
	if !t.refused || !ok || said.Code != tokenRefused || said.After <= 0 {
		return api.BankToken{}, false
	}
	t.use(now)
	t.early = now.Add(said.After)
	return t.token, now.Before(t.until)
}

// tokenRefused is the code where the bank has refused a token and there is no other; with a time to wait, there may be
// one then.
const tokenRefused = "token_refused"

// BankToken returns an access token of the bank for requests that this program makes itself: that of one of the
// account's consents or, without one, the application's own, as payments need. It is kept in memory for a minute. It
// takes the purpose transport, and accounts or payments.
func (s *Source) BankToken(ctx context.Context, consent string) (api.BankToken, error) {
	t := s.lent.of(consent)
	if token, _, good := t.good(consent, s.set.cfg.Now()); good {
		return token, nil
	}
	select {
	case t.place <- struct{}{}:
		defer func() { <-t.place }()
	case <-ctx.Done():
		return api.BankToken{}, ctx.Err()
	}
	token, ask, good := t.good(consent, s.set.cfg.Now())
	if good {
		return token, nil
	}
	v, err := s.version()
	if err != nil {
		return api.BankToken{}, err
	}
	token, err = s.set.client.LendBankToken(ctx, v.configuration.RegistrationID, ask)
	if err != nil {
		if kept, good := t.tooEarly(err, s.set.cfg.Now()); good {
			return kept, nil
		}
		s.lent.forget(consent, t)
		return api.BankToken{}, err
	}
	t.keep(token, s.set.cfg.Now())
	return token, nil
}

// BankTokenRefused notes that the bank has refused a token: the next one that is asked for is another, or the same if
// it is too new to be renewed.
func (s *Source) BankTokenRefused(consent string, token api.BankToken) {
	t := s.lent.of(consent)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token.IssuedAt.Equal(token.IssuedAt) && !s.set.cfg.Now().Before(t.early) {
		t.refused = true
	}
}

// Bearer sets the header with a token of the bank.
func Bearer(r *http.Request, token api.BankToken) {
	r.Header.Set("Authorization", "Bearer "+token.AccessToken.Reveal())
}
