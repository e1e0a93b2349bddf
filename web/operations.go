package web

import (
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault"
)

// readyTimeout bounds what /readyz waits for one part.
const readyTimeout = 3 * time.Second

type partState struct {
	OK      bool   `json:"ok"`
	Message string `json:"message,omitempty"`
	Warning string `json:"warning,omitempty"`
}

// readyz says which parts are up: 200 when all are, 503 when one is not. A warning makes none unready.
func readyz(parts []Part) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(c.Request().Context(), readyTimeout)
		defer cancel()
		errs := make([]error, len(parts))
		var asked sync.WaitGroup // all at once: one that hangs makes no other late
		for i, part := range parts {
			asked.Go(func() { errs[i] = part.Health(ctx) })
		}
		asked.Wait()
		status, states := http.StatusOK, map[string]partState{}
		for i, part := range parts {
			state := partState{OK: true}
			if errs[i] != nil {
				state, status = partState{Message: fault.Sentence(errs[i])}, http.StatusServiceUnavailable
			}
			if part.Warning != nil {
				if err := part.Warning(); err != nil {
					state.Warning = fault.Sentence(err)
				}
			}
			states[part.Name] = state
		}
		return c.JSON(status, states)
	}
}

var publishedPath = regexp.MustCompile(`^/\.well-known/qsealc_([0-9a-f]{64})$`)

// publishedCertificate serves signing certificates where the keyId of our
// signatures points: text/plain, no redirect, the name ending in the SHA-256
// of the certificate (STET framework section 3.5.1.2).
func publishedCertificate(v *vault.Vault) echo.HandlerFunc {
	return func(c echo.Context) error {
		match := publishedPath.FindStringSubmatch(c.Request().URL.Path) // decoded, which the route's parameter is not
		if match == nil {
			return echo.ErrNotFound
		}
		pem, err := v.Published(c.Request().Context(), match[1])
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, pem)
	}
}

// metrics counts and times requests by route, never by URL: those hold ids.
type metrics struct{ seconds *prometheus.HistogramVec }

func newMetrics(registry *prometheus.Registry) metrics {
	m := metrics{seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "sealkeeper_http_request_duration_seconds",
		Help:    "Time to answer, by route and status.",
		Buckets: prometheus.DefBuckets,
	}, []string{"method", "route", "status"})}
	registry.MustRegister(m.seconds)
	return m
}

func (m metrics) middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		status := strconv.Itoa(c.Response().Status)
		m.seconds.WithLabelValues(method(c), c.Path(), status).Observe(time.Since(start).Seconds())
		return err
	}
}

// method keeps made-up methods from making up time series.
func method(c echo.Context) string {
	switch m := c.Request().Method; m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete:
		return m
	}
	return "other"
}

func metricsHandler(registry *prometheus.Registry) echo.HandlerFunc {
	return echo.WrapHandler(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
}

// accessLog writes one line per request. It names the route, not the URL: a
// query may hold a sign-in token or an OAuth code.
func accessLog(logger *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			err := next(c)
			logger.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
				slog.String("method", c.Request().Method),
				slog.String("route", c.Path()),
				slog.Int("status", c.Response().Status),
				slog.Duration("took", time.Since(start)))
			return err
		}
	}
}
