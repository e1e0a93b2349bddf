package otlp_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/sealkeeper/sealkeeper/internal/tracing"
	"github.com/sealkeeper/sealkeeper/internal/tracing/otlp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// collector takes batches as it is told to.
type collector struct {
	*httptest.Server

	mu     sync.Mutex
	bodies [][]byte
	header http.Header
	path   string
}

// newCollector returns one that answers each request as the next of answers does, and the last of them from then on.
func newCollector(t *testing.T, answers ...http.HandlerFunc) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		c.bodies = append(c.bodies, body)
		c.header, c.path = r.Header, r.URL.Path
		n := len(c.bodies)
		c.mu.Unlock()
		if len(answers) > 0 {
			answers[min(n, len(answers))-1](w, r)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// names are those of the spans of a batch in Protocol Buffers.
func names(t *testing.T, body []byte) []string {
	t.Helper()
	var data tracepb.TracesData
	if err := proto.Unmarshal(body, &data); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, resource := range data.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				all = append(all, span.GetName())
			}
		}
	}
	return all
}

func open(t *testing.T, s otlp.Settings) (*otlp.Tracing, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	tracing, err := otlp.Open(s, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return tracing, &log
}

// record makes spans, and has them sent.
func record(t *testing.T, on *otlp.Tracing, n int) {
	t.Helper()
	for i := range n {
		_, span := on.Tracer(tracing.Scope).Start(t.Context(), "span "+strconv.Itoa(i))
		span.End()
	}
	if sending, ok := on.TracerProvider.(*sdk.TracerProvider); ok { // closing waits for a few seconds only
		if err := sending.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
	}
	on.Close()
}

func spans(c prometheus.Collector) map[string]float64 {
	got := map[string]float64{}
	for _, result := range []string{"sent", "rejected", "failed"} {
		got[result] = testutil.ToFloat64(c.(*prometheus.CounterVec).WithLabelValues(result))
	}
	return got
}

func TestSpansReachTheCollector(t *testing.T) {
	c := newCollector(t)
	on, _ := open(t, otlp.Settings{
		Base:     c.URL + "/below/",
		Headers:  secret.NewTextString("Authorization=Basic%20eDp5,x-tenant=firm"),
		Resource: "service.name=other,deployment.environment.name=live",
		Service:  "keeper",
	})
	record(t, on, 3)
	if len(c.bodies) != 1 || len(names(t, c.bodies[0])) != 3 {
		t.Fatalf("%d batches", len(c.bodies))
	}
	if c.path != "/below/v1/traces" || c.header.Get("Authorization") != "Basic eDp5" ||
		c.header.Get("X-Tenant") != "firm" ||
		c.header.Get("Content-Type") != "application/x-protobuf" {
		t.Errorf("%s with %v", c.path, c.header)
	}
	for _, word := range []string{"keeper", "deployment.environment.name", "service.instance.id"} {
		if !bytes.Contains(c.bodies[0], []byte(word)) {
			t.Errorf("the batch has no %s", word)
		}
	}
	if bytes.Contains(c.bodies[0], []byte("other")) {
		t.Error("OTEL_SERVICE_NAME does not win over the attribute")
	}
	if got := spans(on.Metrics()); got["sent"] != 3 || got["failed"] != 0 {
		t.Errorf("counted %v", got)
	}
}

func TestSpansAsJSON(t *testing.T) {
	c := newCollector(t)
	on, _ := open(t, otlp.Settings{Endpoint: c.URL + "/t", Protocol: "http/json"})
	ctx, root := on.Tracer(tracing.Scope).Start(t.Context(), "root")
	_, child := tracing.Start(ctx, "child")
	child.End()
	root.End()
	on.Close()
	var batch struct {
		ResourceSpans []struct {
			ScopeSpans []struct {
				Spans []struct {
					TraceID      string `json:"traceId"`
					SpanID       string `json:"spanId"`
					ParentSpanID string `json:"parentSpanId"`
					Kind         int
				}
			}
		}
	}
	if err := json.Unmarshal(c.bodies[0], &batch); err != nil || c.path != "/t" {
		t.Fatalf("%v, %s: %s", err, c.path, c.bodies[0])
	}
	got := batch.ResourceSpans[0].ScopeSpans[0].Spans
	if len(got) != 2 || got[0].TraceID != tracing.ID(ctx) ||
		got[0].ParentSpanID != root.SpanContext().SpanID().String() ||
		got[0].Kind != 3 {
		t.Errorf("spans: %+v", got)
	}
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// partial is the answer of a collector that rejects spans.
func partial(rejected uint64, why string) http.HandlerFunc {
	said := protowire.AppendTag(nil, 1, protowire.VarintType)
	said = protowire.AppendVarint(said, rejected)
	said = protowire.AppendTag(said, 2, protowire.BytesType)
	said = protowire.AppendString(said, why)
	answer := protowire.AppendTag(nil, 1, protowire.BytesType)
	answer = protowire.AppendBytes(answer, said)
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) }
}

func TestCollectorsAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		answers  []http.HandlerFunc
		requests int
		want     map[string]float64
		logged   string
	}{
		"too many, then well": {
			[]http.HandlerFunc{status(http.StatusTooManyRequests, "Retry-After", "1"), status(http.StatusOK)}, 2,
			map[string]float64{"sent": 5, "rejected": 0, "failed": 0}, "",
		},
		"down for a moment": {
			[]http.HandlerFunc{status(http.StatusBadGateway), status(http.StatusOK)}, 2,
			map[string]float64{"sent": 5, "rejected": 0, "failed": 0}, "",
		},
		"come back tomorrow": {
			[]http.HandlerFunc{status(http.StatusServiceUnavailable, "Retry-After", "65000")}, 1,
			map[string]float64{"sent": 0, "rejected": 0, "failed": 5}, "traces are lost",
		},
		"accepted by what stands before it": {
			[]http.HandlerFunc{status(http.StatusAccepted)}, 1,
			map[string]float64{"sent": 5, "rejected": 0, "failed": 0}, "",
		},
		"refused": {
			[]http.HandlerFunc{status(http.StatusUnauthorized)}, 1,
			map[string]float64{"sent": 0, "rejected": 0, "failed": 5}, "HTTP status 401",
		},
		"sent elsewhere": {
			[]http.HandlerFunc{status(http.StatusTemporaryRedirect, "Location", "http://127.0.0.1:1/")}, 1,
			map[string]float64{"sent": 0, "rejected": 0, "failed": 5}, "HTTP status 307",
		},
		"taken in part": {
			[]http.HandlerFunc{partial(2, "too old")}, 1,
			map[string]float64{"sent": 3, "rejected": 2, "failed": 0}, "too old",
		},
		"taken in an impossible part": {
			[]http.HandlerFunc{partial(1<<63, "")}, 1,
			map[string]float64{"sent": 5, "rejected": 0, "failed": 0}, "",
		},
		"an answer that is none": {
			[]http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte("\x0a\xff<html>"))
			}}, 1,
			map[string]float64{"sent": 5, "rejected": 0, "failed": 0}, "",
		},
		"an answer that breaks off": {
			[]http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100")
				_, _ = w.Write([]byte("\x0a"))
			}}, 1,
			map[string]float64{"sent": 5, "rejected": 0, "failed": 0}, "",
		},
		"gzip that nobody asked for": {
			[]http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				z := gzip.NewWriter(w)
				_, _ = z.Write(make([]byte, 64<<20))
				_ = z.Close()
			}}, 1,
			map[string]float64{"sent": 5, "rejected": 0, "failed": 0}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCollector(t, test.answers...)
			on, log := open(t, otlp.Settings{
				Base:    c.URL,
				Headers: secret.NewTextString("authorization=hidden"),
				Timeout: "60000",
			})
			record(t, on, 5)
			if got := spans(on.Metrics()); got["sent"] != test.want["sent"] ||
				got["rejected"] != test.want["rejected"] ||
				got["failed"] != test.want["failed"] || len(c.bodies) != test.requests {
				t.Errorf("counted %v of %d requests", got, len(c.bodies))
			}
			if (test.logged == "") != (log.Len() == 0) || !strings.Contains(log.String(), test.logged) ||
				strings.Contains(log.String(), "hidden") {
				t.Errorf("logged %q", log)
			}
		})
	}
}

