package service

import (
	"context"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/workload"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	// sessionTokenLife is how long the token of a workload is good. It asks for the next with what its platform gives
	// it then; nothing of this one is needed for that, so a machine that was asleep is not locked out.
	sessionTokenLife = time.Hour
	// maxSessionTokens is how many of them an account has at a time.
	maxSessionTokens = 10_000
	// subjectShown is how much of a subject an audit entry has, in bytes.
	subjectShown = 300
)

// Exchange gives a workload a short token of the account whose service it is, for the JWT of its platform. account is
// the name or id of the one that is meant, or empty where it follows from the JWT. The JWT may be exchanged again until
// it ends: a platform gives the same one for as long as it is good.
func (s *Accounts) Exchange(
	ctx context.Context, jwt secret.Text, account string,
) (token secret.Text, life time.Duration, err error) {
	claims, err := s.cfg.Workloads.Verify(ctx, jwt)
	if err != nil {
		return token, 0, s.refuseWorkload(ctx, "", err)
	}
	a, identity, err := s.standing(ctx, claims, account)
	if err != nil {
		return token, 0, s.refuseWorkload(ctx, a.ID, err)
	}
	made, now := newToken(), s.cfg.Now()
	subject := strings.ToValidUTF8(claims.Subject[:min(len(claims.Subject), subjectShown)], "")
	caller := access.Caller{ID: a.ID, Name: a.Name, Grant: &access.Grant{Bound: func(string) bool { return false }}}
	err = s.cfg.Audit.Do(ctx, caller, access.TokenExchange, a.ID, func() (note.Note, error) {
		detail := note.New("service_token_exchanged", "token given to %s of %s", subject, claims.Issuer)
		within, err := s.cfg.Identities.AddServiceSession(ctx, hashToken(made), Token{
			ID:        identity.ID,
			AccountID: a.ID,
			CreatedAt: now,
			ExpiresAt: now.Add(sessionTokenLife),
		}, maxSessionTokens)
		if err == nil && !within {
			err = fault.New(fault.Unavailable, "service_rate_limited",
				"This service account has %d tokens for workloads already; wait until some have ended.",
				maxSessionTokens).
				RetryAfter(time.Minute)
		}
		return detail, err
	})
	if err != nil {
		return token, 0, err
	}
	return made, sessionTokenLife, nil
}

func (s *Accounts) refuseWorkload(ctx context.Context, accountID string, err error) error {
	if kind, _, _ := fault.Public(err); kind != fault.Unauthenticated {
		return err
	}
	return s.cfg.Audit.Refuse(ctx, access.Caller{}, access.TokenExchange, accountID, err)
}

// standing finds the account whose service a workload is, and the identity by which it is.
func (s *Accounts) standing(ctx context.Context, c workload.Claims, account string) (Account, Identity, error) {
	known, err := s.cfg.Identities.ServiceIdentities(ctx, WorkloadIdentity, c.Issuer)
	if err != nil {
		return Account{}, Identity{}, err
	}
	var found Account
	var by Identity
	for _, i := range known {
		if !i.stands(c) || i.AccountID == found.ID {
			continue
		}
		a, err := s.inUse(ctx, i.AccountID)
		if err != nil {
			return Account{}, Identity{}, err
		}
		if account != "" && account != a.ID && account != a.Name {
			continue
		}
		if found.ID != "" {
			return Account{}, Identity{}, fault.New(fault.Invalid, "workload_ambiguous",
				"This workload is the service of several accounts; name one in client_id.")
		}
		found, by = a, i
	}
	if found.ID == "" {
		return Account{}, Identity{}, fault.New(fault.Unauthenticated, "workload_unknown",
			"No service account has this workload for its service; add its issuer, audience and subject to one.")
	}
	return found, by, nil
}
