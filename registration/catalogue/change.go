package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Keys of the facts of Acceptance, in the order in which they are shown.
const (
	KeyRecognisesBy  = "recognises_by"
	KeyChannel       = "channel"
	KeyLeadTime      = "lead_time"
	KeyEffect        = "effect"
	KeyOverlap       = "overlap"
	KeyTogether      = "both_certificates"
	KeyConsentImpact = "consent_impact"
	KeyTokenBinding  = "token_binding"
	KeySecretOverlap = "secret_overlap"
)

// KeyAnnouncedTokens is the key of a fact that is recorded alone: whether the token rules that a bank has announced
// are in force.
const KeyAnnouncedTokens = "announced_tokens"

// AcceptanceKeys are the keys of the facts of Acceptance.
var AcceptanceKeys = []string{
	KeyRecognisesBy, KeyChannel, KeyLeadTime, KeyEffect, KeyOverlap, KeyTogether, KeyConsentImpact, KeyTokenBinding,
	KeySecretOverlap,
}

// fact is where the fact of a key is; nil for a key that there is not.
func (a *Acceptance) fact(key string) *Fact {
	switch key {
	case KeyRecognisesBy:
		return &a.RecognisesBy
	case KeyChannel:
		return &a.Channel
	case KeyLeadTime:
		return &a.LeadTime
	case KeyEffect:
		return &a.Effect
	case KeyOverlap:
		return &a.Overlap
	case KeyTogether:
		return &a.Together
	case KeyConsentImpact:
		return &a.ConsentImpact
	case KeyTokenBinding:
		return &a.TokenBinding
	case KeySecretOverlap:
		return &a.SecretOverlap
	}
	return nil
}

// Fact returns the fact of a key, which is empty where nobody has stated it.
func (a Acceptance) Fact(key string) Fact {
	if f := a.fact(key); f != nil {
		return *f
	}
	return Fact{}
}

// over returns a with the facts that o states in their place.
func (a Acceptance) over(o Acceptance) Acceptance {
	for _, key := range AcceptanceKeys {
		if from := o.fact(key); from.Value != "" {
			*a.fact(key) = *from
		}
	}
	return a
}

// closed are the values of the facts that have a closed set of them, besides Unknown.
var closed = map[string][]string{
	KeyRecognisesBy:  {"organization_identifier", "subject_dn", "fingerprint", "registration"},
	KeyChannel:       {"none", "email", "portal", "api", "ticket"},
	KeyTogether:      {"yes", "no"},
	KeyConsentImpact: {"none", "tokens", "consents"},
	KeyTokenBinding:  {"yes", "no"},

	KeyAnnouncedTokens: {"yes", "no"},
}

// effects are the values of KeyEffect that have nothing behind them.
var effects = []string{string(AtOnce), string(AfterApproval), string(SameMinute)}

var (
	nextDay = regexp.MustCompile(
		`^next_working_day(?: ([01]\d|2[0-3]):([0-5]\d) cut-off ([01]\d|2[0-3]):([0-5]\d))?$`)
	overlapDays = regexp.MustCompile(`^([1-9]\d{0,2}) days?$`)
)

// leadMost is the longest lead time that is believed, in working days.
const leadMost = 250

// FactKeys are the keys of what can be recorded of an institution.
func (in Institution) FactKeys() []string {
	if in.Tokens.Announced == nil {
		return AcceptanceKeys
	}
	return append(slices.Clone(AcceptanceKeys), KeyAnnouncedTokens)
}

