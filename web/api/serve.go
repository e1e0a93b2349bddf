package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/clientcert"
	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/internal/throttle"
	"github.com/sealkeeper/sealkeeper/internal/tracing"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

// none is the body of a request that has none.
type none struct{}

const callerKey = "caller"

// authenticate finds out who calls; nothing under /v1 is for nobody.
func (a *API) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		held, err := a.credentialOf(c)
		if err != nil {
			return err
		}
		c.Set(credentialKey, held)
		caller, err := a.callerWith(c.Request().Context(), held)
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

// credential is by what a request shows who calls: a bearer token, or the client certificate that a proxy of ours has
// seen. With a token, the certificate does not count.
type credential struct {
	token       secret.Text
	certificate clientcert.Presented
}

const credentialKey = "credential"

func (a *API) credentialOf(c echo.Context) (credential, error) {
	r := c.Request()
	certificate, err := a.Accounts.TakeCertificate(r.Context(), r)
	authorization := r.Header.Get(echo.HeaderAuthorization)
	if authorization == "" && (err != nil || !certificate.Empty()) {
		return credential{certificate: certificate}, err
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") { // RFC 9110 section 11.1: case does not matter
		return credential{}, fault.New(fault.Unauthenticated, "token_missing",
			"This request needs a bearer token in its Authorization header.")
	}
	return credential{token: secret.NewTextString(token)}, nil
}

// callerWith is whom a credential belongs to: a service account or a user.
func (a *API) callerWith(ctx context.Context, held credential) (access.Caller, error) {
	if !held.certificate.Empty() {
		return a.Accounts.CertificateCaller(ctx, held.certificate)
	}
	caller, found, err := a.Accounts.Caller(ctx, held.token)
	if err != nil || found {
		return caller, err
	}
	return a.Identity.Caller(ctx, held.token)
}

// heldBy is the credential of a request that authenticate has let through.
func heldBy(c echo.Context) credential {
	held, _ := c.Get(credentialKey).(credential)
	return held
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

// each converts a list; the result is never null in JSON.
func each[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, item := range list {
		out[i] = f(item)
	}
	return out
}

// listed copies a list; the result is never null in JSON.
func listed[A any](list []A) []A { return append([]A{}, list...) }

// moment is null in JSON for a time that is not known or has not come.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// day is null in JSON for no day.
func day(d calendar.Date) *calendar.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}

// limit counts a call of a person's program and refuses it if there were too many, and says of everybody how many are
// left. Those of a service account were counted with its token.
func (a *API) limit(c echo.Context, caller access.Caller) error {
	switch {
	case caller.ID == "":
		return nil
	case caller.Grant != nil:
		if left, known := a.Accounts.Left(caller); known {
			problem.SetRateLimit(c, "service-account", left.Most, left.Window, left.Left, left.Full)
		}
		return nil
	}
	left, full, err := a.Calls.Call(caller.ID)
	problem.SetRateLimit(c, "person", throttle.Calls.Most, throttle.Calls.Window(), left, full)
	return err
}
