package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	// MaxTokens is how many bearer tokens a person has at once.
	MaxTokens = 20
	// TokenLongest is how long a token is valid at most that is made on the server.
	TokenLongest = 366 * 24 * time.Hour
	// maxTokenName is the length of a token's name, in characters.
	maxTokenName = 60
	// byAccountLongest is how long one is valid at most whose maker has signed in with an account at an identity
	// provider: as long as a session.
	byAccountLongest = SessionLongest
	// ownLongest is how long a token is valid at most that somebody makes themselves, unless it is configured.
	ownLongest = 30 * 24 * time.Hour
)

// Source is what a console session began with, and what is made in it ends with.
type Source struct {
	PasskeyID                    string // empty: it began without one
	Issuer, Subject, ProviderSid string // of the account, and of the session at the provider
}

// Token is a bearer token, without what it holds.
type Token struct {
	Hash       string
	UserID     string
	Name       string // empty: made on the server
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero: one of former versions, which does not end by itself
	LastUsedAt time.Time // to the minute; zero: never
	From       Source
}

// ID names a token to people: the beginning of its hash, of which nothing follows about what it holds.
func (t Token) ID() string { return t.Hash[:min(len(t.Hash), 16)] }

// over reports whether the token has come to its end.
func (t Token) over(now time.Time) bool { return !t.ExpiresAt.IsZero() && now.After(t.ExpiresAt) }

// BearerTokens stores bearer tokens.
type BearerTokens interface {
	// AddToken adds one and removes the user's that are over; TooManyTokens if there are so many already.
	AddToken(ctx context.Context, t Token, most int) error
	TokenByHash(ctx context.Context, hash string) (Token, error)
	// TokensOf returns a user's, newest first.
	TokensOf(ctx context.Context, userID string) ([]Token, error)
	TokenUsed(ctx context.Context, hash string, at time.Time) error
}

// TooManyTokens is the refusal of one more.
func TooManyTokens(most int) error {
	return fault.New(fault.Conflict, "tokens_many", "There are %d tokens already; revoke one that is not needed.", most)
}

// LimitTokens says for how long a token is valid at most that somebody makes themselves. It is called before
// the service is used.
func (s *Service) LimitTokens(longest time.Duration) { s.ownLongest = longest }

// OwnLongest is for how long a token is valid at most that somebody makes themselves.
func (s *Service) OwnLongest() time.Duration { return s.ownLongest }

// NewToken returns a bearer token for the user, made on the server.
func (s *Service) NewToken(ctx context.Context, userName string, lifetime time.Duration) (secret.Text, error) {
	if err := goodLifetime(lifetime, TokenLongest); err != nil {
		return secret.Text{}, err
	}
	u, err := s.store.UserByName(ctx, userName)
	if err != nil {
		return secret.Text{}, err
	}
	token := newToken()
	return token, s.act(ctx, access.TokenManage, userName, note.New("token_made", "token made"), func() error {
		return s.store.AddToken(ctx, s.token(u.ID, token, lifetime), MaxTokens)
	})
}

func (s *Service) token(userID string, held secret.Text, lifetime time.Duration) Token {
	now := s.now()
	return Token{Hash: hashToken(held), UserID: userID, CreatedAt: now, ExpiresAt: now.Add(lifetime)}
}

func goodLifetime(lifetime, longest time.Duration) error {
	if lifetime < time.Minute || lifetime > longest {
		return fault.New(fault.Invalid, "token_lifetime",
			"A token is valid for a minute at least and for %[2]s at most; choose how long.", longest,
			note.Length(longest))
	}
	return nil
}

// MakeToken makes a bearer token for the caller, with which programs may do what the caller may, but nothing that takes
// somebody at the console.
func (s *Service) MakeToken(
	ctx context.Context, caller access.Caller, name string, lifetime time.Duration,
) (Token, secret.Text, error) {
	from, err := s.own(ctx, caller, &name, &lifetime)
	if err != nil {
		return Token{}, secret.Text{}, err
	}
	held := newToken()
	t := s.token(caller.ID, held, lifetime)
	t.Name, t.From = name, from
	return t, held, s.log.Do(ctx, caller, access.OwnTokenMake, caller.ID, func() (note.Note, error) {
		return madeToken(t), s.store.AddToken(ctx, t, MaxTokens)
	})
}

