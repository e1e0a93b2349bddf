// Package identity knows who is calling: users, one-time sign-in links for
// browsers and bearer tokens for programs. Of every token only the SHA-256 is stored.
package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/secret"
)

// User is a person or a program that may sign in.
type User struct {
	ID           string
	Name         string
	Roles        []access.Role      // everywhere, and without an end
	Grants       []access.RoleGrant // on a part, or with an end; those that have ended too
	CreatedAt    time.Time
	DisabledAt   time.Time // zero: may sign in
	LastSignInAt time.Time // to the console; zero: never
}

// Disabled is the refusal of somebody who may not sign in any more.
func Disabled() error {
	return fault.New(fault.Unauthenticated, "person_disabled",
		"This person may not sign in any more; an administrator can allow it again.")
}

// Users stores users.
type Users interface {
	AddUser(ctx context.Context, u User) error
	UserByID(ctx context.Context, id string) (User, error)
	UserByName(ctx context.Context, name string) (User, error)
}

// Roster lists and removes users.
type Roster interface {
	Users(ctx context.Context) ([]User, error)
	// RemoveUser removes the user with everything they could sign in with.
	RemoveUser(ctx context.Context, id string) error
}

// SignInLinks stores the hashes of sign-in links.
type SignInLinks interface {
	AddSignInLink(ctx context.Context, l Link) error
	// TakeSignInLink removes the link and returns it; NotFound if it is not there.
	TakeSignInLink(ctx context.Context, hash string) (Link, error)
}

// Revocation takes away what a user could sign in with.
type Revocation interface {
	// RemoveTokens removes a user's bearer tokens, unused sign-in links and invitations, and console sessions.
	RemoveTokens(ctx context.Context, userID string) error
	RemoveToken(ctx context.Context, hash string) error
}

// Store is everything that is stored of identities.
type Store interface {
	Users
	Roster
	Directory
	SignInLinks
	BearerTokens
	Terminals
	Revocation
	Sessions
	Accounts
	Access
	Grants
	Invitations
	LinkUses
}

// Service answers who a caller is. It is safe for concurrent use.
type Service struct {
	store Store
	log   *audit.Log
	now   func() time.Time
	known callerCache

	scopes     Scopes
	ownLongest time.Duration // of a token that somebody makes themselves
}

// New returns a Service.
func New(store Store, log *audit.Log, now func() time.Time) *Service {
	return &Service{store: store, log: log, now: clock.Micros(now), ownLongest: ownLongest}
}

// administrator is who manages users and tokens: somebody at the server's command line.
var administrator = access.Operator()

// act authorises and records what is done to a user, before and after.
func (s *Service) act(
	ctx context.Context, action access.Action, user string, detail note.Note, f func() error,
) error {
	return s.log.Do(ctx, administrator, action, user, func() (note.Note, error) { return detail, f() })
}

// AddUser creates a user.
func (s *Service) AddUser(ctx context.Context, name string, roles []access.Role) (User, error) {
	name, err := s.freeName(ctx, name)
	if err != nil {
		return User{}, err
	}
	if err := goodRoles(roles, access.KnownRole); err != nil {
		return User{}, err
	}
	u := s.newUser(name, roles)
	detail := created(roles)
	return u, s.act(ctx, access.UserManage, name, detail, func() error { return s.store.AddUser(ctx, u) })
}

func (s *Service) newUser(name string, roles []access.Role) User {
	return User{
		ID:        uid.New(),
		Name:      name,
		Roles:     roles,
		CreatedAt: s.now(),
	}
}

func created(roles []access.Role) note.Note {
	return note.New("user_created", "created with roles %s", strings.Trim(fmt.Sprint(roles), "[]"))
}

// EnsureUser returns the user of that name, created with the roles if there is none.
func (s *Service) EnsureUser(ctx context.Context, name string, roles []access.Role) (User, error) {
	u, err := s.store.UserByName(ctx, name)
	if errors.Is(err, fault.NotFound) {
		return s.AddUser(ctx, name, roles)
	}
	return u, err
}

// User returns a user by id.
func (s *Service) User(ctx context.Context, id string) (User, error) {
	return s.store.UserByID(ctx, id)
}

// Person returns a user as a caller, as approval.People demands. Who is disabled may nothing.
func (s *Service) Person(ctx context.Context, id string) (access.Caller, error) {
	u, err := s.store.UserByID(ctx, id)
	if !u.DisabledAt.IsZero() {
		u.Roles = nil
	}
	return u.Caller(s.now()), err
}

// Users lists the users.
func (s *Service) Users(ctx context.Context) ([]User, error) { return s.store.Users(ctx) }

// RemoveUser removes a user; sessions and tokens of theirs end at once.
func (s *Service) RemoveUser(ctx context.Context, name string) error {
	u, err := s.store.UserByName(ctx, name)
	if err != nil {
		return err
	}
	return s.act(ctx, access.UserManage, name, note.New("user_removed", "removed"), func() error {
		defer s.known.forget()
		return s.store.RemoveUser(ctx, u.ID)
	})
}

// RevokeTokens takes away a user's bearer tokens and unused sign-in links, and
// ends the sessions they have begun in the console.
func (s *Service) RevokeTokens(ctx context.Context, name string) error {
	u, err := s.store.UserByName(ctx, name)
	if err != nil {
		return err
	}
	return s.act(ctx, access.TokenManage, name, note.New("tokens_revoked", "tokens revoked"), func() error {
		defer s.known.forget()
		return s.store.RemoveTokens(ctx, u.ID)
	})
}

// Caller returns who a bearer token belongs to, or Unauthenticated. What another process has
// revoked, or changed of the user, counts here within KnownFor.
func (s *Service) Caller(ctx context.Context, token secret.Text) (access.Caller, error) {
	hash := hashToken(token)
	caller, since := s.known.of(hash, s.now())
	if caller.ID != "" {
		return caller, nil
	}
	t, err := s.store.TokenByHash(ctx, hash)
	if errors.Is(err, fault.NotFound) || (err == nil && t.over(s.now())) {
		return access.Caller{}, s.log.Refuse(ctx, access.Caller{}, access.TokenUse, t.UserID,
			fault.New(fault.Unauthenticated, "token_invalid",
				"This request needs a valid bearer token in its Authorization header."))
	}
	if err != nil {
		return access.Caller{}, err
	}
	u, err := s.store.UserByID(ctx, t.UserID)
	if err != nil {
		return access.Caller{}, err
	}
	if !u.DisabledAt.IsZero() {
		return access.Caller{}, s.log.Refuse(ctx, access.Caller{}, access.TokenUse, t.UserID, Disabled())
	}
	now := s.now()
	if now.Sub(t.LastUsedAt) >= time.Minute {
		_ = s.store.TokenUsed(ctx, hash, now) // a database that cannot be written still answers
	}
	caller = u.Caller(now)
	caller.Way = access.ByToken
	s.known.keep(hash, caller, earliest(t.ExpiresAt, u.changesAt(now)), since)
	return caller, nil
}

// newToken returns 256 random bits as text.
func newToken() secret.Text {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return secret.NewTextString(base64.RawURLEncoding.EncodeToString(b))
}

func hashToken(token secret.Text) string {
	sum := sha256.Sum256(token.Bytes())
	return hex.EncodeToString(sum[:])
}
