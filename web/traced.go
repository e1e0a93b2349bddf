package web

import (
	"net/http"
	"net/netip"
	"slices"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/internal/tracing"
)

// traced makes a span of each request but probes. It goes on with a trace that one of our own proxies names; what
// anybody else names is not believed, since it decides what is recorded.
func traced(provider trace.TracerProvider, proxies []netip.Prefix) echo.MiddlewareFunc {
	tracer := provider.Tracer(tracing.Scope)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if slices.Contains(probes, c.Path()) {
				return next(c)
			}
			r, method := c.Request(), method(c)
			ctx := r.Context()
			if fromProxy(r, proxies) {
				ctx = tracing.Extract(ctx, r.Header)
			}
			// Neither path nor query: they have ids, account numbers and one-time tokens.
			ctx, span := tracer.Start(ctx, method+" "+c.Path(), trace.WithSpanKind(trace.SpanKindServer),
				trace.WithAttributes(
					attribute.String("http.request.method", method),
					attribute.String("http.route", c.Path()),
					attribute.String("sealkeeper.request_id", origin.Of(ctx).Request)))
			defer span.End()
			c.SetRequest(r.WithContext(ctx))
			err := next(c)
			status := c.Response().Status
			span.SetAttributes(attribute.Int("http.response.status_code", status))
			if status >= http.StatusInternalServerError {
				tracing.Failed(span, http.StatusText(status))
			}
			return err
		}
	}
}

// fromProxy reports whether a request comes from one of our own proxies.
func fromProxy(r *http.Request, proxies []netip.Prefix) bool {
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && slices.ContainsFunc(proxies, func(p netip.Prefix) bool {
		return p.Contains(address.Addr().Unmap())
	})
}