// CheckFact refuses a value that the fact of a key cannot have, in words that say which it can.
func CheckFact(key, value string) error {
	values, ok := closed[key]
	if value == Unknown && (ok || slices.Contains(AcceptanceKeys, key)) {
		return nil
	}
	switch {
	case ok && slices.Contains(values, value):
		return nil
	case ok:
		return fmt.Errorf("%q is none of %s", value, strings.Join(append(slices.Clone(values), Unknown), ", "))
	case key == KeyOverlap || key == KeySecretOverlap:
		if value == "yes" || value == "no" || overlapDays.MatchString(value) {
			return nil
		}
		return fmt.Errorf(`%q is none of yes, no, a number of days as in "5 days", %s`, value, Unknown)
	case key == KeyLeadTime:
		if n, err := strconv.Atoi(value); err == nil && n >= 0 && n <= leadMost {
			return nil
		}
		return fmt.Errorf("%q is neither a number of working days nor %s", value, Unknown)
	case key == KeyEffect:
		if slices.Contains(effects, value) || nextDay.MatchString(value) {
			return nil
		}
		return fmt.Errorf("%q is none of %s, next_working_day (or next_working_day 14:00 cut-off 09:59), %s", value,
			strings.Join(effects, ", "), Unknown)
	}
	return fmt.Errorf("%q is none of %s", key, strings.Join(AcceptanceKeys, ", "))
}

// Effect is when a change that a bank was told of is in force there.
type Effect string

// The effects.
const (
	AtOnce         Effect = "at_once"
	NextWorkingDay Effect = "next_working_day" // at an hour, if it was told before the cut-off of the day before
	AfterApproval  Effect = "approval"         // when somebody at the bank has agreed
	SameMinute     Effect = "same_minute"      // both sides change at one minute, or calls fail between
	EffectUnknown  Effect = Unknown
)

// ChangeRule is what a change of certificates takes at a bank: Acceptance as values to compute with.
type ChangeRule struct {
	Channel       string // none, email, portal, api, ticket or Unknown
	LeadDays      int    // working days from the announcement to the effect; -1: not known
	Effect        Effect
	At, CutOff    time.Duration // of NextWorkingDay, since midnight by the bank's clock; 0: not known
	Overlap       string        // yes, no or Unknown: two certificates may be valid at once
	OverlapDays   int           // for how many days, with yes; 0: as long as both are valid
	Together      bool          // QWAC and QSealC are changed in one operation
	ConsentImpact string        // none, tokens, consents or Unknown
}

// Announced reports whether the bank is told of a change before.
func (r ChangeRule) Announced() bool { return r.Channel != "none" }

// Rule is the acceptance as values. What nobody has stated is not known.
func (a Acceptance) Rule() ChangeRule {
	r := ChangeRule{
		Channel:       a.value(KeyChannel),
		LeadDays:      -1,
		Together:      a.value(KeyTogether) == "yes",
		ConsentImpact: a.value(KeyConsentImpact),
		Effect:        Effect(a.value(KeyEffect)),
	}
	r.Overlap, r.OverlapDays = a.overlap(KeyOverlap)
	if n, err := strconv.Atoi(a.value(KeyLeadTime)); err == nil {
		r.LeadDays = n
	}
	if part := nextDay.FindStringSubmatch(string(r.Effect)); part != nil {
		r.Effect, r.At, r.CutOff = NextWorkingDay, clock(part[1], part[2]), clock(part[3], part[4])
	}
	return r
}

// SecretRule is what a change of the client secret takes: our people make the new one on the bank's portal, where it
// counts at once.
func (a Acceptance) SecretRule() ChangeRule {
	r := ChangeRule{Channel: "none", Effect: AtOnce, ConsentImpact: "none"}
	r.Overlap, r.OverlapDays = a.overlap(KeySecretOverlap)
	return r
}

// value is that of a fact; one that nobody has stated, or that there cannot be, is not known.
func (a Acceptance) value(key string) string {
	if v := a.Fact(key).Value; v != "" && CheckFact(key, v) == nil {
		return v
	}
	return Unknown
}

// overlap is whether old and new are accepted side by side, and for how many days.
func (a Acceptance) overlap(key string) (overlap string, days int) {
	overlap = a.value(key)
	if part := overlapDays.FindStringSubmatch(overlap); part != nil {
		days, _ = strconv.Atoi(part[1]) // the expression has looked at it
		return "yes", days
	}
	return overlap, 0
}

func clock(hours, minutes string) time.Duration {
	h, _ := strconv.Atoi(hours) // empty: 0
	m, _ := strconv.Atoi(minutes)
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
}
