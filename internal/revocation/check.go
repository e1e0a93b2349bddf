package revocation

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	judge "github.com/sealkeeper/sealkeeper/certs/revocation"
)

// Check is what is known of whether one certificate was revoked.
type Check struct {
	SHA256      string   // of the certificate's DER, lower-case hex
	Certificate []byte   // DER
	Issuer      []byte   // DER of its issuer; nil: not found yet
	Lists       []string // addresses of its issuer's list, of which the first that answers counts
	AskAt       time.Time
	Answer      Answer // the last one that counts
	Attempt     Attempt
	Failures    int // questions in a row that nothing came of
	Revision    int
}

// Means is by what was asked.
type Means string

// The means.
const (
	ByList Means = "crl"
	ByOCSP Means = "ocsp"
)

// Answer is what the issuer said, with what is kept as evidence. Its zero value is none.
type Answer struct {
	Status     judge.Status `json:"status"`
	Means      Means        `json:"means"`
	ThisUpdate time.Time    `json:"this_update"`
	NextUpdate time.Time    `json:"next_update"` // zero: there is a newer one at any time
	ProducedAt time.Time    `json:"produced_at"`
	Until      time.Time    `json:"until"` // how long it counts
	RevokedAt  time.Time    `json:"revoked_at"`
	Reason     string       `json:"reason"` // RFC 5280 section 5.3.1; "" where it is unspecified
	Responder  string       `json:"responder"`
	// Of a responder that the issuer has charged with answering: when its certificate ends, and what was found of that.
	ResponderEnds  time.Time      `json:"responder_ends"` // zero: the issuer itself has signed
	ResponderState ResponderState `json:"responder_state"`
	Source         string         `json:"source"` // address
	SHA256         string         `json:"sha256"` // of the raw answer
	At             time.Time      `json:"at"`     // when it came
}

// ResponderState is what is known of whether a responder's own certificate was revoked.
type ResponderState string

// The states. Where a responder's certificate was revoked, there is no answer.
const (
	ResponderExempt  ResponderState = "exempt"      // it need not be checked, it says (id-pkix-ocsp-nocheck)
	ResponderGood    ResponderState = "good"        // its issuer's list does not name it
	ResponderUnasked ResponderState = "not_checked" // nothing that can be relied on came of the list that it names
)

// ReasonName is the reason, also where none was given.
func (a Answer) ReasonName() string { return cmp.Or(a.Reason, "unspecified") }

// Attempt is the last question and what came of it. Its zero value is none.
type Attempt struct {
	At     time.Time    `json:"at"`
	Status judge.Status `json:"status"`
	Cause  judge.Cause  `json:"cause"` // of NoAnswer and Stale
	Means  Means        `json:"means"`
	Source string       `json:"source"`
}

// Causes beside those of an answer that came.
const (
	Unreachable  judge.Cause = "unreachable"     // whoever was asked did not answer, or with an error
	Inside       judge.Cause = "private_address" // the address named is none of the internet's, and was not asked
	NoAddress    judge.Cause = "no_address"      // the certificate names no address that can be asked
	NoIssuer     judge.Cause = "no_issuer"       // its issuer is not known, without which no answer can be relied on
	Older        judge.Cause = "older"           // an answer from before the one that is known
	Contradicted judge.Cause = "contradicted"    // good, after it was revoked for ever
	Unread       judge.Cause = "unread"          // the certificate itself cannot be read
)

// State is what a check comes to at a time.
type State string

// The states. NotChecked is that nobody was asked.
const (
	Good       = State(judge.Good)
	Revoked    = State(judge.Revoked)
	Unknown    = State(judge.Unknown)
	NoAnswer   = State(judge.NoAnswer)
	Stale      = State(judge.Stale)
	NotNeeded  = State(judge.NotNeeded)
	NotChecked = State("not_checked")
)

// State says what counts at a time. The last good answer counts until its next update, whatever came of later
// questions; what was revoked stays so. Where nobody is asked, nothing else counts.
func (c Check) State(at time.Time, asking bool) State {
	switch {
	case c.Answer.Status == judge.Revoked:
		return Revoked
	case c.Answer.Status == judge.NotNeeded:
		return NotNeeded
	case !asking:
		return NotChecked
	case c.Answer.Status == judge.Good && !c.Answer.Until.Before(at):
		return Good
	case c.Attempt.Status == judge.Unknown:
		return Unknown
	case c.Answer.Status != "":
		return Stale
	case c.Attempt.At.IsZero():
		return NotChecked
	}
	return NoAnswer
}

// Never is when a check is due that is not asked again.
var Never = time.UnixMicro(math.MaxInt64).UTC()

