package tracing_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/tracing"
)

func TestNothingIsBegunWhereNothingIsRecorded(t *testing.T) {
	ctx, span := tracing.Start(t.Context(), "vault transit")
	tracing.Answered(span, http.StatusOK, nil)
	tracing.End(span, errors.New("x"))
	if ctx != t.Context() || tracing.ID(ctx) != "" || span.IsRecording() {
		t.Error("there is a span without one above it")
	}
	header := http.Header{}
	if tracing.Inject(ctx, header); len(header) != 0 {
		t.Errorf("headers: %v", header)
	}
}

func TestSpansHaveCodesAndNoTexts(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans))
	ctx, root := provider.Tracer(tracing.Scope).Start(t.Context(), "GET /v1/registrations/:id")
	_, child := tracing.Start(ctx, "SELECT registrations")
	tracing.End(child, fault.Wrap(errors.New("secret FR7630006000011234567890189"), fault.Unavailable,
		"database_unavailable", "The database of Ada does not answer."))
	root.End()
	ended := spans.Ended()
	if len(ended) != 2 || ended[0].Parent().SpanID() != root.SpanContext().SpanID() {
		t.Fatalf("spans: %v", ended)
	}
	if got := ended[0].Status().Description; got != "database_unavailable" || len(ended[0].Events()) != 0 {
		t.Errorf("status %q, events %v", got, ended[0].Events())
	}
}

func TestTracesGoOnAcrossPrograms(t *testing.T) {
	provider := sdk.NewTracerProvider()
	ctx, span := provider.Tracer(tracing.Scope).Start(t.Context(), "there")
	defer span.End()
	header := http.Header{}
	tracing.Inject(ctx, header)
	if id := tracing.ID(tracing.Extract(context.Background(), header)); id != tracing.ID(ctx) || id == "" {
		t.Errorf("the trace %s went on as %q, with %v", tracing.ID(ctx), id, header)
	}
	for _, broken := range []string{"", "00-0-0-01", "00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01",
		strings.Repeat("00-", 5000)} {
		if id := tracing.ID(tracing.Extract(context.Background(), http.Header{"Traceparent": {broken}})); id != "" {
			t.Errorf("%.40q is taken for the trace %q", broken, id)
		}
	}
}
