package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"go.opentelemetry.io/otel/trace"

	"github.com/sealkeeper/sealkeeper/internal/tracing"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

// answerErrors answers failed requests before log and metrics look at the status.
func answerErrors(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := next(c); err != nil {
			c.Error(err)
		}
		return nil
	}
}

// errorHandler answers a request that failed: with a page to a browser, with
// problem+json to everything else.
func errorHandler(cfg Config) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		ctx := c.Request().Context()
		p := problem.Of(err)
		if p.Status >= http.StatusInternalServerError {
			level := slog.LevelError
			tracing.Failed(trace.SpanFromContext(ctx), p.Code)
			if ctx.Err() != nil { // the client has gone, and the failure comes of that
				level = slog.LevelInfo
			}
			cfg.Logger.LogAttrs(ctx, level, "request failed",
				slog.String("route", c.Path()), slog.String("code", p.Code), slog.String("error", err.Error()))
		}
		if c.Response().Committed {
			return
		}
		problem.SetRetryAfter(c, err)
		answer := problem.Write
		if forBrowser(c) {
			answer = cfg.UI.ErrorPage
		}
		if failed := answer(c, err); failed != nil {
			cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "answer not sent",
				slog.String("route", c.Path()),
				slog.String("error", failed.Error()))
			if !c.Response().Committed { // an error must not look like an empty success
				_ = problem.Write(c, err)
			}
		}
	}
}

func forBrowser(c echo.Context) bool {
	return !strings.HasPrefix(c.Request().URL.Path, "/v1/") &&
		strings.Contains(c.Request().Header.Get(echo.HeaderAccept), "text/html")
}

// recovered makes an error of a panic, with the stack for the log.
func recovered() echo.MiddlewareFunc {
	return middleware.RecoverWithConfig(middleware.RecoverConfig{
		DisableStackAll:     true,
		DisableErrorHandler: true,
		LogErrorFunc: func(_ echo.Context, err error, stack []byte) error {
			return fmt.Errorf("panic: %s\n%s", err.Error(), stack) // not wrapped: whatever it was, it is our mistake
		},
	})
}

// textPaths refuses paths that name nothing: PostgreSQL takes neither NUL nor
// what is not UTF-8, and says so in a way that looks like an outage.
func textPaths(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if path := c.Request().URL.Path; !utf8.ValidString(path) || strings.ContainsRune(path, 0) {
			return echo.ErrNotFound
		}
		return next(c)
	}
}

// otherMethods answers 405 where a path is there for other methods only. The
// router says 404: it prefers the catch-all route that every group with middleware has.
func otherMethods(e *echo.Echo) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := next(c)
			if !errors.Is(err, echo.ErrNotFound) || !strings.HasSuffix(c.Path(), "/*") {
				return err
			}
			allowed := methodsOf(e, c.Request())
			if allowed == nil {
				return err
			}
			c.Response().Header().Set(echo.HeaderAllow, strings.Join(allowed, ", ")) // RFC 9110 section 15.5.6
			return echo.ErrMethodNotAllowed
		}
	}
}

// methodsOf returns the methods for which the request's path is routed.
func methodsOf(e *echo.Echo, r *http.Request) []string {
	var allowed []string
	for _, method := range []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete,
	} {
		c := e.NewContext(r, nil)
		if e.Router().Find(method, echo.GetPath(r), c); c.Path() != "" && !strings.HasSuffix(c.Path(), "/*") {
			allowed = append(allowed, method)
		}
	}
	return allowed
}
