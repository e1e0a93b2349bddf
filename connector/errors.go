package connector

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// judge turns a bank's refusals into errors.
type judge struct {
	texts    Texts
	redact   redactor
	attended bool // the customer was there, and the bank was told
	now      time.Time
	zone     *time.Location
}

func (c *Client) judge(redact ...secret.Text) judge {
	return judge{texts: c.profile.Texts, redact: append(redact, c.credentials.ClientSecret), now: c.now(), zone: c.zone}
}

func (j judge) failure(answer *answer, w words) *Failure {
	return &Failure{Status: answer.status, RetryAfter: retryAfter(answer.header, j.now), Detail: j.redact.clean(w.text)}
}

// api judges an API answer that is not a success. The status decides over
// the body: some banks send an empty listing with a 403.
func (j judge) api(answer *answer) error {
	w := readWords(answer.body)
	failure := j.failure(answer, w)
	if v, ok := codeWords[w.code]; ok && answer.status >= 400 {
		return j.limited(v, w, failure)
	}
	return j.limited(j.apiVerdict(answer.status, w), w, failure)
}

func (j judge) apiVerdict(status int, w words) verdict {
	switch {
	case status >= 300 && status < 400:
		return redirected
	case status >= 400 && status < 404 && w.says(j.texts.Signature):
		return signatureRefused
	case status == http.StatusUnauthorized:
		return tokenRefused
	case status == http.StatusForbidden && w.says(j.texts.NoConsent):
		return consentGone
	case status == http.StatusForbidden && w.text == "":
		return unexplained
	case status == http.StatusForbidden:
		return accessRefused
	case status == http.StatusNotFound && w.listing:
		return noAccount
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		return notAtBank
	}
	return commonError(status, requestRefused)
}

// token judges a refusal of the token endpoint (RFC 6749 section 5.2). Some
// banks report a dead refresh token as 404, and a blocked customer as a bad request.
func (j judge) token(answer *answer, grant string) error {
	w := readWords(answer.body)
	failure := j.failure(answer, w)
	switch {
	case w.code == "invalid_grant", answer.status == http.StatusNotFound && grant == grantRefresh:
		return grantEnded.because(failure)
	case w.code == "invalid_client", answer.status == http.StatusUnauthorized:
		return clientRefused.because(failure)
	case w.code == "invalid_scope", w.code == "unauthorized_client":
		return scopeRefused.because(failure)
	case grant != grantClientCredentials && answer.status < 500 && w.says(j.texts.Blocked):
		return customerBlocked.because(failure)
	case answer.status >= 300 && answer.status < 400:
		return redirected.because(failure)
	}
	return j.limited(commonError(answer.status, tokenRequestRefused), w, failure)
}

// paymentCall is a call that changes a payment.
type paymentCall string

const (
	createPayment  paymentCall = "create"
	confirmPayment paymentCall = "confirm"
	changePayment  paymentCall = "change"
)

// payment judges the refusal of a call that changes a payment. A server that
// failed may have done it all the same.
func (j judge) payment(call paymentCall, answer *answer) error {
	w := readWords(answer.body)
	failure := j.failure(answer, w)
	switch status := answer.status; {
	case status >= 500 || status == http.StatusRequestTimeout:
		return outcomeUnknown.because(failure)
	case status == http.StatusBadRequest && !w.says(j.texts.Signature) && codeWords[w.code].code == "":
		return paymentInvalid.because(failure)
	case status == http.StatusForbidden && call == confirmPayment:
		return confirmationRefused.because(failure)
	case status == http.StatusForbidden && call == changePayment:
		return changeRefused.because(failure)
	case status == http.StatusConflict:
		return paymentConflict.because(failure)
	}
	return j.api(answer)
}

// limited tells the two limits of calls apart. The daily one is for calls
// without the customer, and ends with the bank's day.
func (j judge) limited(v verdict, w words, failure *Failure) error {
	if v.code == rateLimited.code && !j.attended && w.says(j.texts.Quota) {
		if failure.RetryAfter == 0 {
			failure.RetryAfter = untilTomorrow(j.now, j.zone)
		}
		return quotaReached.because(failure)
	}
	return v.because(failure)
}

func untilTomorrow(now time.Time, zone *time.Location) time.Duration {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, zone).Sub(now)
}

func commonError(status int, otherwise verdict) verdict {
	switch {
	case status == http.StatusTooManyRequests:
		return rateLimited
	case status == http.StatusRequestTimeout, status >= 500:
		return bankUnavailable
	}
	return otherwise
}

// retryAfter reads the header of RFC 9110 section 10.2.3, seconds or a date, capped at a day.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), 24*time.Hour)
}

func isCode(err error, v verdict) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e.Code == v.code
}
