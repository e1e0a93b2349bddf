package identity

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Account is somebody at an identity provider. Issuer and Subject name it and nothing else does: whoever gets
// somebody's e-mail address there does not get their rights here.
type Account struct {
	Issuer, Subject string
	UserID          string
	Provider        string // its id in the configuration
	CreatedAt       time.Time
	LastUsedAt      time.Time
}

// Accounts stores accounts.
type Accounts interface {
	AccountByName(ctx context.Context, issuer, subject string) (Account, error)
	// AddAccount adds an account, and with it u, if that is not nil.
	AddAccount(ctx context.Context, a Account, u *User) error
	AccountUsed(ctx context.Context, issuer, subject string, at time.Time) error
	// AccountsOf returns a user's accounts, the oldest first.
	AccountsOf(ctx context.Context, userID string) ([]Account, error)
	RemoveAccount(ctx context.Context, userID, issuer, subject string) error
	// EndAccountSessions ends the sessions that began with an account by then, and the tokens made in them; with a sid
	// only those of that session at the provider, whoever's it is. It returns how many sessions there were.
	EndAccountSessions(ctx context.Context, issuer, subject, sid string, begun time.Time) (int, error)
}

// Shown is what a provider says of somebody who has shown there that it is them.
type Shown struct {
	Account
	Name  string        // for a user that is made
	Roles []access.Role // that their groups stand for
	// Grants are what their groups stand for on a part: role, scope and group.
	Grants []access.RoleGrant
	Sid    string    // of the session at the provider; may be empty
	At     time.Time // when they showed it; zero: the provider does not say
}

// SignInWith signs in whoever has the account. Their groups decide about their roles, each time:
// who has none any more loses
// what they could come in with, and with it their running sessions. Whoever has an account that is not known
// becomes a user of the name, which nobody may have yet: an account is added to an existing person only by that
// person.
func (s *Service) SignInWith(ctx context.Context, shown Shown) (User, error) {
	known, err := s.store.AccountByName(ctx, shown.Issuer, shown.Subject)
	if errors.Is(err, fault.NotFound) {
		return s.join(ctx, shown)
	}
	if err != nil {
		return User{}, err
	}
	u, err := s.enabled(ctx, known.UserID)
	if err != nil {
		return User{}, err
	}
	if err := errors.Join(s.follow(ctx, &u, shown.Roles), s.followParts(ctx, &u, shown)); err != nil {
		return User{}, err
	}
	if len(u.Roles) == 0 {
		return User{}, s.log.Refuse(ctx, access.Caller{}, access.SessionStart, u.ID, noGroup())
	}
	if err := s.store.AccountUsed(ctx, shown.Issuer, shown.Subject, s.now()); err != nil {
		return User{}, err
	}
	return u, s.log.Record(ctx, u.Caller(s.now()), access.SessionStart, u.ID, audit.Done,
		note.New("by_account", "account at %s", known.Provider))
}

func noGroup() error {
	return fault.New(fault.Denied, "account_no_role",
		"None of your groups at the identity provider stands for a role here; ask whoever manages the groups.")
}

// groups is who changes roles as groups say.
var groups = access.SystemCaller("identity provider")

// follow gives somebody the roles that their groups stand for.
func (s *Service) follow(ctx context.Context, u *User, roles []access.Role) error {
	if words(u.Roles) == words(roles) {
		return nil
	}
	changed := note.New("roles_changed", "roles were %s, are %s", words(u.Roles), words(roles))
	u.Roles = roles
	return s.log.Do(ctx, groups, access.UserManage, u.ID, func() (note.Note, error) {
		defer s.known.forget()
		if err := s.store.SetRoles(ctx, u.ID, roles); err != nil || len(roles) > 0 {
			return changed, err
		}
		return changed, s.store.RemoveTokens(ctx, u.ID)
	})
}

