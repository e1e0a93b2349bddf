package pis

import (
	"net/http"
	"slices"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
)

// The classes of failure of a call that changes a payment. Such a call is never simply repeated.
var (
	outcomeUnknown = failure.NewClass(fault.Unavailable, "outcome_unknown", failure.CheckStatus,
		"The bank may or may not have taken the payment; read its status before anything else, and never send it "+
			"again under another id.")
	paymentInvalid = failure.NewClass(fault.Invalid, "payment_refused_as_invalid", failure.Bug,
		"The bank rejected the payment request as invalid; correct it. The log has the bank's words.")
	confirmationRefused = failure.NewClass(fault.Conflict, "confirmation_refused", failure.CheckStatus,
		"The bank refused the confirmation: the customer has not authenticated, or it was already confirmed; read "+
			"the payment's status.")
	changeRefused = failure.NewClass(fault.Conflict, "payment_change_refused", failure.CheckStatus,
		"The bank refused the change; a payment can only be cancelled, and only while the bank allows it. Read the "+
			"payment's status.")
	stateConflict = failure.NewClass(fault.Conflict, "payment_state_conflict", failure.CheckStatus,
		"The payment is in a state that forbids this; read its status.")
	creationUnusable = failure.NewClass(fault.Unavailable, "payment_creation_unusable", failure.CheckStatus,
		"The bank took the payment request but gave no page for the customer to approve it on; nothing will be paid "+
			"without that. Start a new payment.")
)

// operation is what a call does to a payment.
type operation string

const (
	create  operation = "create"
	confirm operation = "confirm"
	change  operation = "change"
)

// writeError classifies the refusal of a call that changes a payment. A server that
// reports a failure may still have carried it out.
func writeError(r failure.Refusal, by operation) error {
	_, interbank := r.Interbank()
	switch {
	case r.Status >= 500 || r.Status == http.StatusRequestTimeout:
		return r.Because(outcomeUnknown)
	case r.Status == http.StatusBadRequest && !r.ComplainsOfSignature() && !interbank:
		return r.Because(paymentInvalid)
	case r.Status == http.StatusForbidden && by == confirm:
		return r.Because(confirmationRefused)
	case r.Status == http.StatusForbidden && by == change:
		return r.Because(changeRefused)
	case r.Status == http.StatusConflict:
		return r.Because(stateConflict)
	}
	return r.ResourceError()
}

// Unclear reports whether err is a write with an unknown outcome. It must not be sent
// again before the payment's status was read.
func Unclear(err error) bool { return outcomeUnknown.Is(err) }

// RecordedRefusal is the error of a write that the bank refused, from its record, so
// that a repeated request is answered like the first.
func RecordedRefusal(code, sentence string) error {
	kind := fault.Conflict
	known := []failure.Class{
		paymentInvalid, creationUnusable, outcomeUnknown,
		failure.NoAccount, failure.NotAtBank, failure.NotOffered, failure.RequestRefused,
		mtls.AnswerTooLarge, failure.Unreadable,
	}
	if i := slices.IndexFunc(known, func(c failure.Class) bool { return c.Code == code }); i >= 0 {
		kind = known[i].Kind
	}
	return fault.New(kind, code, "%s", sentence)
}

// NotSentError wraps the error of a write that was never sent. Repeating it is safe.
type NotSentError struct{ Err error }

// Error implements error.
func (e *NotSentError) Error() string { return "not sent: " + e.Err.Error() }

// Unwrap returns the error below.
func (e *NotSentError) Unwrap() error { return e.Err }
