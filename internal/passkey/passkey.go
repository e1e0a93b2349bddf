// Package passkey answers one question: whose passkey has signed this? People sign in with passkeys and confirm with
// them what could do harm (W3C Web Authentication, level 3). A passkey is discoverable, so that nobody types a name,
// and its device has to have verified the person: a passkey is two factors in one.
package passkey

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	// answerWithin is for how long a challenge can be answered, once. W3C Web Authentication, section 15.1, recommends
	// 5 to 10 minutes where the person is verified.
	answerWithin = 5 * time.Minute
	// maxPerPerson bounds what one person's list, and the challenge that names it, can hold.
	maxPerPerson = 20
	// maxName is the length of a passkey's name, in characters.
	maxName = 60
)

// Passkey is a person's key pair, of which their device keeps the private half.
type Passkey struct {
	ID           string
	UserID       string
	Handle       string // by which devices know the person: 64 random bytes, base64url; the same for all of theirs
	CredentialID string // base64url, chosen by the device
	Credential   []byte // JSON: the public key, the counter of signatures, the device's flags
	Name         string // for the person
	Synced       bool   // it is kept by a password manager, and may be on several devices
	CreatedAt    time.Time
	LastUsedAt   time.Time // zero: never
}

// Purpose is what a challenge is answered for.
type Purpose string

// The purposes.
const (
	toSignIn  Purpose = "sign_in"
	toAdd     Purpose = "add"
	toConfirm Purpose = "confirm"
)

// Challenge is what a browser is to have signed.
type Challenge struct {
	TokenHash string // of what the browser holds meanwhile
	Purpose   Purpose
	UserID    string // who has to answer; empty where it turns out who does
	Data      []byte // JSON of what the answer is compared with
	ExpiresAt time.Time
}

// Keys stores passkeys.
type Keys interface {
	AddPasskey(ctx context.Context, p Passkey) error
	// PasskeysOf returns a user's passkeys, oldest first.
	PasskeysOf(ctx context.Context, userID string) ([]Passkey, error)
	PasskeyByCredential(ctx context.Context, credentialID string) (Passkey, error)
	// PasskeyUsed writes Credential, Synced and LastUsedAt.
	PasskeyUsed(ctx context.Context, p Passkey) error
	// RemovePasskey removes a passkey and ends the sessions that began with it.
	RemovePasskey(ctx context.Context, id string) error
}

// Challenges stores challenges, for whichever process answers the browser next.
type Challenges interface {
	AddChallenge(ctx context.Context, c Challenge) error
	// TakeChallenge removes a challenge and returns it; NotFound if it is not there or has expired.
	TakeChallenge(ctx context.Context, tokenHash string, now time.Time) (Challenge, error)
}

// Store is what is stored of passkeys.
type Store interface {
	Keys
	Challenges
}

// People finds users.
type People interface {
	User(ctx context.Context, id string) (identity.User, error)
}

// Service adds passkeys and says whose they are. It is safe for concurrent use, also by several processes on one
// database.
type Service struct {
	store  Store
	people People
	log    *audit.Log
	now    func() time.Time
	party  *webauthn.WebAuthn // nil: browsers offer no passkeys at this address
}

// New returns a Service for the console under publicURL. Browsers know no passkeys of an IP address, nor of a plain
// http address other than localhost: Available says so, and everything else refuses.
func New(store Store, people People, log *audit.Log, now func() time.Time, publicURL string) (*Service, error) {
	s := &Service{store: store, people: people, log: log, now: clock.Micros(now)}
	address, err := url.Parse(publicURL)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "public_url", "The public address %q is none.", publicURL)
	}
	if !offered(address) {
		return s, nil
	}
	timeout := webauthn.TimeoutConfig{Enforce: true, Timeout: answerWithin, TimeoutUVD: answerWithin}
	required := true
	s.party, err = webauthn.New(&webauthn.Config{
		RPID:          address.Hostname(),
		RPDisplayName: "Sealkeeper",
		RPOrigins:     []string{address.Scheme + "://" + address.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required,
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			UserVerification:   protocol.VerificationRequired,
		},
		AttestationPreference: protocol.PreferNoAttestation,
		Timeouts:              webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
	})
	return s, err
}

