package federation

import (
	"context"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/sealkeeper/sealkeeper/fault"
)

// logoutEvent is what a logout token is about (OpenID Connect Back-Channel Logout 1.0, section 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// LoggedOut is who a provider says has signed out there: the sessions of a subject, or one session.
type LoggedOut struct {
	Issuer, Subject, Sid string

	At time.Time // when the provider said so
}

// LogOut reads a provider's logout token.
func (s *Service) LogOut(ctx context.Context, providerID, token string) (LoggedOut, error) {
	p, err := s.provider(providerID)
	if err != nil {
		return LoggedOut{}, err
	}
	found, err := p.discover(ctx)
	if err != nil {
		return LoggedOut{}, err
	}
	invalid := fault.New(fault.Invalid, "logout_token", "This is not a logout token of this identity provider.")
	verified, err := found.verifier.Verify(oidc.ClientContext(ctx, p.http), token)
	if err != nil {
		return LoggedOut{}, fault.Wrap(err, fault.Invalid, "logout_token",
			"This is not a logout token of this identity provider.")
	}
	var c struct {
		Sid    string         `json:"sid"`
		Nonce  *string        `json:"nonce"`
		Events map[string]any `json:"events"`
	}
	if err := verified.Claims(&c); err != nil {
		return LoggedOut{}, invalid
	}
	if _, about := c.Events[logoutEvent]; !about || c.Nonce != nil || verified.Subject == "" && c.Sid == "" ||
		verified.IssuedAt.Unix() <= 0 {
		return LoggedOut{}, invalid // an ID token is none
	}
	return LoggedOut{Issuer: p.Issuer, Subject: verified.Subject, Sid: c.Sid, At: verified.IssuedAt}, nil
}
