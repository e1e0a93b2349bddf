package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/secret"
)

// TerminalCodeLifetime is how long a terminal may take to exchange its code, once.
const TerminalCodeLifetime = 5 * time.Minute

// Terminal is a token that somebody has agreed to at the console and that a terminal has yet to fetch.
type Terminal struct {
	CodeHash  string // of what the terminal fetches it with
	Challenge string // PKCE with S256, RFC 7636: whoever has the code alone is given nothing
	UserID    string
	Name      string
	Lasts     time.Duration
	From      Source
	ExpiresAt time.Time // of the code
}

// Terminals stores them.
type Terminals interface {
	AddTerminal(ctx context.Context, t Terminal) error
	// TakeTerminal removes one and returns it; NotFound if it is not there.
	TakeTerminal(ctx context.Context, codeHash string) (Terminal, error)
}

// TerminalWord is what a terminal and the console both show, so that a person sees that they belong together.
func TerminalWord(challenge string) string {
	sum := sha256.Sum256([]byte("terminal " + challenge))
	word := base32.StdEncoding.EncodeToString(sum[:5])
	return word[:4] + "-" + word[4:]
}

// CheckTerminal refuses what a terminal asks for and would not be given, before a person is asked.
func (s *Service) CheckTerminal(challenge, name string, lifetime time.Duration) error {
	if sum, err := base64.RawURLEncoding.Strict().DecodeString(challenge); err != nil || len(sum) != sha256.Size {
		return fault.New(fault.Invalid, "login_challenge",
			"This is no request of sealkeeper login's; begin again in the terminal.")
	}
	if _, err := tokenName(name); err != nil {
		return err
	}
	return goodLifetime(lifetime, s.ownLongest)
}

// AllowTerminal has the caller, at the console, let a terminal act in their name. It returns the code with which the
// terminal that holds the verifier of the challenge fetches its token, and for how long that will be valid.
func (s *Service) AllowTerminal(
	ctx context.Context, caller access.Caller, challenge, name string, lifetime time.Duration,
) (code secret.Text, lasts time.Duration, err error) {
	if err := s.CheckTerminal(challenge, name, lifetime); err != nil {
		return code, 0, err
	}
	from, err := s.own(ctx, caller, &name, &lifetime)
	if err != nil {
		return code, 0, err
	}
	code = newToken()
	return code, lifetime, s.log.Do(ctx, caller, access.OwnTokenMake, caller.ID, func() (note.Note, error) {
		return note.New("terminal_allowed", "the terminal %[1]s may act for %[3]s", name, lifetime,
				note.Length(lifetime)),
			s.store.AddTerminal(ctx, Terminal{
				CodeHash:  hashToken(code),
				Challenge: challenge,
				UserID:    caller.ID,
				Name:      name,
				Lasts:     lifetime,
				From:      from,
				ExpiresAt: s.now().Add(TerminalCodeLifetime),
			})
	})
}

// FetchToken exchanges a code for the token that somebody has agreed to, and says who. A wrong verifier uses the code
// up.
func (s *Service) FetchToken(ctx context.Context, code, verifier secret.Text) (Token, User, secret.Text, error) {
	l, err := s.store.TakeTerminal(ctx, hashToken(code))
	sum := sha256.Sum256(verifier.Bytes())
	proof := base64.RawURLEncoding.EncodeToString(sum[:])
	if errors.Is(err, fault.NotFound) || err == nil && (s.now().After(l.ExpiresAt) ||
		subtle.ConstantTimeCompare([]byte(proof), []byte(l.Challenge)) != 1) {
		return Token{}, User{}, secret.Text{}, s.log.Refuse(ctx, access.Caller{}, access.OwnTokenMake, l.UserID,
			fault.New(fault.Unauthenticated, "login_code",
				"This code was already used, has expired or belongs to another terminal; begin again."))
	}
	if err != nil {
		return Token{}, User{}, secret.Text{}, err
	}
	u, err := s.store.UserByID(ctx, l.UserID)
	if err != nil {
		return Token{}, User{}, secret.Text{}, err
	}
	if !u.DisabledAt.IsZero() {
		return Token{}, User{}, secret.Text{}, s.log.Refuse(ctx, access.Caller{}, access.OwnTokenMake, u.ID, Disabled())
	}
	held := newToken()
	t := s.token(u.ID, held, l.Lasts)
	t.Name, t.From = strings.TrimSpace(l.Name), l.From
	return t, u, held, s.log.Do(ctx, u.Caller(s.now()), access.OwnTokenMake, u.ID, func() (note.Note, error) {
		return madeToken(t), s.store.AddToken(ctx, t, MaxTokens)
	})
}
