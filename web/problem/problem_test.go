package problem_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

func TestOf(t *testing.T) {
	internal := api.Problem{
		Type:   "/reference/errors/internal",
		Title:  "Internal Server Error",
		Status: 500,
		Code:   "internal",
		Detail: "Something went wrong on our side; the log has the details.",
	}
	for _, test := range []struct {
		name string
		err  error
		want api.Problem
	}{
		{"ours", fault.Wrap(errors.New("hunter2"), fault.Conflict, "not_ready", "Not yet."),
			api.Problem{
				Type:   "/reference/errors/not_ready",
				Title:  "Conflict",
				Status: 409,
				Code:   "not_ready",
				Detail: "Not yet.",
			}},
		{"ours, wrapped", fmt.Errorf("hunter2: %w", fault.New(fault.NotFound, "not_found", "No.")),
			api.Problem{
				Type:   "/reference/errors/not_found",
				Title:  "Not Found",
				Status: 404,
				Code:   "not_found",
				Detail: "No.",
			}},
		{"Echo's", echo.NewHTTPError(http.StatusMethodNotAllowed, "hunter2"),
			api.Problem{
				Type:   "/reference/errors/http_error",
				Title:  "Method Not Allowed",
				Status: 405,
				Code:   "http_error",
				Detail: "The request cannot be served: Method Not Allowed.",
			}},
		{"Echo's for a fault of the server", echo.NewHTTPError(http.StatusBadGateway, "hunter2"), internal},
		{"any other", errors.New("hunter2"), internal},
		{"a kind nobody knows", fault.New("odd", "odd", "Odd."), api.Problem{
			Type:   "/reference/errors/odd",
			Title:  "Internal Server Error",
			Status: 500,
			Code:   "odd",
			Detail: "Odd.",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, problem.Of(test.err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryKindHasItsStatus(t *testing.T) {
	for kind, status := range map[fault.Kind]int{
		fault.Invalid:         422,
		fault.Unauthenticated: 401,
		fault.Denied:          403,
		fault.NotFound:        404,
		fault.Conflict:        409,
		fault.TooLarge:        413,
		fault.Unavailable:     503,
		fault.Internal:        500,
	} {
		if got := problem.Of(fault.New(kind, "x", "x")).Status; got != status {
			t.Errorf("%s is %d, want %d", kind, got, status)
		}
	}
}

func TestWrite(t *testing.T) {
	for _, test := range []struct {
		name, method string
		err          error
		authenticate string
		empty        bool
	}{
		{"nobody", "GET", fault.New(fault.Unauthenticated, "token_missing", "Who?"),
			`Bearer realm="sealkeeper"`, false},
		{"refused", "GET", fault.New(fault.Denied, "not_permitted", "No."), "", false},
		{"refused without a body", "HEAD", fault.New(fault.Denied, "not_permitted", "No."), "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			ctx := origin.Begin(t.Context(), "192.0.2.1")
			c := echo.New().NewContext(httptest.NewRequestWithContext(ctx, test.method, "/", nil), w)
			if err := problem.Write(c, test.err); err != nil {
				t.Fatal(err)
			}
			if got := w.Header().Get("WWW-Authenticate"); got != test.authenticate {
				t.Errorf("WWW-Authenticate is %q, want %q", got, test.authenticate)
			}
			if w.Header().Get("Content-Type") != "application/problem+json" || (w.Body.Len() == 0) != test.empty ||
				w.Code != problem.Of(test.err).Status ||
				!test.empty && !strings.Contains(w.Body.String(), `"request_id":"`+origin.Of(ctx).Request+`"`) {
				t.Errorf("got %d %s %s", w.Code, w.Header(), w.Body)
			}
		})
	}
}
