package issuer_test

import (
	"encoding/json"
	"strings"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// TestBankCallsAreTraced: a span says which institution was asked, and nothing of what.
func TestBankCallsAreTraced(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	spans := tracetest.NewSpanRecorder()
	ctx, root := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer("").Start(t.Context(), "root")
	if report, err := s.Issuer.Test(ctx, stack.Engineer, r.ID); err != nil || !report.Passed {
		t.Fatalf("%+v, %v", report, err)
	}
	root.End()
	asked := 0
	for _, span := range spans.Ended() {
		if span.Name() != "bank POST" {
			continue
		}
		asked++
		text, err := json.Marshal(tracetest.SpanStubFromReadOnlySpan(span))
		if err != nil || !strings.Contains(string(text), r.InstitutionID) || strings.Contains(string(text), "token") {
			t.Errorf("%v: %s", err, text)
		}
	}
	if asked != 1 {
		t.Errorf("%d spans of requests to the bank", asked)
	}
}
