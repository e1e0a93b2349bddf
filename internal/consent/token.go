package consent

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
)

// margin is how long before its end an access token is renewed.
const margin = 30 * time.Second

// Token returns an access token that works, renewing it when it is due. It is
// for calls made in this process; Lend is for those of others.
func (s *Service) Token(ctx context.Context, caller access.Caller, id string) (*oauth.Token, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.TokensUse, id); err != nil {
		return nil, err
	}
	c, err := s.own(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	return s.token(ctx, caller, c, s.cfg.Custody.Tokens)
}

// tokenReader is how tokens are read: by an act of its own, or within another.
type tokenReader func(ctx context.Context, caller access.Caller, id string) (vault.Tokens, error)

func (s *Service) token(ctx context.Context, caller access.Caller, c Consent, open tokenReader) (*oauth.Token, error) {
	if err := s.usable(c); err != nil {
		return nil, err
	}
	now := s.cfg.Now()
	if c.AccessExpiresAt.Sub(now) > margin {
		return s.stored(ctx, caller, c, open)
	}
	token, err := s.renewed(ctx, caller, c, time.Time{})
	if (errors.Is(err, fault.Unavailable) || failure.Unreadable.Is(err)) && now.Before(c.AccessExpiresAt) {
		return s.stored(ctx, caller, c, open) // due, and still good
	}
	return token, err
}

func (s *Service) stored(ctx context.Context, caller access.Caller, c Consent, open tokenReader) (*oauth.Token, error) {
	tokens, err := open(ctx, caller, c.ID)
	if errors.Is(err, fault.NotFound) {
		return nil, s.close(ctx, caller, c.ID, Broken, ReasonTokensLost)
	}
	if err != nil {
		return nil, err
	}
	return bearer(tokens), nil
}

func bearer(t vault.Tokens) *oauth.Token {
	return &oauth.Token{Access: t.Access, Scope: t.Scope, ExpiresAt: t.AccessExpiresAt}
}

// usable says, for a consent that cannot be used, why not and what to do.
func (s *Service) usable(c Consent) error {
	now := s.cfg.Now()
	switch c.At(now) {
	case Active, Expiring:
		return nil
	case Pending:
		return fault.New(fault.Conflict, "consent_pending", "The customer has not come back from the bank yet.")
	case Revoked:
		return fault.New(fault.Conflict, "consent_revoked",
			"This consent was given up or withdrawn; ask the customer for a new one.")
	case Expired:
		if c.State == Active {
			c.Reason = c.endReason()
		}
		return expired(c.Reason)
	}
	return broken(c.Reason)
}

func expired(reason string) error {
	switch reason {
	case ReasonNoRefresh:
		return fault.New(fault.Conflict, "consent_expired",
			"The bank gives no refresh token, so the consent ended with the access token; ask the customer "+
				"for a new one.")
	case ReasonNoUses:
		return fault.New(fault.Conflict, "consent_expired",
			"The bank allows no more refreshes, so the consent has ended; ask the customer for a new one.")
	}
	return fault.New(fault.Conflict, "consent_expired", "The consent has ended; ask the customer for a new one.")
}

func broken(reason string) error {
	switch reason {
	case ReasonRefreshLost:
		return fault.New(fault.Conflict, "consent_broken",
			"The bank's answer to a refresh was lost, and it no longer accepts the old token; ask the customer for a "+
				"new consent.")
	case ReasonTokensLost:
		return fault.New(fault.Conflict, "consent_broken",
			"The consent's tokens are no longer in custody; ask the customer for a new consent.")
	case failure.TokenRefused.Code:
		return fault.New(fault.Conflict, "consent_broken",
			"The bank no longer accepts the consent's token, and there is no refresh token; ask the customer for a "+
				"new consent.")
	case "customer_blocked":
		return fault.New(fault.Conflict, "consent_broken",
			"The bank has blocked this customer's access; the customer has to speak to the bank.")
	}
	return fault.New(fault.Conflict, "consent_broken",
		"This consent cannot be used any more (%s); ask the customer for a new one.", reason)
}

// renewed returns a token issued after the given time. Of all callers in this
// process one does the work, of all replicas the one with the lease.
func (s *Service) renewed(
	ctx context.Context, caller access.Caller, c Consent, after time.Time,
) (*oauth.Token, error) {
	// A caller who hangs up does not stop the refresh the others wait for, nor leave it half done.
	done := s.flights.DoChan(c.ID, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workLife+s.queue())
		defer cancel()
		return s.renew(ctx, caller, c, after)
	})
	select {
	case result := <-done:
		token, _ := result.Val.(*oauth.Token)
		return token, result.Err
	case <-ctx.Done():
		return nil, fault.Wrap(ctx.Err(), fault.Unavailable, "consent_busy",
			"This consent is being renewed; try again.").RetryAfter(time.Second)
	}
}

// queue is how long a refresh may wait for its turn.
func (s *Service) queue() time.Duration { return 2 * time.Minute }
