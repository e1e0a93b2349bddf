package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/internal/tracing"
	"github.com/sealkeeper/sealkeeper/secret"
)

// none is the body of a request that has none.
type none struct{}

const callerKey = "caller"

// authenticate finds out who calls; nothing under /v1 is for nobody.
func (a *API) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		scheme, token, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
		if !strings.EqualFold(scheme, "Bearer") { // RFC 9110 section 11.1: case does not matter
			return fault.New(fault.Unauthenticated, "token_missing",
				"This request needs a bearer token in its Authorization header.")
		}
		caller, err := a.callerWith(c.Request().Context(), secret.NewTextString(token))
		if limited := a.limit(c, caller); err == nil {
			err = limited
		}
		if err != nil {
			return err
		}
		origin.Of(c.Request().Context()).SignedIn(caller.Name)
		tracing.Caller(c.Request().Context(), kindOf(caller))
		c.Set(callerKey, caller)
		return next(c)
	}
}

// kindOf is what is calling, for a trace: it names nobody.
func kindOf(caller access.Caller) string {
	if caller.Grant != nil {
		return "service_account"
	}
	return string(caller.Way)
}

// callerWith is whom a token belongs to: a service account or a user.
func (a *API) callerWith(ctx context.Context, token secret.Text) (access.Caller, error) {
	caller, found, err := a.Accounts.Caller(ctx, token)
	if err != nil || found {
		return caller, err
	}
	return a.Identity.Caller(ctx, token)
}

func callerOf(c echo.Context) access.Caller {
	caller, _ := c.Get(callerKey).(access.Caller) // authenticate set it; the zero caller may do nothing
	return caller
}

// serve makes a handler of a function from request body to response body, answering 200.
func serve[In, Out any](f func(request[In]) (Out, error)) echo.HandlerFunc {
	return answer(http.StatusOK, false, f)
}

// create is serve with 201.
func create[In, Out any](f func(request[In]) (Out, error)) echo.HandlerFunc {
	return answer(http.StatusCreated, false, f)
}

// decide is serve of a request whose body may be left out altogether.
func decide[In, Out any](f func(request[In]) (Out, error)) echo.HandlerFunc {
	return answer(http.StatusOK, true, f)
}

func answer[In, Out any](status int, optional bool, f func(request[In]) (Out, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		in := request[In]{echo: c, caller: callerOf(c)}
		if _, empty := any(in.body).(none); !empty && (!optional || c.Request().ContentLength != 0) {
			if err := decode(c, &in.body); err != nil {
				return err
			}
		}
		out, err := f(in)
		if err != nil {
			return err
		}
		return c.JSON(status, out)
	}
}
