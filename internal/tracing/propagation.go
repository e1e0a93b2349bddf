package tracing

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
)

// parent is the header that says which trace a request belongs to (W3C Trace Context section 3.2). Its companion,
// tracestate, is what others keep for themselves: it is neither read nor passed on.
const parent = "Traceparent"

// Inject has whoever is asked know which trace it is for.
func Inject(ctx context.Context, header http.Header) {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	if value := carrier.Get("traceparent"); value != "" {
		header.Set(parent, value)
	}
}

// Extract continues the trace that the header of a request names. What it says is to be believed: it decides what is
// recorded, and joins what it names.
func Extract(ctx context.Context, header http.Header) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": header.Get(parent)})
}