// A collector that never answers delays nobody, and what waits for it is bounded.
func TestHangingCollector(t *testing.T) {
	asked, release := make(chan struct{}, 100), make(chan struct{})
	c := newCollector(t, func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-release
	})
	on, _ := open(t, otlp.Settings{Base: c.URL, Timeout: "60000"})
	tracer := on.Tracer(tracing.Scope)
	work := func(n int) {
		for range n {
			_, span := tracer.Start(t.Context(), "work")
			span.End()
		}
	}
	work(1000)
	<-asked // one batch is under way for ever
	work(200_000)
	close(release)
	on.Close()
	if got := spans(on.Metrics()); got["sent"] == 0 || got["sent"] > 4000 {
		t.Errorf("counted %v", got)
	}
}

// TestGoneCollector: ending takes no longer than it may, though nothing can be sent.
func TestGoneCollector(t *testing.T) {
	c := newCollector(t)
	c.Close()
	on, log := open(t, otlp.Settings{Base: c.URL, Timeout: "1000"})
	record(t, on, 3)
	if got := spans(on.Metrics()); got["failed"] != 3 || strings.Count(log.String(), "traces are lost") != 1 {
		t.Errorf("counted %v, logged %q", got, log)
	}
}

func TestSampling(t *testing.T) {
	for _, test := range []struct {
		sampler, arg string
		want         bool
	}{
		{"", "", true},
		{"always_off", "", false},
		{"parentbased_always_off", "", false},
		{"traceidratio", "0", false},
		{"parentbased_traceidratio", "1", true},
		{"parentbased_traceidratio", "", true},
	} {
		c := newCollector(t)
		on, _ := open(t, otlp.Settings{Base: c.URL, Sampler: test.sampler, SamplerArg: test.arg})
		record(t, on, 1)
		if got := len(c.bodies) == 1; got != test.want {
			t.Errorf("%s %s: sent %t", test.sampler, test.arg, got)
		}
	}
}

func TestWrongSettings(t *testing.T) {
	const to = "http://127.0.0.1:4318"
	for name, s := range map[string]otlp.Settings{
		"gRPC":                 {Base: to, Protocol: "grpc"},
		"no address":           {Base: "collector:4317"},
		"headers in clear":     {Base: "http://collector.example:4318", Headers: secret.NewTextString("a=hidden")},
		"headers without name": {Base: to, Headers: secret.NewTextString("hidden")},
		"headers with a line":  {Base: to, Headers: secret.NewTextString("a=hidden%0d%0ab:c")},
		"headers by hundreds":  {Base: to, Headers: secret.NewTextString(strings.Repeat("hidden=1,", 100))},
		"ratio":                {Base: to, Sampler: "traceidratio", SamplerArg: "NaN"},
		"sampler":              {Base: to, Sampler: "xray"},
		"timeout":              {Base: to, Timeout: "1h"},
		"CA":                   {Base: to, Certificate: "/nowhere"},
	} {
		if _, err := otlp.Open(s, slog.New(slog.DiscardHandler)); err == nil || strings.Contains(err.Error(),
			"hidden") {
			t.Errorf("%s: %v", name, err)
		}
	}
	off, err := otlp.Open(otlp.Settings{Protocol: "grpc"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	record(t, off, 1)
}

func FuzzPartialSuccess(f *testing.F) {
	f.Add([]byte("\x0a\x02\x08\x01"), false)
	f.Add([]byte(`{"partialSuccess":{"rejectedSpans":"1","errorMessage":"x"}}`), true)
	f.Fuzz(func(t *testing.T, answer []byte, isJSON bool) {
		if _, why := otlp.PartialSuccess(answer, isJSON); len(why) > 200 {
			t.Errorf("%d bytes", len(why))
		}
	})
}
