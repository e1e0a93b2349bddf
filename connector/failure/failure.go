// Package failure answers one question: what has gone wrong at the bank, and who
// can do something about it? It reads what banks answer in place of a success,
// whatever its shape, and keeps of it what may be logged.
package failure

import (
	"fmt"
	"time"
)

// Action is what somebody has to do about a failure.
type Action string

// The actions.
const (
	NewConsent   Action = "new_consent"   // the customer goes through the bank's consent again
	RefreshToken Action = "refresh_token" // once; then a new consent
	RetryLater   Action = "retry_later"   // nothing is wrong with us; Failure.RetryAfter says when
	CheckStatus  Action = "check_status"  // the outcome is unknown or in doubt: read it before anything else
	Operator     Action = "operator"      // a certificate, a credential or the profile is wrong
	Terminal     Action = "terminal"      // nothing helps until the customer has spoken to the bank
	Bug          Action = "bug"           // the request was wrong; tell whoever wrote it
)

// Failure is the cause of every error that a bank's answer, or its silence,
// gave rise to: find it with errors.As. The *fault.Error around it has the
// stable code and the sentence for the user.
type Failure struct {
	Code       string // the stable code, as in the *fault.Error around it
	Action     Action
	Status     int           // HTTP status; 0 when there was no answer
	RetryAfter time.Duration // how long to wait, where that is known; else 0
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
