// Package web assembles the HTTP server: the console, the API and what
// operators probe. Browser routes and machine routes have different defences; both
// end in the same error handler.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/api"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui"
)

// Part is something the service needs, for /readyz.
type Part struct {
	Name   string
	Health func(ctx context.Context) error
}

// Config is what the server is made of. Every field is required.
type Config struct {
	API     *api.API
	UI      *ui.UI
	Vault   *vault.Vault
	Parts   []Part
	Metrics *prometheus.Registry
	Logger  *slog.Logger
}

// New returns the handler of the whole server.
func New(cfg Config) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = errorHandler(cfg)
	e.Use(newMetrics(cfg.Metrics).middleware, accessLog(cfg.Logger), securityHeaders, middleware.Recover())

	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", readyz(cfg.Parts))
	e.GET("/metrics", metricsHandler(cfg.Metrics))
	e.GET("/.well-known/:name", publishedCertificate(cfg.Vault))
	cfg.API.Register(e)
	cfg.UI.Register(e)
	return e
}

// errorHandler answers a request that failed: with a page to a browser, with
// problem+json to everything else.
func errorHandler(cfg Config) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		if p := problem.Of(err); p.Status >= http.StatusInternalServerError {
			cfg.Logger.LogAttrs(c.Request().Context(), slog.LevelError, "request failed",
				slog.String("route", c.Path()), slog.String("code", p.Code), slog.String("error", err.Error()))
		}
		if c.Response().Committed {
			return
		}
		answer := problem.Write
		if forBrowser(c) {
			answer = cfg.UI.ErrorPage
		}
		if err := answer(c, err); err != nil && !errors.Is(err, context.Canceled) {
			cfg.Logger.LogAttrs(c.Request().Context(), slog.LevelWarn, "answer not sent", slog.String("error", err.Error()))
		}
	}
}

func forBrowser(c echo.Context) bool {
	return !strings.HasPrefix(c.Request().URL.Path, "/v1/") && strings.Contains(c.Request().Header.Get(echo.HeaderAccept), "text/html")
}
