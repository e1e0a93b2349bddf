package connector

// Unclear reports whether err is a write whose outcome nobody knows: it must
// not be sent again before the payment's status was read.
func Unclear(err error) bool { return isCode(err, outcomeUnknown) }

// NotSentError is around the error of a write that never left: repeating it is safe.
type NotSentError struct{ Err error }

// Error implements error.
func (e *NotSentError) Error() string { return "not sent: " + e.Err.Error() }

// Unwrap returns the error below.
func (e *NotSentError) Unwrap() error { return e.Err }
