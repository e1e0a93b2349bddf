// Package web assembles the HTTP server: the console, the API and what
// operators probe. Browser routes and machine routes have different defences; both
// end in the same error handler.
package web

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/api"
	"github.com/sealkeeper/sealkeeper/web/ui"
)

// Part is something the service needs, for /readyz.
type Part struct {
	Name    string
	Health  func(ctx context.Context) error
	Warning func() error // what will be in the way before long; may be nil
}

// Config is what the server is made of. Every field is required.
type Config struct {
	API     *api.API
	UI      *ui.UI
	Vault   *vault.Vault
	Parts   []Part
	Metrics *prometheus.Registry
	Logger  *slog.Logger
	Limits  Limits
}

// New returns the handler of the whole server.
func New(cfg Config) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = errorHandler(cfg)
	e.Use(newMetrics(cfg.Metrics).middleware, accessLog(cfg.Logger), securityHeaders, answerErrors,
		newGate(cfg.Limits).middleware, textPaths,
		otherMethods(e), recovered())

	read := []string{http.MethodGet, http.MethodHead} // probes and banks use either
	e.Match(read, "/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.Match(read, "/readyz", readyz(cfg.Parts))
	e.Match(read, "/.well-known/:name", publishedCertificate(cfg.Vault))
	e.GET("/metrics", metricsHandler(cfg.Metrics))
	cfg.API.Register(e)
	cfg.UI.Register(e)
	return e
}