func offered(address *url.URL) bool {
	host := address.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return false
	}
	return address.Scheme == "https" || address.Scheme == "http" && host == "localhost"
}

// Available reports whether browsers offer passkeys at the console's address.
func (s *Service) Available() bool { return s.party != nil }

func (s *Service) unavailable() error {
	if s.party != nil {
		return nil
	}
	return fault.New(fault.Conflict, "passkeys_unavailable",
		"Browsers know no passkeys at this address: public_url has to be https with a host name, or http://localhost.")
}

// person is a user as the library wants them.
type person struct {
	handle   []byte
	name     string
	passkeys []webauthn.Credential
}

// WebAuthnID implements webauthn.User.
func (p person) WebAuthnID() []byte { return p.handle }

// WebAuthnName implements webauthn.User.
func (p person) WebAuthnName() string { return p.name }

// WebAuthnDisplayName implements webauthn.User.
func (p person) WebAuthnDisplayName() string { return p.name }

// WebAuthnCredentials implements webauthn.User.
func (p person) WebAuthnCredentials() []webauthn.Credential { return p.passkeys }

// personOf is a user with their passkeys. Who has none gets a new handle.
func personOf(name string, keys []Passkey) (person, error) {
	p := person{name: name}
	for _, k := range keys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Credential, &c); err != nil {
			return p, fault.Wrap(err, fault.Internal, "passkey_unreadable", "The passkey %s cannot be read.", k.ID)
		}
		p.passkeys = append(p.passkeys, c)
		handle, err := base64.RawURLEncoding.DecodeString(k.Handle)
		if err != nil {
			return p, fault.Wrap(err, fault.Internal, "passkey_unreadable", "The passkey %s cannot be read.", k.ID)
		}
		p.handle = handle
	}
	if len(keys) == 0 {
		p.handle = make([]byte, 64)
		_, _ = rand.Read(p.handle) // never fails: crypto/rand ends the program instead
	}
	return p, nil
}

// begin keeps what an answer will be compared with and returns what the browser holds meanwhile.
func (s *Service) begin(
	ctx context.Context, purpose Purpose, userID string, session *webauthn.SessionData,
) (secret.Text, error) {
	data, err := json.Marshal(session)
	if err != nil {
		return secret.Text{}, err
	}
	token := secret.NewTextString(rand.Text() + rand.Text())
	return token, s.store.AddChallenge(ctx, Challenge{
		TokenHash: hash(token),
		Purpose:   purpose,
		UserID:    userID,
		Data:      data,
		ExpiresAt: s.now().Add(answerWithin),
	})
}

// take returns what an answer is to be compared with: once, and only for what and for whom it was begun.
func (s *Service) take(
	ctx context.Context, purpose Purpose, userID string, token secret.Text,
) (webauthn.SessionData, error) {
	var session webauthn.SessionData
	c, err := s.store.TakeChallenge(ctx, hash(token), s.now())
	if errors.Is(err, fault.NotFound) || err == nil && (c.Purpose != purpose || c.UserID != userID) {
		return session, fault.New(fault.Unauthenticated, "passkey_late",
			"Using the passkey took too long, or it was used for something else; try again.")
	}
	if err == nil {
		err = json.Unmarshal(c.Data, &session)
	}
	return session, err
}

func hash(token secret.Text) string {
	sum := sha256.Sum256(token.Bytes())
	return hex.EncodeToString(sum[:])
}

// goodName is what the person calls the passkey.
func goodName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len([]rune(name)) > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return "", fault.New(fault.Invalid, "passkey_name",
			"Give the passkey a name of at most %d characters, such as the device that keeps it.", maxName)
	}
	return name, nil
}
