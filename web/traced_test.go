package web_test

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web"
)

// tracedServer is a server whose spans are kept.
func tracedServer(t *testing.T, proxies ...netip.Prefix) (*server, *tracetest.SpanRecorder) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	provider := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans))
	return serveTraced(t, provider, web.DefaultLimits, proxies...), spans
}

// ofRequests are the spans of requests, with what is said of each.
func ofRequests(spans *tracetest.SpanRecorder) []map[string]string {
	var all []map[string]string
	for _, span := range spans.Ended() {
		if span.SpanKind() != trace.SpanKindServer {
			continue
		}
		said := map[string]string{"": span.Name(), "trace": span.SpanContext().TraceID().String()}
		for _, a := range span.Attributes() {
			said[string(a.Key)] = a.Value.String()
		}
		all = append(all, said)
	}
	return all
}

// TestSpansOfRequests: a span has the route and who is calling as a kind, and nothing that the request holds.
func TestSpansOfRequests(t *testing.T) {
	s, spans := tracedServer(t)
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		s.send(t, http.MethodGet, path)
	}
	answer := s.send(t, http.MethodGet, "/v1/certificates/FR7630006000011234567890189?iban=FR7630006000011234567890189",
		"Authorization", "Bearer "+s.token)
	s.send(t, "FR7630006000011234567890189", "/v1/certificates")
	s.send(t, http.MethodGet, "/fails/error")
	got := ofRequests(spans)
	if len(got) != 3 {
		t.Fatalf("spans: %v", got)
	}
	var problem api.Problem
	check(t, json.Unmarshal([]byte(answer.body), &problem))
	if got[0][""] != "GET /v1/certificates/:id" || got[0]["http.response.status_code"] != "404" ||
		got[0]["sealkeeper.caller"] != "token" || got[0]["sealkeeper.request_id"] != problem.RequestID ||
		got[0]["trace"] != problem.TraceID {
		t.Errorf("%v of %s", got[0], answer.body)
	}
	if got[2]["error.type"] == "" {
		t.Errorf("a failure without a code: %v", got[2])
	}
	if !strings.Contains(s.log.String(), `"trace_id":"`+problem.TraceID+`"`) {
		t.Error("the log does not name the trace")
	}
	statements := 0
	for _, span := range spans.Ended() {
		text, err := json.Marshal(tracetest.SpanStubFromReadOnlySpan(span))
		check(t, err)
		for _, secret := range []string{"FR76", s.token, "root", "SELECT *", "WHERE"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("a span has %q: %s", secret, text)
			}
		}
		if span.SpanKind() == trace.SpanKindClient {
			statements++
		}
	}
	if statements == 0 {
		t.Error("there are no spans of statements")
	}
}

// TestOnlyOurProxiesNameTraces: who calls directly could have anything recorded, and joined with others' requests.
func TestOnlyOurProxiesNameTraces(t *testing.T) {
	const id, named = "0af7651916cd43dd8448eb211c80319c", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for name, test := range map[string]struct {
		proxies []netip.Prefix
		header  string
		goesOn  bool
	}{
		"no proxy":         {nil, named, false},
		"another's proxy":  {[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, named, false},
		"our proxy":        {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, named, true},
		"nonsense from it": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, named[:40], false},
	} {
		t.Run(name, func(t *testing.T) {
			s, spans := tracedServer(t, test.proxies...)
			s.send(t, http.MethodGet, "/v1/certificates", "Traceparent", test.header, "Tracestate", "theirs=secret")
			got := ofRequests(spans)
			if len(got) != 1 || (got[0]["trace"] == id) != test.goesOn {
				t.Errorf("spans: %v", got)
			}
			if state := spans.Ended()[0].SpanContext().TraceState(); state.Len() != 0 {
				t.Errorf("another's state is kept: %s", state)
			}
		})
	}
}
