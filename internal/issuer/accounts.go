package issuer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/internal/secret"
)

// Authorization is a customer's authorization under way: the bank's page has
// been opened and its answer has not come back.
type Authorization struct {
	StateHash      string // hex SHA-256 of the OAuth2 state
	RegistrationID string
	CallerID       string
	RedirectURI    string
	ExpiresAt      time.Time
}

// Authorizations stores authorizations under way.
type Authorizations interface {
	AddAuthorization(ctx context.Context, a Authorization) error
	// TakeAuthorization removes the authorization and returns it: a state works once. NotFound if it is not there.
	TakeAuthorization(ctx context.Context, stateHash string) (Authorization, error)
}

// authorizationLifetime is how long a customer may take at the bank.
const authorizationLifetime = 15 * time.Minute

// Authorize starts a customer's authorization and returns the bank's address
// to send the customer's browser to. redirectURI must be one of the
// application's; empty means the first.
func (i *Issuer) Authorize(ctx context.Context, caller access.Caller, registrationID, redirectURI string) (authorizeURL, state string, err error) {
	if err := i.cfg.Audit.Authorize(ctx, caller, access.AccountsRead, registrationID); err != nil {
		return "", "", err
	}
	authorizeURL, state, err = i.authorize(ctx, caller, registrationID, redirectURI)
	return authorizeURL, state, i.cfg.Audit.Finish(ctx, caller, access.AccountsRead, registrationID, "authorization started", err)
}

func (i *Issuer) authorize(ctx context.Context, caller access.Caller, registrationID, redirectURI string) (authorizeURL, state string, err error) {
	client, err := i.Client(ctx, caller, registrationID)
	if err != nil {
		return "", "", err
	}
	view, _, err := i.cfg.Registrations.ActiveBundle(ctx, registrationID)
	if err != nil {
		return "", "", err
	}
	if redirectURI == "" {
		redirectURI = view.Application.RedirectURIs[0]
	}
	if !slices.Contains(view.Application.RedirectURIs, redirectURI) {
		return "", "", fault.New(fault.Invalid, "redirect_uri_unknown", "The redirect URI is not one of the application's; they are compared exactly.")
	}
	state = rand.Text()
	if authorizeURL, err = client.AuthorizeURL(state, redirectURI, secret.Text{}); err != nil {
		return "", "", err
	}
	return authorizeURL, state, i.cfg.Authorizations.AddAuthorization(ctx, Authorization{StateHash: stateHash(state),
		RegistrationID: registrationID, CallerID: caller.ID, RedirectURI: redirectURI, ExpiresAt: i.cfg.Now().Add(authorizationLifetime)})
}

// Accounts finishes an authorization with what the bank sent back, and reads
// the customer's accounts. The token is used for this one reading and not kept.
func (i *Issuer) Accounts(ctx context.Context, caller access.Caller, state, code string) (registrationID string, accounts []connector.Account, err error) {
	a, err := i.cfg.Authorizations.TakeAuthorization(ctx, stateHash(state))
	if errors.Is(err, fault.NotFound) || (err == nil && (a.CallerID != caller.ID || i.cfg.Now().After(a.ExpiresAt))) {
		return "", nil, fault.New(fault.Invalid, "state_unknown", "This return from the bank was used already, has expired, or was started by somebody else; start again.")
	}
	if err != nil {
		return "", nil, err
	}
	if err := i.cfg.Audit.Authorize(ctx, caller, access.AccountsRead, a.RegistrationID); err != nil {
		return "", nil, err
	}
	accounts, err = i.readAccounts(ctx, caller, a, code)
	return a.RegistrationID, accounts, i.cfg.Audit.Finish(ctx, caller, access.AccountsRead, a.RegistrationID, "", err)
}

func (i *Issuer) readAccounts(ctx context.Context, caller access.Caller, a Authorization, code string) ([]connector.Account, error) {
	client, err := i.Client(ctx, caller, a.RegistrationID)
	if err != nil {
		return nil, err
	}
	token, err := client.ExchangeCode(ctx, code, a.RedirectURI, secret.Text{})
	if err != nil {
		return nil, err
	}
	return client.Accounts(ctx, token)
}

func stateHash(state string) string {
	sum := sha256.Sum256([]byte(state))
	return hex.EncodeToString(sum[:])
}
