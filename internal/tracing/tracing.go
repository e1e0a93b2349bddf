// Package tracing answers one question: what was done for this request, where, and for how long? Spans are of
// OpenTelemetry; where nobody collects them, they cost next to nothing. A span has names of routes, engines, tables and
// hosts, statuses and codes. It never has what a person typed, a path, a query, a statement, a name
// or the text of an error.
package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Scope is the name under which spans of this program are known.
const Scope = "github.com/sealkeeper/sealkeeper"

// Start begins a span of something that is asked of somebody else, below the span of ctx. Where that is not recorded,
// neither is this one.
func Start(ctx context.Context, name string, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, trace.SpanFromContext(context.Background())
	}
	return parent.TracerProvider().Tracer(Scope).Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attributes...))
}

// Recording reports whether what is done with ctx is recorded, for who would prepare something for Start in vain.
func Recording(ctx context.Context) bool { return trace.SpanFromContext(ctx).IsRecording() }

// End ends a span; of an error it has the code alone.
func End(span trace.Span, err error) {
	if err != nil && span.IsRecording() {
		code := fault.Code(err)
		Failed(span, code)
	}
	span.End()
}

// Failed notes that the work of a span failed, and the code of why.
func Failed(span trace.Span, code string) {
	span.SetAttributes(attribute.String("error.type", code))
	span.SetStatus(codes.Error, code)
}

// Caller notes on the span of ctx what kind of caller it is for: a person at the console, a token, a service account.
// It names nobody.
func Caller(ctx context.Context, kind string) {
	if kind != "" {
		trace.SpanFromContext(ctx).SetAttributes(attribute.String("sealkeeper.caller", kind))
	}
}

// Answered ends the span of an HTTP request that was sent to somebody: with a status, or with an error and none.
func Answered(span trace.Span, status int, err error) {
	if !span.IsRecording() {
		return
	}
	if status != 0 {
		span.SetAttributes(attribute.Int("http.response.status_code", status))
	}
	switch {
	case err != nil:
		Failed(span, "no_answer")
	case status >= 400: //nolint:mnd // RFC 9110 section 15: client and server errors
		Failed(span, "http_status")
	}
	span.End()
}

// ID is the id of the trace that ctx belongs to, 32 hexadecimal digits, or "" for none.
func ID(ctx context.Context) string {
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		return span.TraceID().String()
	}
	return ""
}