func madeToken(t Token) note.Note {
	return note.New("own_token_made", "token %s made for %s, valid until %s", t.ID(), t.Name,
		t.ExpiresAt.Format(time.RFC3339))
}

// tokenName is the name of a token as it is kept: short, visible and of one script, for people decide by it.
func tokenName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || len([]rune(name)) > maxTokenName || strings.ContainsFunc(name, unprintable) || mixed(name) {
		return "", fault.New(fault.Invalid, "token_name",
			"A token has a name of at most %d characters, all of them visible and its letters of one script, that "+
				"says where it is used.", maxTokenName)
	}
	return name, nil
}

// own refuses whoever is not at the console, and a token that would not do, and returns what it ends with. What begins
// with an account at an identity provider lasts no longer than a session does: whoever has left the groups there is
// found out at the next sign-in.
func (s *Service) own(
	ctx context.Context, caller access.Caller, name *string, lifetime *time.Duration,
) (from Source, err error) {
	if caller.Way != access.BySession {
		return from, s.log.Refuse(ctx, caller, access.OwnTokenMake, caller.ID, audit.SessionNeeded())
	}
	if *name, err = tokenName(*name); err != nil {
		return from, err
	}
	if err := goodLifetime(*lifetime, s.ownLongest); err != nil {
		return from, err
	}
	session, _, err := s.store.SessionUser(ctx, caller.Session)
	if errors.Is(err, fault.NotFound) {
		return from, fault.New(fault.Unauthenticated, "session_over", "This session is over; sign in again.")
	}
	if session.Issuer != "" {
		*lifetime = min(*lifetime, byAccountLongest)
	}
	return Source{
		PasskeyID:   session.PasskeyID,
		Issuer:      session.Issuer,
		Subject:     session.Subject,
		ProviderSid: session.ProviderSid,
	}, err
}

// OwnTokens are the caller's that are valid, newest first.
func (s *Service) OwnTokens(ctx context.Context, caller access.Caller) ([]Token, error) {
	if err := s.log.Permit(ctx, caller, access.OwnTokenRevoke, caller.ID); err != nil {
		return nil, err
	}
	return s.tokensOf(ctx, caller.ID)
}

// TokensOfPerson are somebody's, to those who may see who there is.
func (s *Service) TokensOfPerson(ctx context.Context, caller access.Caller, id string) ([]Token, error) {
	if err := s.log.Permit(ctx, caller, access.PersonRead, id); err != nil {
		return nil, err
	}
	return s.tokensOf(ctx, id)
}

func (s *Service) tokensOf(ctx context.Context, userID string) ([]Token, error) {
	all, err := s.store.TokensOf(ctx, userID)
	now, good := s.now(), []Token{}
	for _, t := range all {
		if !t.over(now) {
			good = append(good, t)
		}
	}
	return good, err
}

// RevokeToken ends a token: one's own or, as administrator, somebody's.
func (s *Service) RevokeToken(ctx context.Context, caller access.Caller, userID, id string) error {
	all, err := s.store.TokensOf(ctx, userID)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.ID() == id && (userID == caller.ID || caller.May(access.UserManage)) {
			return s.revoke(ctx, caller, t)
		}
	}
	return fault.New(fault.NotFound, "own_token_unknown", "There is no such token, or it was revoked already.")
}

func (s *Service) revoke(ctx context.Context, caller access.Caller, t Token) error {
	ended := note.New("own_token_revoked", "token %s of %s revoked", t.ID(), t.Name)
	remove := func() (note.Note, error) {
		defer s.known.forget()
		return ended, s.store.RemoveToken(ctx, t.Hash)
	}
	if t.UserID == caller.ID {
		return s.log.Do(ctx, caller, access.OwnTokenRevoke, caller.ID, remove)
	}
	return s.log.Do(ctx, caller, access.UserManage, t.UserID, remove)
}
