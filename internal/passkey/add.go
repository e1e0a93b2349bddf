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
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/secret"
)

// BeginAdding returns what the caller's browser makes a passkey from, as JSON, and what it holds meanwhile.
func (s *Service) BeginAdding(ctx context.Context, caller access.Caller) (options []byte, held secret.Text, err error) {
	if err := s.unavailable(); err != nil {
		return nil, held, err
	}
	if err := s.log.Confirmed(ctx, caller, access.PasskeyAdd, caller.ID); err != nil {
		return nil, held, err
	}
	keys, err := s.store.PasskeysOf(ctx, caller.ID)
	if err != nil {
		return nil, held, err
	}
	if len(keys) >= maxPerPerson {
		return nil, held, fault.New(fault.Conflict, "passkeys_many",
			"You have %d passkeys; remove one that you do not use.", len(keys))
	}
	p, err := personOf(caller.Name, keys)
	if err != nil {
		return nil, held, err
	}
	exclude := webauthn.Credentials(p.passkeys).CredentialDescriptors()
	creation, session, err := s.party.BeginRegistration(p, webauthn.WithExclusions(exclude))
	if err != nil {
		return nil, held, err
	}
	if options, err = json.Marshal(creation); err != nil {
		return nil, held, err
	}
	held, err = s.begin(ctx, toAdd, caller.ID, session)
	return options, held, err
}

// Add keeps the passkey that the caller's browser has made.
func (s *Service) Add(
	ctx context.Context, caller access.Caller, held secret.Text, name string, answer []byte,
) (Passkey, error) {
	if err := s.unavailable(); err != nil {
		return Passkey{}, err
	}
	name, err := goodName(name)
	if err != nil {
		return Passkey{}, err
	}
	var added Passkey
	err = s.log.Do(ctx, caller, access.PasskeyAdd, caller.ID, func() (note.Note, error) {
		session, err := s.take(ctx, toAdd, caller.ID, held)
		if err != nil {
			return note.Note{}, err
		}
		if added, err = s.made(caller, session, name, answer); err != nil {
			return note.Note{}, err
		}
		return note.New("passkey_added", "passkey %s added", name), s.store.AddPasskey(ctx, added)
	})
	return added, err
}

// made checks what the browser has made.
func (s *Service) made(
	caller access.Caller, session webauthn.SessionData, name string, answer []byte,
) (Passkey, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, refused(err)
	}
	p := person{handle: session.UserID, name: caller.Name}
	credential, err := s.party.CreateCredential(p, session, parsed)
	if err != nil {
		return Passkey{}, refused(err)
	}
	data, err := json.Marshal(credential)
	if err != nil {
		return Passkey{}, err
	}
	return Passkey{
		ID:           uid.New(),
		UserID:       caller.ID,
		Handle:       base64.RawURLEncoding.EncodeToString(session.UserID),
		CredentialID: base64.RawURLEncoding.EncodeToString(credential.ID),
		Credential:   data,
		Name:         name,
		Synced:       credential.Flags.BackupState,
		CreatedAt:    s.now(),
	}, nil
}

// refused is what the person is told of an answer that does not hold. The reason is for the log.
func refused(cause error) error {
	if e, ok := errors.AsType[*protocol.Error](cause); ok {
		cause = errors.New(e.Type + ": " + e.Details + ": " + e.DevInfo)
	}
	return fault.Wrap(cause, fault.Unauthenticated, "passkey_refused",
		"This is not what a passkey of yours would have signed; try again, or use another one.")
}

// Of returns the caller's own passkeys, oldest first.
func (s *Service) Of(ctx context.Context, caller access.Caller) ([]Passkey, error) {
	return s.store.PasskeysOf(ctx, caller.ID)
}

// Usable reports whether the caller can use a passkey here.
func (s *Service) Usable(ctx context.Context, caller access.Caller) bool {
	if s.party == nil {
		return false
	}
	keys, err := s.store.PasskeysOf(ctx, caller.ID)
	return err == nil && len(keys) > 0
}

// Everybodys returns the passkeys of a person, whoever it is, to those who may see who there is.
func (s *Service) Everybodys(ctx context.Context, caller access.Caller, userID string) ([]Passkey, error) {
	if err := s.log.Permit(ctx, caller, access.PersonRead, userID); err != nil {
		return nil, err
	}
	return s.store.PasskeysOf(ctx, userID)
}

// Remove removes a passkey of a person's, who is the caller or anybody for an administrator, and ends the sessions that
// began with it. The last one takes a word: after it, a link made on the server is the only way in.
func (s *Service) Remove(ctx context.Context, caller access.Caller, userID, id string, last bool) error {
	if userID != caller.ID {
		if err := s.log.Permit(ctx, caller, access.UserManage, userID); err != nil {
			return err
		}
	}
	keys, err := s.store.PasskeysOf(ctx, userID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.ID != id {
			continue
		}
		if len(keys) == 1 && !last {
			return fault.New(fault.Conflict, "passkey_last",
				"This is the last passkey. Without it, only a link made on the server lets the person in; "+
					"say that this "+
					"is meant, or add another one first.")
		}
		return s.log.Do(ctx, caller, access.PasskeyRemove, userID, func() (note.Note, error) {
			return note.New("passkey_removed", "passkey %s removed", k.Name), s.store.RemovePasskey(ctx, id)
		})
	}
	return fault.New(fault.NotFound, "passkey_not_found", "There is no such passkey; it may have been removed.")
}
