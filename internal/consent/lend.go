package consent

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Lend returns an access token of the caller's own consent for the registration, to be used in another process, and
// when it was issued. If the bank has refused the one that was issued at refused, it is another one: whoever was slower
// than somebody else with the same news is given what that has brought. The caller records the act.
func (s *Service) Lend(
	ctx context.Context, caller access.Caller, id, registrationID string, refused time.Time,
) (*oauth.Token, time.Time, error) {
	c, err := s.own(ctx, caller, id)
	if err == nil && c.RegistrationID != registrationID {
		err = unknown()
	}
	if err == nil {
		err = s.usable(c)
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	var token *oauth.Token
	switch age := s.cfg.Now().Sub(c.RenewedAt); {
	case refused.IsZero() || c.RenewedAt.After(refused):
		token, err = s.token(ctx, caller, c, s.cfg.Custody.TokensWithin)
	case age < refusedAgain:
		err = refusedEarly(nil, refusedAgain-age)
	default:
		token, err = s.renewed(ctx, caller, c, c.RenewedAt)
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	if c, err = s.get(ctx, id); err != nil { // it may have been renewed
		return nil, time.Time{}, err
	}
	return token, c.RenewedAt, nil
}
