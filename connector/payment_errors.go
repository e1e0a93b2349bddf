package connector

import (
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Unclear reports whether err is a write whose outcome nobody knows: it must
// not be sent again before the payment's status was read.
func Unclear(err error) bool { return isCode(err, outcomeUnknown) }

// RefusedBefore is the error of a write that the bank refused, as it was recorded:
// the same request again is answered like the first.
func RefusedBefore(code, sentence string) error {
	kind := fault.Conflict
	known := []verdict{
		paymentInvalid, creationUnusable, outcomeUnknown, noAccount, notAtBank, notOffered, requestRefused,
		answerTooLarge, unreadable,
	}
	if i := slices.IndexFunc(known, func(v verdict) bool { return v.code == code }); i >= 0 {
		kind = known[i].kind
	}
	return fault.New(kind, code, "%s", sentence)
}

// NotSentError is around the error of a write that never left: repeating it is safe.
type NotSentError struct{ Err error }

// Error implements error.
func (e *NotSentError) Error() string { return "not sent: " + e.Err.Error() }

// Unwrap returns the error below.
func (e *NotSentError) Unwrap() error { return e.Err }
