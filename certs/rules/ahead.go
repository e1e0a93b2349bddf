package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

// Coming is a rule that will change something for a certificate, or for the one that follows it.
type Coming struct {
	Rule    DatedRule
	By      time.Time // by when something has to be done
	Message string    // what, in one sentence
	Args    []string  // the values in Message, in order
}

// coming are the sentences, with %s for each argument.
var coming = map[string]string{
	RSAOrder: "The RSA key has %s bits and may not be used for another certificate after 31 December 2026: order the " +
		"next one for a new key before this one ends on %s.",
	ClientAuth: "It claims to follow the rules of browsers, under which certificates issued from 15 March 2027 on " +
		"have no clientAuth: agree with the issuer on another issuing CA before it ends on %s.",
	BrowserValidity: "It claims to follow the rules of browsers, under which certificates issued from %s on are " +
		"valid for at most %s days: the next one has to be renewed that often.",
}

// ComingMessages are the sentences of [Coming] by the rule's code, for catalogues of other languages.
func ComingMessages() map[string]string { return maps.Clone(coming) }

// Ahead returns the dated rules that touch a certificate which is in use at a time, or its successor, the earliest
// deadline first.
func Ahead(c *certs.Certificate, at time.Time) []Coming {
	all := []Coming{}
	if c.IsCA || at.After(c.NotAfter) || !claimsAny(c) {
		return all
	}
	if retired(c.Key) {
		by := c.NotAfter
		if last := dated(RSAEnd).From.Add(-time.Second); by.After(last) {
			by = last
		}
		all = append(all, ahead(dated(RSAOrder), by, strconv.Itoa(c.Key.Bits), text.Day(by)))
	}
	if !underBrowserRules(c) {
		return all
	}
	if c.HasEKU(oids.ClientAuth) {
		all = append(all, ahead(dated(ClientAuth), c.NotAfter, text.Day(c.NotAfter)))
	}
	for _, r := range datedRules {
		if r.Code == BrowserValidity && r.From.After(at) && !r.From.After(c.NotAfter) {
			all = append(all, ahead(r, c.NotAfter, text.Day(r.From), strconv.Itoa(r.Limit)))
		}
	}
	slices.SortStableFunc(all, func(a, b Coming) int { return a.By.Compare(b.By) })
	return all
}

// Announced returns the rules that [Ahead] names at a time, the earliest first.
func Announced(at time.Time) []DatedRule {
	rules := []DatedRule{dated(RSAOrder), dated(ClientAuth)}
	for _, r := range datedRules {
		if r.Code == BrowserValidity && r.From.After(at) {
			rules = append(rules, r)
		}
	}
	slices.SortStableFunc(rules, func(a, b DatedRule) int { return a.From.Compare(b.From) })
	return rules
}

func ahead(r DatedRule, by time.Time, a ...string) Coming {
	values := make([]any, len(a))
	for i, v := range a {
		values[i] = v
	}
	return Coming{Rule: r, By: by, Message: fmt.Sprintf(coming[r.Code], values...), Args: a}
}
