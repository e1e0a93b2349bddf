// Package fault is the error vocabulary of Sealkeeper: a few kinds of error, each with a
// stable code, one sentence for the person who reads it, and the cause for the log.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what sort of failure an error is. It is itself an error, so that
// errors.Is(err, fault.NotFound) works through any wrapping.
type Kind string

// The kinds. Package api gives each an HTTP status.
const (
	Invalid         Kind = "invalid"         // the input is wrong; the message says how
	Unauthenticated Kind = "unauthenticated" // nobody is signed in
	Denied          Kind = "denied"          // the caller may not do this
	NotFound        Kind = "not_found"       // no such thing, or not for this caller
	Conflict        Kind = "conflict"        // it is in a state that forbids this
	TooLarge        Kind = "too_large"       // the input exceeds a bound
	Unavailable     Kind = "unavailable"     // something needed is down; try again
	Internal        Kind = "internal"        // a mistake in Sealkeeper
)

// Error implements error.
func (k Kind) Error() string { return string(k) }

// Error is a failure with a sentence for the user and a cause for the log.
type Error struct {
	Kind    Kind
	Code    string   // stable, machine readable, snake_case
	Message string   // one sentence for the user that says what to do; never a secret
	Args    []string // the values in Message, in order, for catalogues of other languages
	Case    string   // which of a code's sentences it is, for the same; empty where one translation does for all
	Cause   error    // for the log only
	Request string   // id of the request at the service that answered with it; empty: it was made here

	After time.Duration // how long to wait before trying again; 0: not known

	outline string
}

// Outline is the sentence with "…" in the place of each value: what may be kept for ever of one whose values come from
// requests. It is empty for an error that nobody made with New or Wrap, or that is nothing but a value.
func (e *Error) Outline() string { return e.outline }

// left stands for a value that is left out, whatever its verb.
type left struct{}

// Format implements fmt.Formatter.
func (left) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("…")) }

func outline(format string, values int) string {
	blanks := make([]any, values)
	for i := range blanks {
		blanks[i] = left{}
	}
	text := fmt.Sprintf(format, blanks...)
	if strings.Trim(text, "…: .") == "" {
		return ""
	}
	return text
}

// RetryAfter sets how long to wait before trying again: at least a second.
func (e *Error) RetryAfter(wait time.Duration) *Error {
	e.After = max(wait, time.Second)
	return e
}

// New makes an error without a cause.
func New(kind Kind, code, format string, args ...any) *Error {
	return Wrap(nil, kind, code, format, args...)
}

// Wrap makes an error that keeps its cause for the log.
func Wrap(cause error, kind Kind, code, format string, args ...any) *Error {
	return &Error{
		Kind:    kind,
		Code:    code,
		Message: fmt.Sprintf(format, args...),
		Args:    texts(args),
		Cause:   cause,
		outline: outline(format, len(args)),
	}
}

func texts(args []any) []string {
	var all []string
	for _, a := range args {
		all = append(all, fmt.Sprint(a))
	}
	return all
}

// Error is the text for the log: message and cause.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

// Is lets errors.Is compare an error with a Kind.
func (e *Error) Is(target error) bool { return target == error(e.Kind) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Public returns what may leave the program: kind, code and message of the
// outermost Error in err's chain. An error of any other type is Internal and
// its text stays inside.
func Public(err error) (Kind, string, string) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind, e.Code, e.Message
	}
	return Internal, "internal", "Something went wrong on our side; the log has the details."
}

// Code is the code that Public returns; empty for no error.
func Code(err error) string {
	if err == nil {
		return ""
	}
	_, code, _ := Public(err)
	return code
}

// Sentence is the message that Public returns; empty for no error.
func Sentence(err error) string {
	if err == nil {
		return ""
	}
	_, _, message := Public(err)
	return message
}
