package api

import (
	"net/http"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
)

// ProblemType is the media type of a Problem.
const ProblemType = "application/problem+json"

// ProblemTypes begins the type of every Problem, which its code ends. It is relative to the server that answered, which
// has a page there.
const ProblemTypes = "/reference/errors/"

// Problem is the body of every error (RFC 9457).
type Problem struct {
	Type      string `json:"type"`       // ProblemTypes and the code
	Title     string `json:"title"`      // the HTTP status in words
	Status    int    `json:"status"`     // the HTTP status
	Code      string `json:"code"`       // stable, for programs; web/reference/errors.md lists them
	Detail    string `json:"detail"`     // one sentence for people that says what to do
	RequestID string `json:"request_id"` // what the service's log and audit log call the request
	// of the trace that the request belongs to, where it is traced
	TraceID string `json:"trace_id,omitempty"`
}

// statuses are the HTTP statuses of the kinds of error.
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

// limits are the codes of those who have asked for too much. They have a status of their own, so that a load balancer
// does not take a replica out of use because of it.
var limits = []string{"calls_too_often", "service_quota_reached", "service_rate_limited", "too_often"}

// Status returns the HTTP status of an error, 429 (RFC 6585, section 4) of one that says that a limit is reached.
func Status(kind fault.Kind, code string) int {
	if kind == fault.Unavailable && slices.Contains(limits, code) {
		return http.StatusTooManyRequests
	}
	if status, known := statuses[kind]; known {
		return status
	}
	return http.StatusInternalServerError
}

// Kind returns the kind of error of an HTTP status. A status that the service does not use comes from
// something in front of it, such as a proxy that cannot reach the service; repeating the call may help.
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
