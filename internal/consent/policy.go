package consent

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Policy is how long what a bank issues lasts, as far as it is known in advance.
type Policy struct {
	Refresh     bool          // a refresh token is of use
	RefreshLife time.Duration // 0: not known
	Uses        int           // of one refresh token; 0: any number
	ConsentLife time.Duration // until the customer authenticates again; 0: not known
}

// PolicyOf joins what the catalogue says of an institution's tokens with its
// profile. Where the catalogue does not know, what the bank sends decides. What a bank has
// announced counts its access tokens with the first, which comes with the consent.
func PolicyOf(rules catalogue.TokenRules, settings oauth.Settings) Policy {
	const day = 24 * time.Hour
	p := Policy{
		Refresh:     rules.Refresh != "none",
		RefreshLife: time.Duration(rules.RefreshDays) * day,
		ConsentLife: time.Duration(settings.ConsentDays) * day,
	}
	if !p.Refresh {
		p.RefreshLife = unusedLife
	}
	if rules.Announced != nil && settings.AnnouncedTokens {
		p.Refresh, p.RefreshLife = true, time.Duration(rules.Announced.RefreshHours)*time.Hour
		p.Uses = rules.Announced.AccessTokensPerRefresh - 1
	}
	return p
}

// assumedLife is how long a consent counts on its refresh token when neither
// bank nor catalogue say: what European rules once had, the shorter of the two they know.
const assumedLife = 90 * 24 * time.Hour

// unusedLife is how long a refresh token that is not used is said to be good for, where the bank does not say: the
// consent is then known as one that came with one.
const unusedLife = 24 * time.Hour

// begin records what the bank issued when the customer had consented.
func (p Policy) begin(c *Consent, t vault.Tokens, now time.Time) {
	c.State, c.Reason, c.AuthorizedAt = Active, "", now
	c.RefreshLife, c.Refreshable = p.RefreshLife, p.Refresh && !t.Refresh.Empty()
	c.RefreshesLeft = unlimited
	if p.Uses > 0 {
		c.RefreshesLeft = p.Uses
	}
	if p.ConsentLife > 0 {
		c.ReauthenticateBy = now.Add(p.ConsentLife)
	}
	c.issued(t, now)
}

// issued records tokens that are in custody now.
func (c *Consent) issued(t vault.Tokens, now time.Time) {
	c.RenewedAt, c.AccessExpiresAt, c.RefreshExpiresAt = now, t.AccessExpiresAt, t.RefreshExpiresAt
	c.InDoubt, c.RetryAt, c.LastFailure, c.HoldsTokens = false, time.Time{}, "", true
	c.ExpiresAt = c.expiry()
}

// expiry is the first of the ends that count.
func (c *Consent) expiry() time.Time {
	if !c.Refreshable || c.RefreshesLeft == 0 {
		return c.AccessExpiresAt
	}
	end := c.RefreshExpiresAt
	if end.IsZero() {
		end = c.ReauthenticateBy
	}
	if end.IsZero() {
		end = c.AuthorizedAt.Add(assumedLife)
	}
	if !c.ReauthenticateBy.IsZero() && c.ReauthenticateBy.Before(end) {
		end = c.ReauthenticateBy
	}
	return end
}

// endReason says why a consent of that kind ends when its time is over.
func (c *Consent) endReason() string {
	switch {
	case !c.Refreshable:
		return ReasonNoRefresh
	case c.RefreshesLeft == 0:
		return ReasonNoUses
	}
	return ReasonTimeOver
}

// received turns what the bank has issued into what is kept. A bank that
// sends no new refresh token lets the old one go on, and its life with it.
func received(old vault.Tokens, t *oauth.Token, life time.Duration, now time.Time) vault.Tokens {
	kept := vault.Tokens{
		Access:           t.Access,
		Refresh:          t.Refresh,
		Scope:            t.Scope,
		AccessExpiresAt:  t.ExpiresAt,
		RefreshExpiresAt: t.RefreshExpiresAt,
	}
	switch {
	case t.Refresh.Empty():
		kept.RefreshExpiresAt = time.Time{}
	case t.Refresh.Reveal() == old.Refresh.Reveal():
		kept.RefreshExpiresAt = old.RefreshExpiresAt
	case kept.RefreshExpiresAt.IsZero() && life > 0:
		kept.RefreshExpiresAt = now.Add(life)
	}
	return kept
}