// NewCheck is the check of a certificate of which nothing is known yet. The issuer may be nil.
func NewCheck(c, issuer *certs.Certificate, now time.Time) Check {
	check := Check{SHA256: c.SHA256, Certificate: c.Raw, Lists: web(c.CRLs), AskAt: now}
	if issuer != nil {
		check.Issuer = issuer.Raw
	}
	switch {
	case !judge.Needed(c):
		check.Answer = Answer{Status: judge.NotNeeded}
		check.AskAt = Never
	case c.X509 == nil:
		check.Attempt = Attempt{At: now, Status: judge.NoAnswer, Cause: Unread}
		check.AskAt = Never
	case len(check.Lists) == 0 && len(web(c.OCSP)) == 0:
		check.Attempt = Attempt{At: now, Status: judge.NoAnswer, Cause: NoAddress}
		check.AskAt = Never
	}
	return check
}

// mostAddresses bounds how many addresses of one kind a certificate may have asked.
const mostAddresses = 3

// longestAddress bounds an address in bytes: as many as a certificate may have asked are columns of an index.
const longestAddress = 800

// web are the addresses that can be asked: of ldap there is no client here. What else is in it than visible ASCII, no
// address has (RFC 5280 section 4.2.1.6).
func web(addresses []string) []string {
	found := slices.DeleteFunc(slices.Clone(addresses), func(address string) bool {
		lower := strings.ToLower(address)
		return !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") ||
			len(address) > longestAddress || strings.ContainsFunc(address, func(r rune) bool {
			return r <= ' ' || r > '~'
		})
	})
	return found[:min(len(found), mostAddresses)]
}

// observation is what came of a question.
type observation struct {
	at      time.Time
	means   Means
	source  string
	verdict judge.Verdict
	leaf    *certs.Certificate // that was asked about; nil: it cannot be read

	responder ResponderState
}

// nothing is the verdict where nothing came.
func nothing(why judge.Cause) judge.Verdict { return judge.Verdict{Status: judge.NoAnswer, Cause: why} }

// hold is the one reason for which a revocation ends (RFC 5280 section 5.3.1).
const hold = "certificateHold"

// takes says whether an answer takes the place of the one that is known, and if not, why.
func (c Check) takes(o observation) (bool, judge.Cause) {
	v, known := o.verdict, c.Answer
	older := !known.ThisUpdate.IsZero() && v.ThisUpdate.Before(known.ThisUpdate)
	says := v.Status
	if v.Status == judge.Stale && !v.RevokedAt.IsZero() {
		says = judge.Revoked // for ever, so that the age of the answer does not matter
	}
	switch {
	case says != judge.Good && says != judge.Revoked && says != judge.Stale:
		return false, v.Cause
	case older && (says != judge.Revoked || v.Reason == hold || known.Means == o.means):
		if known.Means != o.means { // the lists of an issuer are older than its OCSP answers
			return false, v.Cause
		}
		return false, Older
	case known.Status == judge.Revoked && known.Reason != hold && says != judge.Revoked:
		return false, Contradicted
	case says == judge.Stale && known.Status != "" && !known.Until.Before(o.at):
		return false, v.Cause
	}
	return true, v.Cause
}

// observe is the check after an observation, due again when next says.
func (c Check) observe(o observation) Check {
	v := o.verdict
	takes, cause := c.takes(o)
	c.Attempt = Attempt{At: o.at, Status: v.Status, Cause: cause, Means: o.means, Source: o.source}
	if cause == Older || cause == Contradicted {
		c.Attempt.Status = judge.NoAnswer
	}
	if takes {
		c.Answer = Answer{
			Status:     v.Status,
			Means:      o.means,
			ThisUpdate: v.ThisUpdate,
			NextUpdate: v.NextUpdate,
			ProducedAt: v.ProducedAt,
			Until:      v.Until(),
			RevokedAt:  v.RevokedAt,
			Reason:     v.Reason,
			Responder:  v.Responder,
			Source:     o.source,

			ResponderState: o.responder,
			SHA256:         v.SHA256,
			At:             o.at,
		}
		if v.Delegated != nil {
			c.Answer.ResponderEnds = v.Delegated.NotAfter.UTC()
		}
		if !v.RevokedAt.IsZero() {
			c.Answer.Status = judge.Revoked
		}
	}
	switch c.Attempt.Status {
	case judge.Good, judge.Revoked:
		c.Failures = 0
	default:
		c.Failures++
	}
	return c
}

// Subject names the certificate to a person.
func (c Check) Subject() string {
	leaf, err := c.leaf()
	if err != nil {
		return c.SHA256
	}
	return cmp.Or(leaf.SubjectName.CommonName(), leaf.Subject)
}

// leaf parses the certificate that is asked about.
func (c Check) leaf() (*certs.Certificate, error) { return certs.ParseCertificate(c.Certificate) }