func (s *Service) join(ctx context.Context, shown Shown) (User, error) {
	if len(shown.Roles) == 0 {
		return User{}, s.log.Refuse(ctx, access.Caller{}, access.SessionStart, "", noGroup())
	}
	name, err := s.freeName(ctx, shown.Name)
	if err != nil {
		return User{}, s.log.Refuse(ctx, access.Caller{}, access.SessionStart, "", err)
	}
	u := s.newUser(name, shown.Roles)
	account := shown.Account
	account.UserID, account.CreatedAt, account.LastUsedAt = u.ID, s.now(), s.now()
	err = s.log.Do(ctx, groups, access.UserManage, u.ID, func() (note.Note, error) {
		return note.New("user_joined", "%s joined with an account at %s and roles %s", u.Name, account.Provider,
			words(u.Roles)), s.store.AddAccount(ctx, account, &u)
	})
	if err != nil {
		return User{}, err
	}
	if err := s.followParts(ctx, &u, shown); err != nil {
		return User{}, err
	}
	return u, s.log.Record(ctx, u.Caller(s.now()), access.SessionStart, u.ID, audit.Done,
		note.New("by_account", "account at %s", account.Provider))
}

// AddAccount adds an account to the caller, who has just shown at the provider that it is theirs. From the next
// sign-in with it on, its groups decide about their roles.
func (s *Service) AddAccount(ctx context.Context, caller access.Caller, shown Shown) error {
	account := shown.Account
	account.UserID, account.CreatedAt = caller.ID, s.now()
	return s.log.Do(ctx, caller, access.PasskeyAdd, caller.ID, func() (note.Note, error) {
		err := s.store.AddAccount(ctx, account, nil)
		if errors.Is(err, fault.Conflict) {
			err = fault.New(fault.Conflict, "account_taken",
				"This account at the identity provider belongs to somebody here already.")
		}
		return note.New("account_added", "account at %s added", account.Provider), err
	})
}

// IsAccountOf reports whether the account is the caller's.
func (s *Service) IsAccountOf(ctx context.Context, caller access.Caller, issuer, subject string) (bool, error) {
	known, err := s.store.AccountByName(ctx, issuer, subject)
	if errors.Is(err, fault.NotFound) {
		return false, nil
	}
	return known.UserID == caller.ID, err
}

// AccountsOf returns the caller's accounts.
func (s *Service) AccountsOf(ctx context.Context, caller access.Caller) ([]Account, error) {
	return s.store.AccountsOf(ctx, caller.ID)
}

// AccountsOfPerson returns the accounts by which somebody signs in, to those who may see who there is.
func (s *Service) AccountsOfPerson(ctx context.Context, caller access.Caller, id string) ([]Account, error) {
	if err := s.log.Permit(ctx, caller, access.PersonRead, id); err != nil {
		return nil, err
	}
	return s.store.AccountsOf(ctx, id)
}

// RemoveAccount takes one of the caller's accounts away, and the sessions that began with it.
func (s *Service) RemoveAccount(ctx context.Context, caller access.Caller, issuer, subject string) error {
	return s.log.Do(ctx, caller, access.PasskeyRemove, caller.ID, func() (note.Note, error) {
		defer s.known.forget()
		return note.New("account_removed", "account at %s removed", issuer),
			s.store.RemoveAccount(ctx, caller.ID, issuer, subject)
	})
}

// logoutLeeway is how far a provider's clock may be behind ours.
const logoutLeeway = time.Minute

// EndAccountSessions ends sessions because the provider says that theirs there had ended at that time. Whoever has
// signed in since stays: the same words said again end nothing more.
func (s *Service) EndAccountSessions(ctx context.Context, issuer, subject, sid string, at time.Time) error {
	n, err := s.store.EndAccountSessions(ctx, issuer, subject, sid, at.Add(logoutLeeway))
	s.known.forget()
	return s.log.Finish(ctx, groups, access.SessionEnd, issuer,
		note.New("account_sessions_ended", "%d sessions ended by the identity provider", n), err)
}
