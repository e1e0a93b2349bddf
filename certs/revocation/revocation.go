// Package revocation answers one question: does this answer of an issuer say that a certificate is revoked? Pure:
// bytes, a certificate, its issuer and a time in, a verdict out. It asks nobody.
package revocation

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Status is what an answer says of a certificate.
type Status string

// The statuses. Unknown, NoAnswer and Stale are three things: the issuer says that it does not know the certificate;
// what came is not its answer; what it answered is too old to count.
const (
	Good      Status = "good"
	Revoked   Status = "revoked"
	Unknown   Status = "unknown"
	NoAnswer  Status = "no_answer"
	Stale     Status = "stale"
	NotNeeded Status = "not_needed" // nothing of its kind is ever revoked
)

// Cause is why there is no answer, or why the one there is does not count.
type Cause string

// The causes.
const (
	Malformed        Cause = "malformed"         // cut off, or no answer of this kind at all
	Refused          Cause = "refused"           // the responder says that it cannot or may not answer
	OtherCertificate Cause = "other_certificate" // the answer is about another serial number or issuer
	Forged           Cause = "forged"            // not signed by the issuer, nor by a responder that it named
	Future           Cause = "future"            // begins after now
	Expired          Cause = "expired"           // its next update is past
	Oversized        Cause = "oversized"         // longer than is read
	OtherScope       Cause = "other_scope"       // a list for other certificates, distribution points or reasons
	DeltaAlone       Cause = "delta_alone"       // a delta list without the list that it continues
	NotUnderstood    Cause = "not_understood"    // has a critical extension that is not known
	ResponderRevoked Cause = "responder_revoked" // signed by a responder whose own certificate was revoked
)

// Verdict is what an answer says, with what is kept as evidence.
type Verdict struct {
	Status     Status
	Cause      Cause     // for NoAnswer and Stale
	ThisUpdate time.Time // from when on it is true
	NextUpdate time.Time // when there will be a newer one; zero: any time
	ProducedAt time.Time // OCSP
	RevokedAt  time.Time // where the answer says Revoked, also if it is Stale
	Reason     string    // as RFC 5280 section 5.3.1 names it; "" where it is unspecified
	Responder  string    // subject of who signed it
	Number     *big.Int  // of a list; nil where it has none
	SHA256     string    // of the raw answer, lower-case hex
	// The certificate of a responder that the issuer has charged with answering; nil: the issuer itself has signed.
	Delegated *x509.Certificate
	// Delegated does not say that it need not be checked itself (RFC 6960 section 4.2.2.2.1).
	ResponderToCheck bool
}

// skew is by how much the clocks of issuers may be ahead of ours.
const skew = 5 * time.Minute

// undated is how long an answer without a next update counts: it says that there is a newer one at any time.
const undated = 24 * time.Hour

// Needed reports whether a certificate may be revoked at all: not if it has noRevAvail (RFC 9608) or is so short-lived
// that its validity is assured (EN 319 412-1 clause 5.2).
func Needed(c *certs.Certificate) bool { return !c.NoRevocation && !c.ShortTerm }

// reasons are the names of RFC 5280 section 5.3.1 by their number. Unspecified is none.
var reasons = map[int]string{
	1:  "keyCompromise",
	2:  "cACompromise",
	3:  "affiliationChanged",
	4:  "superseded",
	5:  "cessationOfOperation",
	6:  "certificateHold",
	8:  "removeFromCRL",
	9:  "privilegeWithdrawn",
	10: "aACompromise",
}

func none(raw []byte, why Cause) Verdict {
	return Verdict{Status: NoAnswer, Cause: why, SHA256: fingerprint(raw)}
}

// because is v as an answer that does not count.
func (v Verdict) because(why Cause) Verdict {
	v.Status, v.Cause = NoAnswer, why
	return v
}

// dated is v, unless its time has not come or is over.
func (v Verdict) dated(now time.Time) Verdict {
	switch {
	case !v.dates():
		return v.because(Malformed)
	case v.ThisUpdate.After(now.Add(skew)) || v.ProducedAt.After(now.Add(skew)):
		return v.because(Future)
	case v.Until().Before(now):
		v.Status, v.Cause = Stale, Expired
	}
	return v
}

// dates reports whether its times are dates that JSON and RFC 3339 can write: an hour from another zone may lead out of
// the year 9999.
func (v Verdict) dates() bool {
	all := []time.Time{v.ThisUpdate, v.NextUpdate, v.ProducedAt, v.RevokedAt}
	if v.Delegated != nil {
		all = append(all, v.Delegated.NotAfter.UTC())
	}
	return !slices.ContainsFunc(all, func(t time.Time) bool { return t.Year() < 0 || t.Year() > 9999 })
}

// Until is how long the answer counts: until its next update, or for a day where it has none.
func (v Verdict) Until() time.Time {
	if v.NextUpdate.IsZero() {
		return v.ThisUpdate.Add(undated)
	}
	return v.NextUpdate
}

func fingerprint(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
