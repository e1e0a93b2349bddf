// Package consent keeps customers' consents to read their accounts: from the
// bank's page to tokens in custody, one refresh at a time, to their end.
package consent

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// State is how far a consent is.
type State string

// The states. Expiring is an active consent whose end is near; it is not stored.
const (
	Pending  State = "pending"  // the customer has been sent to the bank
	Active   State = "active"   // its tokens are in custody
	Expiring State = "expiring" // active, and the customer has to be asked soon
	Expired  State = "expired"  // its time is over
	Revoked  State = "revoked"  // we gave it up, or the customer did, at the bank
	Broken   State = "broken"   // it cannot be used any more; Reason says why
)

// Reasons that are not the code of a connector failure.
const (
	ReasonGivenUp    = "given_up"          // by us
	ReasonUnanswered = "unanswered"        // the customer did not come back in time
	ReasonTimeOver   = "time_over"         // the consent's time is over
	ReasonNoRefresh  = "no_refresh"        // the bank gives no refresh token: over with the access token
	ReasonNoUses     = "refreshes_used_up" // the bank allows so many refreshes and no more
	// the bank's answer to a refresh did not arrive, and it takes the old token no more
	ReasonRefreshLost = "refresh_answer_lost"
	ReasonTokensLost  = "tokens_not_in_custody" // custody was restored from a backup, or somebody deleted them
)

// Consent is what the database knows of a consent: no token, and nothing the
// bank said of the customer.
type Consent struct {
	ID             string
	RegistrationID string
	InstitutionID  string
	Segment        string // of the institution: personal, professional, enterprise
	Scope          string // as asked for
	Customer       string // the caller's own reference to the customer
	RedirectURI    string
	StateHash      string // hex SHA-256 of the OAuth2 state
	CodeHash       string // of the code that came with it, once one has

	State  State // as stored: At tells more
	Reason string

	CreatedAt    time.Time
	CreatedBy    string    // caller id; nobody else uses the consent
	AnswerBy     time.Time // until then the customer may come back
	AuthorizedAt time.Time
	RenewedAt    time.Time // when the tokens were last issued

	AccessExpiresAt  time.Time
	RefreshExpiresAt time.Time     // zero: there is no refresh token, or its end is not known
	ReauthenticateBy time.Time     // when the bank wants to see the customer again; zero: not known
	ExpiresAt        time.Time     // the first of the ends that count: known in advance
	RefreshLife      time.Duration // of a refresh token; 0: not known
	Refreshable      bool
	RefreshesLeft    int // -1: any number
	Refreshes        int // so far

	InDoubt     bool      // a refresh was sent and nobody knows what became of it
	RetryAt     time.Time // no refresh before
	LastFailure string    // code of the last failed refresh or exchange
	HoldsTokens bool      // there is, or may be, a document in custody
	Fence       int64     // of the lease under which it is changed
}

// unlimited is RefreshesLeft where the bank does not count.
const unlimited = -1

// At returns the state as it is at that time.
func (c Consent) At(now time.Time) State {
	switch {
	case c.State == Pending && !now.Before(c.AnswerBy):
		return Expired
	case c.State != Active:
		return c.State
	case !now.Before(c.ExpiresAt):
		return Expired
	case c.ExpiresAt.Sub(now) < min(expiringSoon, c.ExpiresAt.Sub(c.AuthorizedAt)/4):
		return Expiring
	}
	return Active
}

// expiringSoon is how long before its end a long consent counts as expiring;
// a short one does in its last quarter.
const expiringSoon = 7 * 24 * time.Hour

func (c Consent) over() bool { return c.State != Pending && c.State != Active }

// end closes the consent. Its tokens are deleted by whoever saves it.
func (c *Consent) end(state State, reason string) {
	c.State, c.Reason = state, reason
}

// Records reads and adds consents.
type Records interface {
	AddConsent(ctx context.Context, c Consent) error
	// ConsentByID returns the consent, or fault.NotFound.
	ConsentByID(ctx context.Context, id string) (Consent, error)
	// ConsentByState finds a consent by the hash of its OAuth2 state, or fault.NotFound.
	ConsentByState(ctx context.Context, stateHash string) (Consent, error)
	// ConsentPage returns a page of the list Listed.
	ConsentPage(ctx context.Context, sel Selection) (listing.Page[Consent], error)
}

// Leases make sure that one holder at a time, of all replicas, changes a consent.
type Leases interface {
	// LeaseConsent takes the consent until the given time and returns it as it
	// is now. abandoned says that the holder before never gave it back. While
	// another holder has it, it is a Conflict.
	LeaseConsent(ctx context.Context, id string, now, until time.Time) (c Consent, abandoned bool, err error)
	// SaveConsent writes the consent if nobody has taken it since (a Conflict
	// otherwise), and gives it back if release says so.
	SaveConsent(ctx context.Context, c Consent, release bool) error
	// DueConsents returns consents that somebody has to look after: unanswered
	// or over at that time, or over with tokens still in custody.
	DueConsents(ctx context.Context, now time.Time, limit int) ([]Consent, error)
}
