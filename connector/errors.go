package connector

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/fault"
)

// Action is what somebody has to do about a failure.
type Action string

// The actions.
const (
	NewConsent   Action = "new_consent"   // the customer goes through the bank's consent again
	RefreshToken Action = "refresh_token" // once; then a new consent
	RetryLater   Action = "retry_later"   // nothing is wrong with us
	Operator     Action = "operator"      // a certificate, a credential or the profile is wrong
)

// Failure is the cause of every error that a bank's answer, or its silence,
// gave rise to: find it with errors.As. The *fault.Error around it has the
// stable code and the sentence for the user.
type Failure struct {
	Action     Action
	Status     int           // HTTP status; 0 when there was no answer
	RetryAfter time.Duration // as the bank said; 0 when it did not
	Alert      string        // name of the TLS alert (RFC 8446 section 6), "" for none
	Detail     string        // the bank's words, redacted and capped
	Err        error         // the error below, if any
}

// Error is for the log.
func (f *Failure) Error() string {
	text := string(f.Action)
	if f.Status != 0 {
		text += fmt.Sprintf(" (HTTP %d)", f.Status)
	}
	if f.Detail != "" {
		text += ": " + f.Detail
	}
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	return text
}

// Unwrap returns the error below.
func (f *Failure) Unwrap() error { return f.Err }

// verdict is a class of failure: its code, what to do, and the sentence.
type verdict struct {
	kind    fault.Kind
	code    string
	action  Action
	message string
}

func (v verdict) because(f *Failure) error {
	f.Action = v.action
	return fault.Wrap(f, v.kind, v.code, "%s", v.message)
}

var (
	consentGone = verdict{fault.Conflict, "consent_gone", NewConsent,
		"The customer's consent at the bank is gone; ask for a new consent."}
	grantEnded = verdict{fault.Conflict, "grant_ended", NewConsent,
		"The bank no longer accepts this authorization (used, expired or revoked); ask for a new consent."}
	tokenRefused = verdict{fault.Conflict, "token_refused", RefreshToken,
		"The bank refused the access token; refresh it once, and ask for a new consent if that does not help."}
	clientRefused = verdict{fault.Conflict, "client_refused", Operator,
		"The bank refused the client; check the client id, the client secret, and that the QWAC is the one registered with the bank."}
	scopeRefused = verdict{fault.Conflict, "scope_refused", Operator,
		"The bank refused the scope or the grant; check the roles in the QWAC and the application's API subscriptions."}
	tokenRequestRefused = verdict{fault.Conflict, "token_request_refused", Operator,
		"The bank refused the token request; the log has its words. Check the redirect URL and the customer's standing at the bank."}
	accessRefused = verdict{fault.Conflict, "access_refused", Operator,
		"The bank refused access; check the consent, the roles in the QWAC, the QSealC published at its key id, and the API subscription."}
	requestRefused = verdict{fault.Internal, "request_refused", Operator,
		"The bank did not understand the request; check the profile's headers and signature settings for this bank."}
	noAccount = verdict{fault.NotFound, "no_account", Operator,
		"The bank has no eligible account for this customer."}
	notAtBank = verdict{fault.NotFound, "not_found_at_bank", Operator,
		"The bank knows no such resource; check the base URL and its version in the profile."}
	rateLimited = verdict{fault.Unavailable, "rate_limited", RetryLater,
		"The bank's limit of calls is reached; try again later."}
	bankUnavailable = verdict{fault.Unavailable, "bank_unavailable", RetryLater,
		"The bank is not available at the moment; try again later."}
	bankUnreachable = verdict{fault.Unavailable, "bank_unreachable", RetryLater,
		"The bank could not be reached; try again later, and test the connection if it goes on."}
	bankTimedOut = verdict{fault.Unavailable, "bank_timed_out", RetryLater,
		"The bank did not answer in time; try again later."}
	tlsRefused    = verdict{fault.Conflict, "tls_refused", Operator, ""}
	bankUntrusted = verdict{fault.Conflict, "bank_certificate_untrusted", Operator,
		"The bank's server certificate is not trusted; check the host and the trust anchors in the profile."}
	redirected = verdict{fault.Conflict, "unexpected_redirect", Operator,
		"The bank answered with a redirect; check the URLs in the profile."}
	unreadable = verdict{fault.Unavailable, "answer_unreadable", RetryLater,
		"The bank's answer could not be understood; try again later, and tell the operator if it goes on."}
	answerTooLarge = verdict{fault.Unavailable, "answer_too_large", Operator,
		"The bank's answer is larger than this bank's profile allows; the operator may raise max_response_bytes."}
	linkRefused = verdict{fault.Conflict, "link_refused", Operator,
		"The bank's answer links to another server or round in a circle; the listing was stopped."}
)

// apiError judges an API answer that is not a success. The status decides
// over the body: some banks send an empty listing with a 403.
func apiError(answer *answer, redact redactor) error {
	words := readWords(answer.body)
	failure := &Failure{Status: answer.status, RetryAfter: retryAfter(answer.header), Detail: redact.clean(words.text)}
	if v, ok := codeWords[words.code]; ok && answer.status >= 400 {
		return v.because(failure)
	}
	switch status := answer.status; {
	case status >= 300 && status < 400:
		return redirected.because(failure)
	case status == http.StatusUnauthorized:
		return tokenRefused.because(failure)
	case status == http.StatusForbidden && words.noConsent:
		return consentGone.because(failure)
	case status == http.StatusForbidden:
		return accessRefused.because(failure)
	case status == http.StatusNotFound:
		return notAtBank.because(failure)
	default:
		return commonError(status, requestRefused).because(failure)
	}
}

// tokenError judges a refusal of the token endpoint (RFC 6749 section 5.2).
// Some banks report a dead refresh token as 404.
func tokenError(answer *answer, grant string, redact redactor) error {
	words := readWords(answer.body)
	failure := &Failure{Status: answer.status, RetryAfter: retryAfter(answer.header), Detail: redact.clean(words.text)}
	switch {
	case words.code == "invalid_grant", answer.status == http.StatusNotFound && grant == grantRefresh:
		return grantEnded.because(failure)
	case words.code == "invalid_client", answer.status == http.StatusUnauthorized:
		return clientRefused.because(failure)
	case words.code == "invalid_scope", words.code == "unauthorized_client":
		return scopeRefused.because(failure)
	case answer.status >= 300 && answer.status < 400:
		return redirected.because(failure)
	default:
		return commonError(answer.status, tokenRequestRefused).because(failure)
	}
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

// retryAfter reads the header of RFC 9110 section 10.2.3, capped at a day.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = time.Until(at)
	}
	return min(max(wait, 0), 24*time.Hour)
}

// retriable reports whether a read that failed with err is worth repeating.
func retriable(err error) bool {
	failure, ok := errors.AsType[*Failure](err)
	if !ok || failure.Action != RetryLater {
		return false
	}
	switch failure.Status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case 0:
		return isCode(err, bankUnreachable)
	}
	return false
}

func isCode(err error, v verdict) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e.Code == v.code
}

// retryAfterOf returns how long the bank asked to wait.
func retryAfterOf(err error) time.Duration {
	if failure, ok := errors.AsType[*Failure](err); ok {
		return failure.RetryAfter
	}
	return 0
}
