package failure

import (
	"net/http"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/secret"
)

// Phrases are words in a bank's error texts that tell apart what its status
// codes do not, in any case of letters.
type Phrases struct {
	NoConsent []string `json:"no_consent" yaml:"no_consent"` // on 403: the consent is gone
	Signature []string `json:"signature" yaml:"signature"`   // on 400, 401 and 403: signature or digest
	Blocked   []string `json:"blocked" yaml:"blocked"`       // at the token endpoint: the customer's access is blocked
	Quota     []string `json:"quota" yaml:"quota"`           // on 429: the daily quota, not the rate
}

// Reader reads the refusals of one bank.
type Reader struct {
	Phrases  Phrases
	Secrets  []secret.Text // that the bank may repeat; they are redacted
	Attended bool          // the customer was there, and the bank was told
	Now      func() time.Time
	Zone     *time.Location // of the bank's clock: its daily quota ends with its day
}

// With returns a Reader that redacts more secrets.
func (r Reader) With(secrets ...secret.Text) Reader {
	r.Secrets = slices.Concat(secrets, r.Secrets)
	return r
}

// Refusal is an answer that is not a success, read.
type Refusal struct {
	Status int
	Code   string // an OAuth error (RFC 6749 section 5.2) or an interbank code; "" for neither
	body   errorBody
	reader Reader
	wait   time.Duration
}

// Read reads an answer that is not a success.
func (r Reader) Read(status int, header http.Header, body []byte) Refusal {
	read := readBody(body)
	return Refusal{Status: status, Code: read.code, body: read, reader: r, wait: retryAfter(header, r.Now())}
}

// Says reports whether the bank's words hold one of the phrases.
func (r Refusal) Says(phrases []string) bool { return r.body.says(phrases) }

// ComplainsOfSignature reports whether the bank speaks of the request's signature or digest.
func (r Refusal) ComplainsOfSignature() bool { return r.Says(r.reader.Phrases.Signature) }

// SaysBlocked reports whether the bank says that it has blocked the customer's access.
func (r Refusal) SaysBlocked() bool { return r.Says(r.reader.Phrases.Blocked) }

// Interbank returns the class of the interbank code in the answer, if there is one.
func (r Refusal) Interbank() (Class, bool) {
	c, ok := interbank[r.Code]
	return c, ok
}

// Because makes an error of the class with what the bank said as its cause. It
// tells the two limits of calls apart: the daily one is for calls without the
// customer, and ends with the bank's day.
func (r Refusal) Because(c Class) error {
	failure := &Failure{
		Status:     r.Status,
		RetryAfter: r.wait,
		Detail:     Redact(r.body.text, r.reader.Secrets...),
	}
	if c.Code != rateLimited.Code || r.reader.Attended || !r.Says(r.reader.Phrases.Quota) {
		return c.Because(failure)
	}
	if failure.RetryAfter == 0 {
		failure.RetryAfter = untilTomorrow(r.reader.Now(), r.reader.Zone)
	}
	return quotaReached.Because(failure)
}

// OutageOr makes an error of the class unless the status says that the bank is overloaded or out of order.
func (r Refusal) OutageOr(c Class) error { return r.Because(outageOr(r.Status, c)) }

// ResourceError judges the refusal of a resource. The status decides over the
// body: some banks send an empty listing with a 403.
func (r Refusal) ResourceError() error {
	if c, ok := r.Interbank(); ok && r.Status >= 400 {
		return r.Because(c)
	}
	return r.Because(r.resourceClass())
}

func (r Refusal) resourceClass() Class {
	status := r.Status
	switch {
	case status >= 300 && status < 400:
		return Redirected
	case status >= 400 && status < 404 && r.ComplainsOfSignature():
		return signatureRefused
	case status == http.StatusUnauthorized:
		return TokenRefused
	case status == http.StatusForbidden && r.Says(r.reader.Phrases.NoConsent):
		return ConsentGone
	case status == http.StatusForbidden && r.body.text == "":
		return unexplained
	case status == http.StatusForbidden:
		return accessRefused
	case status == http.StatusNotFound && r.body.listing:
		return NoAccount
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		return NotAtBank
	}
	return outageOr(status, RequestRefused)
}

func outageOr(status int, otherwise Class) Class {
	switch {
	case status == http.StatusTooManyRequests:
		return rateLimited
	case status == http.StatusRequestTimeout, status >= 500:
		return bankUnavailable
	}
	return otherwise
}
