package identity

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/secret"
)

// LinkLifetime is how long a sign-in link can be used, once. OWASP ASVS 5.0, 6.5.5, allows 10 minutes.
const LinkLifetime = 10 * time.Minute

// Link is a sign-in link, made on the server.
type Link struct {
	Hash      string // of what it holds
	UserID    string
	ExpiresAt time.Time
	Quiet     bool // its use is no emergency: an evaluation's own
}

// LinkUse is that a sign-in link was used.
type LinkUse struct {
	ID       string
	UserID   string
	UserName string
	Address  string
	UsedAt   time.Time
}

// LinkUses stores the uses of sign-in links that nobody has looked at yet.
type LinkUses interface {
	AddLinkUse(ctx context.Context, u LinkUse) error
	// UnseenLinkUses returns up to limit of them, newest first.
	UnseenLinkUses(ctx context.Context, limit int) ([]LinkUse, error)
	SeeLinkUse(ctx context.Context, id, by string, at time.Time) error
}

// NewSignInLink returns a token that signs the user in once, within LinkLifetime. Its use is an alert.
func (s *Service) NewSignInLink(ctx context.Context, userName string) (secret.Text, error) {
	return s.newLink(ctx, userName, false)
}

// NewEvaluationLink is NewSignInLink without the alert, where nothing is real.
func (s *Service) NewEvaluationLink(ctx context.Context, userName string) (secret.Text, error) {
	return s.newLink(ctx, userName, true)
}

func (s *Service) newLink(ctx context.Context, userName string, quiet bool) (secret.Text, error) {
	u, err := s.store.UserByName(ctx, userName)
	if err != nil {
		return secret.Text{}, err
	}
	token := newToken()
	return token, s.act(ctx, access.TokenManage, userName, note.New("link_made", "sign-in link made"), func() error {
		return s.store.AddSignInLink(ctx, Link{
			Hash:      hashToken(token),
			UserID:    u.ID,
			ExpiresAt: s.now().Add(LinkLifetime),
			Quiet:     quiet,
		})
	})
}

// OpenLink exchanges what an address holds for what a form may hold, which signs in as long as the link would
// have. A second opening fails: an address is kept in histories and the logs of proxies.
func (s *Service) OpenLink(ctx context.Context, token secret.Text) (secret.Text, error) {
	l, err := s.takeLink(ctx, token)
	if err != nil {
		return secret.Text{}, err
	}
	opened := newToken()
	l.Hash = hashToken(opened)
	return opened, s.store.AddSignInLink(ctx, l)
}

// takeLink returns a link that was good. Who has none is recorded, as in Caller.
func (s *Service) takeLink(ctx context.Context, token secret.Text) (Link, error) {
	l, err := s.store.TakeSignInLink(ctx, hashToken(token))
	if errors.Is(err, fault.NotFound) || (err == nil && s.now().After(l.ExpiresAt)) {
		return Link{}, s.log.Refuse(ctx, access.Caller{}, access.SessionStart, l.UserID,
			fault.New(fault.Unauthenticated, "link_invalid",
				"This sign-in link was already used or has expired; ask for a new one."))
	}
	return l, err
}

// enabled returns somebody who signs in; who is disabled is refused, and that is recorded.
func (s *Service) enabled(ctx context.Context, id string) (User, error) {
	u, err := s.store.UserByID(ctx, id)
	if err == nil && !u.DisabledAt.IsZero() {
		err = s.log.Refuse(ctx, access.Caller{}, access.SessionStart, u.ID, Disabled())
	}
	return u, err
}

// SignIn redeems a sign-in link, or what OpenLink has made of one.
func (s *Service) SignIn(ctx context.Context, token secret.Text) (User, error) {
	l, err := s.takeLink(ctx, token)
	if err != nil {
		return User{}, err
	}
	u, err := s.enabled(ctx, l.UserID)
	if err != nil {
		return User{}, err
	}
	if !l.Quiet {
		err := s.store.AddLinkUse(ctx, LinkUse{
			ID:       uid.New(),
			UserID:   u.ID,
			UserName: u.Name,
			Address:  origin.Of(ctx).Address,
			UsedAt:   s.now(),
		})
		if err != nil {
			return User{}, err // nobody comes in this way unseen
		}
	}
	return u, s.log.Record(ctx, u.Caller(s.now()), access.SessionStart, u.ID, audit.Done,
		note.New("by_link", "sign-in link"))
}

// maxAlerts is how many uses of sign-in links are shown at once.
const maxAlerts = 50

// LinkAlerts are the newest uses of sign-in links that nobody has looked at, for those who see who there is; nobody
// else is shown any.
func (s *Service) LinkAlerts(ctx context.Context, caller access.Caller) ([]LinkUse, error) {
	if !caller.May(access.PersonRead) {
		return nil, nil
	}
	return s.store.UnseenLinkUses(ctx, maxAlerts)
}

// SeeLinkAlert notes that the caller has looked at the use of a sign-in link. Nobody clears their own.
func (s *Service) SeeLinkAlert(ctx context.Context, caller access.Caller, id string) error {
	if err := s.log.Permit(ctx, caller, access.PersonRead, id); err != nil {
		return err
	}
	alerts, err := s.store.UnseenLinkUses(ctx, maxAlerts)
	if err != nil {
		return err
	}
	for _, a := range alerts {
		if a.ID != id {
			continue
		}
		if a.UserID == caller.ID {
			return s.log.Refuse(ctx, caller, access.PersonRead, id, fault.New(fault.Denied, "alert_own",
				"You used this link yourself; another administrator or an auditor has to look at it."))
		}
		return s.log.Finish(ctx, caller, access.PersonRead, a.UserID,
			note.New("link_use_seen", "seen that %s used a sign-in link at %s", a.UserName,
				a.UsedAt.Format(time.RFC3339)),
			s.store.SeeLinkUse(ctx, id, caller.ID, s.now()))
	}
	return fault.New(fault.NotFound, "alert_not_found", "Somebody else has looked at this already.")
}
