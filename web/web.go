// Package web assembles the HTTP server: the console, the API and what
// operators probe. Browser routes and machine routes have different defences; both
// end in the same error handler.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/api"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/reference"
	"github.com/sealkeeper/sealkeeper/web/ui"
)

// Part is something the service needs, for /readyz.
type Part struct {
	Name    string
	Health  func(ctx context.Context) error
	Warning func() error // what will be in the way before long; may be nil
}

// Config is what the server is made of. Every field but Proxies is required.
type Config struct {
	API     *api.API
	Manual  *reference.Reference
	UI      *ui.UI
	Vault   *vault.Vault
	Parts   []Part
	Metrics *prometheus.Registry
	Logger  *slog.Logger
	Limits  Limits
	Proxies []netip.Prefix // our own, which may say for whom they ask
	Traces  trace.TracerProvider
	Apart   bool // readiness and metrics are asked of Operators alone
}

// New returns the handler of the whole server.
func New(cfg Config) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = clientAddress(cfg.Proxies)
	e.HTTPErrorHandler = errorHandler(cfg)
	e.Use(original, traced(cfg.Traces, cfg.Proxies), newMetrics(cfg.Metrics).middleware, accessLog(cfg.Logger),
		securityHeaders, answerErrors,
		newGate(cfg.Limits).middleware, textPaths,
		otherMethods(e), recovered())

	e.Match(read, "/healthz", healthz)
	if !cfg.Apart {
		operations(e, cfg)
	}
	e.Match(read, "/.well-known/:name", publishedCertificate(cfg.Vault))
	cfg.API.Register(e)
	cfg.Manual.Register(e)
	cfg.UI.Register(e)
	return e
}

// Operators returns the handler of a listener of their own: whether the process is alive and ready, and the metrics.
func Operators(cfg Config) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = func(err error, c echo.Context) { _ = problem.Write(c, err) }
	e.Use(securityHeaders, recovered())
	e.Match(read, "/healthz", healthz)
	operations(e, cfg)
	return e
}

// read are the methods that probes and banks use.
var read = []string{http.MethodGet, http.MethodHead}

func healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

func operations(e *echo.Echo, cfg Config) {
	e.Match(read, "/readyz", readyz(cfg.Parts))
	e.GET("/metrics", metricsHandler(cfg.Metrics))
}
