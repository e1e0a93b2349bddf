// Package service answers one question: which programs of ours are there, and what may each
// of them do? A service account is bound to registrations and has purposes; its tokens are stored as hashes.
package service

import (
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Account is a program that works with registrations.
type Account struct {
	ID            string
	Name          string // unique
	Owner         string // who answers for it
	Description   string // what it is for
	Grant         Grant
	Revision      int // counts the changes
	CreatedBy     string
	CreatedByName string
	CreatedAt     time.Time
	EndedAt       time.Time  // zero: it is in use
	Tokens        []Token    // newest first
	Identities    []Identity // newest first
}

// Grant is what an account may do.
type Grant struct {
	Purposes []access.Purpose `json:"purposes"`
	Bindings []Binding        `json:"bindings"`
	Limits   Limits           `json:"limits"`
}

// Binding names the registration of an application at one institution, or all of an application
// in one environment. One of InstitutionID and Environment is given.
type Binding struct {
	ApplicationID string           `json:"application_id"`
	InstitutionID string           `json:"institution_id,omitempty"`
	Environment   environment.Name `json:"environment,omitempty"`
}

// Limits bound what an account can do in a time.
type Limits struct {
	PerSecond int `json:"per_second"` // requests and signatures, by each process
	PerDay    int `json:"per_day"`    // signatures, exports, readings of credentials in a UTC day; 0: no limit
}

// DefaultLimits are those of an account for which nobody has said any.
var DefaultLimits = Limits{PerSecond: 500}

// Token is a bearer token, without the token itself.
type Token struct {
	ID         string
	AccountID  string
	Hint       string // its last four characters
	CreatedBy  string // name of a user
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt time.Time // zero: never
}

// LastUsedAt is when the account was last used, with any of its tokens and identities.
func (a Account) LastUsedAt() time.Time {
	var last time.Time
	for _, t := range a.Tokens {
		if t.LastUsedAt.After(last) {
			last = t.LastUsedAt
		}
	}
	for _, i := range a.Identities {
		if i.LastUsedAt.After(last) {
			last = i.LastUsedAt
		}
	}
	return last
}

// FilterEnded selects accounts that have ended; without it those in use are listed.
const FilterEnded = "ended"

// Listed is what can be asked of the list of accounts.
var Listed = listing.Spec{
	Name:    "services",
	Sorts:   []string{"name", "created_at", "-created_at"},
	Search:  true,
	Filters: map[string]listing.Check{FilterEnded: listing.OneOf("true", "false")},
}

// Store keeps accounts.
type Store interface {
	AddServiceAccount(ctx context.Context, a Account) error
	// ServiceAccounts returns those in use, or those that have ended, by name, with their tokens and identities.
	ServiceAccounts(ctx context.Context, ended bool) ([]Account, error)
	// ServiceAccountsOf returns the accounts in use that are bound to any of the applications, without their tokens.
	ServiceAccountsOf(ctx context.Context, applications []string) ([]Account, error)
	// ServiceAccountPage returns a page of the list Listed, with their tokens and identities.
	ServiceAccountPage(ctx context.Context, q listing.Query) (listing.Page[Account], error)
	CountServiceAccounts(ctx context.Context, q listing.Query) (listing.Count, error)
	ServiceAccount(ctx context.Context, id string) (Account, error)
	// UpdateServiceAccount writes what can change of an account, and removes its tokens and identities if it has ended;
	// Conflict if its revision is not the one before.
	UpdateServiceAccount(ctx context.Context, a Account) error
}

// TokenStore keeps the hashes of tokens.
type TokenStore interface {
	// AddServiceToken refuses with Ended or TokensAtLimit, whatever others do meanwhile.
	AddServiceToken(ctx context.Context, hash string, t Token) error
	// ServiceTokenByHash returns a token, or NotFound. The short token of an identity has the identity's id.
	ServiceTokenByHash(ctx context.Context, hash string) (Token, error)
	RemoveServiceToken(ctx context.Context, accountID, id string) error
	// NoteServiceTokens writes when tokens and identities were last used, by their ids.
	NoteServiceTokens(ctx context.Context, used map[string]time.Time) error
	// SpendServiceDay adds n to what the account has used on the day, and reports whether it stays within the limit;
	// if it does not, nothing is added.
	SpendServiceDay(ctx context.Context, accountID string, day int64, n, limit int) (bool, error)
}

// Registrations knows what bindings name.
type Registrations interface {
	// ApplicationsByID leaves out those that are not there.
	ApplicationsByID(ctx context.Context, ids []string) ([]registration.Application, error)
	// RegistrationsOf returns those of the applications, at whichever institutions.
	RegistrationsOf(ctx context.Context, applicationIDs []string) ([]registration.Registration, error)
}

// environmentOf is where the binding reaches; "" if the institution is not in the catalogue.
func (b Binding) environmentOf(c *catalogue.Catalogue) environment.Name {
	if b.InstitutionID == "" {
		return b.Environment
	}
	in, _ := c.Institution(b.InstitutionID)
	return in.Environment
}

func (b Binding) names(r registration.Registration, c *catalogue.Catalogue) bool {
	if b.ApplicationID != r.ApplicationID {
		return false
	}
	if b.InstitutionID != "" {
		return b.InstitutionID == r.InstitutionID
	}
	in, known := c.Institution(r.InstitutionID)
	return known && in.Environment == b.Environment
}

// Binds reports whether the grant is bound to the registration.
func (g Grant) Binds(r registration.Registration, c *catalogue.Catalogue) bool {
	return slices.ContainsFunc(g.Bindings, func(b Binding) bool { return b.names(r, c) })
}

// within returns the bindings that reach the environment.
func (g Grant) within(env environment.Name, c *catalogue.Catalogue) []Binding {
	return slices.DeleteFunc(slices.Clone(g.Bindings), func(b Binding) bool { return b.environmentOf(c) != env })
}

// live reports whether an account with the grant can do something on live.
func (g Grant) live(c *catalogue.Catalogue) bool {
	return len(g.Purposes) > 0 && len(g.within(environment.Live, c)) > 0
}

// exceeds reports whether g gives more in the environment than old does: another binding, or, where it is bound, a
// purpose or a wider limit.
func (g Grant) exceeds(old Grant, env environment.Name, c *catalogue.Catalogue) bool {
	bound := g.within(env, c)
	if len(bound) == 0 || len(g.Purposes) == 0 {
		return false
	}
	before := old.within(env, c)
	if slices.ContainsFunc(bound, func(b Binding) bool {
		return !slices.Contains(before, b) && !slices.Contains(before, Binding{
			ApplicationID: b.ApplicationID,
			Environment:   env,
		})
	}) {
		return true
	}
	if slices.ContainsFunc(g.Purposes, func(p access.Purpose) bool { return !slices.Contains(old.Purposes, p) }) {
		return true
	}
	unlimited := g.Limits.PerDay == 0 && old.Limits.PerDay != 0
	more := old.Limits.PerDay != 0 && g.Limits.PerDay > old.Limits.PerDay
	return unlimited || more || g.Limits.PerSecond > old.Limits.PerSecond
}
