package passkey

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/secret"
)

// BeginSignIn returns what a passkey is to sign, whosever it turns out to be, as JSON, and what the browser
// holds meanwhile.
func (s *Service) BeginSignIn(ctx context.Context) (options []byte, held secret.Text, err error) {
	if err := s.unavailable(); err != nil {
		return nil, held, err
	}
	return s.ask(ctx, toSignIn, "", func() (*protocol.CredentialAssertion, *webauthn.SessionData, error) {
		return s.party.BeginDiscoverableLogin()
	})
}

// SignIn returns who has signed with which passkey. Whoever has none that is good is recorded.
func (s *Service) SignIn(ctx context.Context, held secret.Text, answer []byte) (identity.User, Passkey, error) {
	if err := s.unavailable(); err != nil {
		return identity.User{}, Passkey{}, err
	}
	session, err := s.take(ctx, toSignIn, "", held)
	if err != nil {
		return identity.User{}, Passkey{}, s.log.Refuse(ctx, access.Caller{}, access.SessionStart, "", err)
	}
	key, err := s.signed(ctx, session, answer)
	if err != nil {
		return identity.User{}, Passkey{}, s.log.Refuse(ctx, access.Caller{}, access.SessionStart, key.UserID, err)
	}
	user, err := s.people.User(ctx, key.UserID)
	if err != nil {
		return identity.User{}, Passkey{}, err
	}
	if !user.DisabledAt.IsZero() {
		return identity.User{}, Passkey{}, s.log.Refuse(ctx, access.Caller{}, access.SessionStart, user.ID,
			identity.Disabled())
	}
	return user, key, s.log.Record(ctx, user.Caller(s.now()), access.SessionStart, user.ID, audit.Done,
		note.New("by_passkey", "passkey %s", key.Name))
}

// BeginConfirming is BeginSignIn for somebody who is signed in.
func (s *Service) BeginConfirming(
	ctx context.Context, caller access.Caller,
) (options []byte, held secret.Text, err error) {
	if err := s.unavailable(); err != nil {
		return nil, held, err
	}
	keys, err := s.store.PasskeysOf(ctx, caller.ID)
	if err != nil {
		return nil, held, err
	}
	if len(keys) == 0 {
		return nil, held, fault.New(fault.Conflict, "passkey_none",
			"You have no passkey; sign in again with a new link.")
	}
	p, err := personOf(caller.Name, keys)
	if err != nil {
		return nil, held, err
	}
	return s.ask(ctx, toConfirm, caller.ID, func() (*protocol.CredentialAssertion, *webauthn.SessionData, error) {
		return s.party.BeginLogin(p)
	})
}

// Confirm reports, by no error, that it is the caller who has signed. Whoever else does is recorded.
func (s *Service) Confirm(ctx context.Context, caller access.Caller, held secret.Text, answer []byte) error {
	if err := s.unavailable(); err != nil {
		return err
	}
	session, err := s.take(ctx, toConfirm, caller.ID, held)
	if err != nil {
		return s.log.Refuse(ctx, caller, access.SessionConfirm, caller.Session, err)
	}
	key, err := s.signed(ctx, session, answer)
	if err == nil && key.UserID != caller.ID {
		err = refused(errors.New("the passkey is another person's"))
	}
	if err != nil {
		return s.log.Refuse(ctx, caller, access.SessionConfirm, caller.Session, err)
	}
	return nil
}

func (s *Service) ask(
	ctx context.Context, purpose Purpose, userID string,
	begin func() (*protocol.CredentialAssertion, *webauthn.SessionData, error),
) ([]byte, secret.Text, error) {
	assertion, session, err := begin()
	if err != nil {
		return nil, secret.Text{}, err
	}
	options, err := json.Marshal(assertion)
	if err != nil {
		return nil, secret.Text{}, err
	}
	held, err := s.begin(ctx, purpose, userID, session)
	return options, held, err
}

// signed returns the passkey that has signed, and notes its use. With some errors it says which one it was.
func (s *Service) signed(ctx context.Context, session webauthn.SessionData, answer []byte) (Passkey, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Passkey{}, refused(err)
	}
	key, err := s.store.PasskeyByCredential(ctx, base64.RawURLEncoding.EncodeToString(parsed.RawID))
	if errors.Is(err, fault.NotFound) {
		return Passkey{}, fault.New(fault.Unauthenticated, "passkey_unknown",
			"This passkey is not known here, or was removed; use another one, or ask an administrator for an "+
				"invitation.")
	}
	if err != nil {
		return Passkey{}, err
	}
	p, err := personOf("", []Passkey{key})
	if err != nil {
		return key, err
	}
	credential, err := s.valid(p, session, parsed)
	if err != nil {
		return key, refused(err)
	}
	// W3C Web Authentication, section 6.1.1: a counter that does not grow tells of a second copy of the key.
	if credential.Authenticator.CloneWarning {
		return key, fault.New(fault.Unauthenticated, "passkey_cloned",
			"There may be a second copy of this passkey, so it is refused: sign in with another one and remove it.")
	}
	key.Synced, key.LastUsedAt = credential.Flags.BackupState, s.now()
	if key.Credential, err = json.Marshal(credential); err != nil {
		return key, err
	}
	return key, s.store.PasskeyUsed(ctx, key)
}

// valid checks a signature. Where it was known who has to sign, the device need not say whose passkey it is.
func (s *Service) valid(
	p person, session webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData,
) (*webauthn.Credential, error) {
	if len(session.UserID) > 0 {
		session.AllowedCredentialIDs = [][]byte{parsed.RawID} // it named all of the person's, and p has this one
		return s.party.ValidateLogin(p, session, parsed)
	}
	return s.party.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) {
		return p, nil
	}, session, parsed)
}
