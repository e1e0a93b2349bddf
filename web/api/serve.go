package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/internal/secret"
)

// maxJSON bounds the body of a JSON request, in bytes.
const maxJSON = 64 << 10

// none is the body of a request that has none.
type none struct{}

const callerKey = "caller"

// authenticate finds out who calls; nothing under /v1 is for nobody.
func (a *API) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		scheme, token, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
		if !strings.EqualFold(scheme, "Bearer") { // RFC 9110 section 11.1: case does not matter
			return fault.New(fault.Unauthenticated, "token_missing", "This request needs a bearer token in its Authorization header.")
		}
		caller, err := a.Identity.Caller(c.Request().Context(), secret.NewTextString(token))
		if err != nil {
			return err
		}
		c.Set(callerKey, caller)
		return next(c)
	}
}

func callerOf(c echo.Context) access.Caller {
	caller, _ := c.Get(callerKey).(access.Caller) // authenticate set it; the zero caller may do nothing
	return caller
}

// serve makes a handler of a function from request body to response body, answering 200.
func serve[In, Out any](f func(request[In]) (Out, error)) echo.HandlerFunc {
	return answer(http.StatusOK, f)
}

// create is serve with 201.
func create[In, Out any](f func(request[In]) (Out, error)) echo.HandlerFunc {
	return answer(http.StatusCreated, f)
}

func answer[In, Out any](status int, f func(request[In]) (Out, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		in := request[In]{echo: c, caller: callerOf(c)}
		_, empty := any(in.body).(none)
		if _, optional := any(in.body).(interface{ optional() }); optional && c.Request().ContentLength == 0 {
			empty = true
		}
		if !empty {
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

// decode reads one JSON object. Names it does not know are refused: a misspelt
// field must not silently keep an old value.
func decode(c echo.Context, into any) error {
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxJSON))
	defer clear(body)
	if err == nil {
		err = unmarshal(body, into)
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Wrap(err, fault.TooLarge, "body_too_large", "The request body is larger than %d KB.", maxJSON>>10)
	}
	if err != nil {
		// The decoder's text may quote the body, which may hold a secret.
		return fault.New(fault.Invalid, "json_invalid", "The request body is not the JSON object this endpoint expects; see the API description.")
	}
	return nil
}

func unmarshal(body []byte, into any) error {
	if bytes.Contains(body, []byte(`\u0000`)) {
		return errors.New("there is a NUL, which PostgreSQL does not take as text")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the JSON object")
	}
	return nil
}
