// Package problem turns errors into HTTP: the one place where a fault's kind
// becomes a status, and where what stays inside is held back.
package problem

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
)

// ContentType is the media type of RFC 9457.
const ContentType = "application/problem+json"

// Problem is the body of every error of the API (RFC 9457).
type Problem struct {
	Type   string `json:"type"`   // always "about:blank": the code says what it is
	Title  string `json:"title"`  // the HTTP status in words
	Status int    `json:"status"` // the HTTP status
	Code   string `json:"code"`   // stable, machine readable
	Detail string `json:"detail"` // one sentence for people
}

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

// Of describes an error as far as it may leave the program.
func Of(err error) Problem {
	// Echo's own errors: no such route, wrong method, unreadable JSON.
	if e, ok := errors.AsType[*echo.HTTPError](err); ok && e.Code < http.StatusInternalServerError {
		return Problem{
			Type:   "about:blank",
			Title:  http.StatusText(e.Code),
			Status: e.Code,
			Code:   "http_error",
			Detail: "The request cannot be served: " + http.StatusText(e.Code) + ".",
		}
	}
	kind, code, message := fault.Public(err)
	status, known := statuses[kind]
	if !known {
		status = http.StatusInternalServerError
	}
	return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: message}
}

// Write answers with the error as JSON.
func Write(c echo.Context, err error) error {
	p := Of(err)
	c.Response().Header().Set(echo.HeaderContentType, ContentType)
	if p.Status == http.StatusUnauthorized {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="sealkeeper"`)
	}
	if c.Request().Method == http.MethodHead {
		return c.NoContent(p.Status)
	}
	return c.JSON(p.Status, p)
}

// SetRetryAfter says when to try again (RFC 9110 section 10.2.3), where the error knows.
func SetRetryAfter(c echo.Context, err error) {
	if e, ok := errors.AsType[*fault.Error](err); ok && e.After > 0 {
		seconds := int64((e.After + time.Second - 1) / time.Second)
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.FormatInt(seconds, 10))
	}
}
