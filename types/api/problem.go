package api

import (
	"net/http"

	"github.com/sealkeeper/sealkeeper/fault"
)

// ProblemType is the media type of a Problem.
const ProblemType = "application/problem+json"

// Problem is the body of every error (RFC 9457).
type Problem struct {
	Type   string `json:"type"`   // always "about:blank": the code says what it is
	Title  string `json:"title"`  // the HTTP status in words
	Status int    `json:"status"` // the HTTP status
	Code   string `json:"code"`   // stable, for programs; docs/api.md lists them
	Detail string `json:"detail"` // one sentence for people that says what to do
}

// statuses are the HTTP statuses that kinds of errors are answered with.
var statuses = map[fault.Kind]int{
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Denied:          http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Internal:        http.StatusInternalServerError,
}

// Status returns the HTTP status that an error of the kind is answered with.
func Status(kind fault.Kind) int {
	if status, known := statuses[kind]; known {
		return status
	}
	return http.StatusInternalServerError
}

// Kind returns the kind of the error that an HTTP status stands for. One that the service does not
// answer with comes from something in front of it: what that cannot reach may be there later.
func Kind(status int) fault.Kind {
	for kind, s := range statuses {
		if s == status {
			return kind
		}
	}
	if status >= http.StatusInternalServerError || status == http.StatusTooManyRequests {
		return fault.Unavailable
	}
	return fault.Invalid
}
