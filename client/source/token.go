package source

import (
	"context"
	"net/http"
	"sync"
	"time"

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
	refused bool // by the bank
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
	t.token, t.refused, t.until = token, false, now.Add(lentFor)
	if end := token.ExpiresAt.Add(-lentMargin); end.Before(t.until) {
		t.until = end
	}
}

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
	if err == nil {
		t.keep(token, s.set.cfg.Now())
	}
	return token, err
}

// BankTokenRefused notes that the bank has refused a token: the next one that is asked for is another.
func (s *Source) BankTokenRefused(consent string, token api.BankToken) {
	t := s.lent.of(consent)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refused = t.refused || t.token.IssuedAt.Equal(token.IssuedAt)
}

// Bearer sets the header with a token of the bank.
func Bearer(r *http.Request, token api.BankToken) {
	r.Header.Set("Authorization", "Bearer "+token.AccessToken.Reveal())
}
