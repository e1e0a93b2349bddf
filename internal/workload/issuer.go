package workload

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

const (
	// rediscoverAfter is how long what an issuer says of itself is kept.
	rediscoverAfter = time.Hour
	// keysKept is how long an answer of an issuer is given again: anybody can send tokens of keys that there are not,
	// and each would have the issuer asked. It is also how long a new key may be unknown.
	keysKept = 10 * time.Second
	// pause is how long an issuer that has not answered is left alone.
	pause = 5 * time.Second
	// waiting is how many tokens of an issuer are looked at at a time: while it is silent, each waits for it.
	waiting = 64
)

var errPaused = errors.New("the issuer did not answer a moment ago")

// issuer is one that is asked for its keys.
type issuer struct {
	name  string
	asks  http.RoundTripper
	http  *http.Client
	now   func() time.Time
	place chan struct{} // of the one who asks what the issuer is
	// of all whose tokens are looked at
	places chan struct{}

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
	until    time.Time // when it is asked again what it is
	failedAt time.Time // zero: it answered last time
}

// RoundTrip implements http.RoundTripper: it remembers whether the issuer answers, and leaves one alone that does not.
func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	if i.silent() {
		return nil, errPaused
	}
	var response *http.Response
	err := loopback.CheckURL(r.URL.String()) // of jwks_uri, too
	if err == nil {
		response, err = i.asks.RoundTrip(r)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.failedAt = time.Time{}
	if err != nil || response.StatusCode != http.StatusOK {
		i.failedAt = i.now()
	}
	return response, err
}

// silent reports whether the issuer has not answered a moment ago.
func (i *issuer) silent() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return !i.failedAt.IsZero() && i.now().Sub(i.failedAt).Abs() < pause
}

// verify checks everything about a token but whom it is meant for.
func (i *issuer) verify(ctx context.Context, token string) (*oidc.IDToken, error) {
	select {
	case i.places <- struct{}{}:
		defer func() { <-i.places }()
	default:
		return nil, unavailable(nil)
	}
	verifier, err := i.discover(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	verified, err := verifier.Verify(ctx, token)
	switch {
	case err == nil && verified.Subject == "":
		return nil, invalid(nil)
	case err == nil:
		return verified, nil
	case ctx.Err() != nil || i.silent(): // its keys could not be asked for
		return nil, unavailable(err)
	}
	return nil, invalid(err)
}

// discover asks the issuer what it is, unless that is known. While it does not answer, what was known goes on.
func (i *issuer) discover(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	select {
	case i.place <- struct{}{}:
		defer func() { <-i.place }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if known, good := i.known(); good {
		return known, nil
	}
	// The context of a provider is kept for asking for its keys, and must not end with this request.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), i.http), i.name)
	if err != nil {
		if known, _ := i.known(); known != nil {
			return known, nil
		}
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.verifier = provider.Verifier(&oidc.Config{
		SkipClientIDCheck:    true, // service compares it with what the account was given
		SupportedSigningAlgs: algorithms,
		Now:                  i.now,
	})
	i.until = i.now().Add(rediscoverAfter)
	return i.verifier, nil
}

func (i *issuer) known() (verifier *oidc.IDTokenVerifier, good bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.verifier, i.verifier != nil && i.now().Before(i.until)
}

func unavailable(err error) error {
	return fault.Wrap(err, fault.Unavailable, "workload_issuer_unavailable",
		"The issuer of this token cannot be asked for its keys; try again, and tell the operator if it stays so.").
		RetryAfter(pause)
}
