// Package problem turns errors into HTTP answers: the one place where what stays inside is held back.
package problem

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/internal/tracing"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Of describes an error as far as it may leave the program. Which request it was, Write adds.
func Of(err error) api.Problem {
	// Echo's own errors: no such route, wrong method, unreadable JSON.
	if e, ok := errors.AsType[*echo.HTTPError](err); ok && e.Code < http.StatusInternalServerError {
		return api.Problem{
			Type:   api.ProblemTypes + "http_error",
			Title:  http.StatusText(e.Code),
			Status: e.Code,
			Code:   "http_error",
			Detail: "The request cannot be served: " + http.StatusText(e.Code) + ".",
		}
	}
	kind, code, message := fault.Public(err)
	status := api.Status(kind, code)
	return api.Problem{
		Type:   api.ProblemTypes + code,
		Title:  http.StatusText(status),
		Status: status,
		Code:   code,
		Detail: message,
	}
}

// Write answers with the error as JSON.
func Write(c echo.Context, err error) error {
	p := Of(err)
	p.RequestID = origin.Of(c.Request().Context()).Request
	p.TraceID = tracing.ID(c.Request().Context())
	c.Response().Header().Set(echo.HeaderContentType, api.ProblemType)
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
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.FormatInt(seconds(e.After), 10))
	}
}
