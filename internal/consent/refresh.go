package consent

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
)

// renew waits for its turn, takes the lease and refreshes, unless somebody
// else has meanwhile. after is when the token that was refused had been issued; zero: none was.
func (s *Service) renew(
	ctx context.Context, caller access.Caller, c Consent, after time.Time,
) (*oauth.Token, error) {
	select {
	case s.working <- struct{}{}:
		defer func() { <-s.working }()
	case <-ctx.Done():
		return nil, fault.Wrap(ctx.Err(), fault.Unavailable, "consent_busy",
			"Too many consents are being renewed at once; try again.").RetryAfter(time.Second)
	}
	client, err := s.cfg.Clients.Client(ctx, caller, c.RegistrationID)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, workLife)
	defer cancel()
	c, abandoned, err := s.lease(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if abandoned { // its holder died, perhaps with the bank's answer in hand
		c.InDoubt = true
		c.RefreshesLeft -= min(1, max(0, c.RefreshesLeft))
	}
	attempt := &attempt{s: s, c: &c, client: client, after: after}
	tokens, err := s.cfg.Custody.RenewTokens(ctx, caller, c.ID, func(old vault.Tokens) (vault.Tokens, error) {
		return attempt.do(ctx, old)
	})
	if err == nil && (attempt.asked || !tokens.AccessExpiresAt.Equal(c.AccessExpiresAt)) {
		c.issued(tokens, s.cfg.Now())
	}
	if err != nil {
		err = attempt.failed(err)
	}
	_, saved := s.finish(ctx, caller, c)
	if err != nil {
		return nil, errors.Join(err, saved)
	}
	// The tokens are in custody. That the note of it failed concerns whoever comes next, who finds them there.
	if saved != nil {
		s.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "a renewed consent could not be recorded",
			slog.String("consent", c.ID), slog.String("error", saved.Error()))
	}
	return bearer(tokens), nil
}

// attempt is one refresh under a lease.
type attempt struct {
	s      *Service
	c      *Consent
	client *connector.Client
	after  time.Time
	asked  bool // the bank
	given  bool // by the bank
}

func (a *attempt) do(ctx context.Context, old vault.Tokens) (vault.Tokens, error) {
	now := a.s.cfg.Now()
	if err := a.s.usable(*a.c); err != nil {
		return vault.Tokens{}, err
	}
	if old.AccessExpiresAt.Sub(now) > margin && (a.after.IsZero() || a.c.RenewedAt.After(a.after)) {
		return old, nil // somebody else has refreshed meanwhile
	}
	if !a.c.Refreshable || a.c.RefreshesLeft == 0 || old.Refresh.Empty() {
		return vault.Tokens{}, a.spent(now)
	}
	if now.Before(a.c.RetryAt) {
		return vault.Tokens{}, fault.New(fault.Unavailable, "refresh_postponed",
			"The bank did not refresh this consent's token (%s); it will be asked again after %s.",
			a.c.LastFailure, a.c.RetryAt.Format(time.RFC3339)).RetryAfter(a.c.RetryAt.Sub(now))
	}
	a.asked = true
	a.c.Refreshes++
	a.c.RefreshesLeft -= min(1, max(0, a.c.RefreshesLeft))
	token, err := a.client.OAuth.Refresh(ctx, old.Refresh)
	if err != nil {
		return vault.Tokens{}, err
	}
	a.given = true
	return received(old, token, a.c.RefreshLife, a.s.cfg.Now()), nil
}

// spent ends a consent that cannot be refreshed: its time is over, or the
// bank has refused an access token that should still be good. Near its end it is neither yet.
func (a *attempt) spent(now time.Time) error {
	if !a.after.IsZero() {
		a.c.end(Broken, failure.TokenRefused.Code)
		return broken(failure.TokenRefused.Code)
	}
	if now.Before(a.c.AccessExpiresAt) {
		return fault.New(fault.Unavailable, "consent_ending", "The consent ends within seconds.")
	}
	a.c.end(Expired, a.c.endReason())
	return expired(a.c.Reason)
}

// retryPause is how long a bank that did not refresh is left alone, if it does not say itself.
const retryPause = 10 * time.Second

// failed records why there are no new tokens, and ends the consent where the
// bank has judged it. Whether a refresh without an answer was done is found out by the
// next one: either it works, or what the bank had sent is lost.
func (a *attempt) failed(err error) error {
	if !a.asked {
		if errors.Is(err, fault.NotFound) {
			a.c.end(Broken, ReasonTokensLost)
			return broken(ReasonTokensLost)
		}
		return err
	}
	code := fault.Code(err)
	cause, judged := errors.AsType[*failure.Failure](err)
	a.c.LastFailure = code
	if judged && (cause.Action == failure.NewConsent || cause.Action == failure.Terminal) {
		if a.c.InDoubt && code == "grant_ended" {
			a.c.end(Broken, ReasonRefreshLost)
			return broken(ReasonRefreshLost)
		}
		a.c.end(Broken, code)
		return err
	}
	a.c.RetryAt = a.s.cfg.Now().Add(retryPause)
	if judged {
		a.c.RetryAt = a.s.cfg.Now().Add(max(retryPause, cause.RetryAfter))
	}
	a.c.InDoubt = a.c.InDoubt || a.given || inDoubt(cause)
	return err
}

// inDoubt reports whether the bank may have refreshed all the same.
func inDoubt(f *failure.Failure) bool {
	if f == nil || (f.Action != failure.RetryLater && f.Code != failure.Unreadable.Code) {
		return false
	}
	if f.Status == http.StatusServiceUnavailable || f.Status == http.StatusTooManyRequests {
		return false
	}
	op, ok := errors.AsType[*net.OpError](f)
	return !ok || op.Op != "dial"
}

// close ends a consent for a reason that its use has shown.
func (s *Service) close(ctx context.Context, caller access.Caller, id string, state State, reason string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workLife)
	defer cancel()
	c, _, err := s.lease(ctx, id)
	if err != nil {
		return err
	}
	if !c.over() {
		c.end(state, reason)
	}
	if _, err := s.finish(ctx, caller, c); err != nil {
		return err
	}
	return s.usable(c)
}
