package app_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// TestServiceIsTraced: a collector hears of requests, of the statements below them and of jobs, at the latest when the
// service stops.
func TestServiceIsTraced(t *testing.T) {
	var mu sync.Mutex
	parents, names := map[string]string{}, map[string]string{} // by span id
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var data tracepb.TracesData
		if err := proto.Unmarshal(body, &data); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, resource := range data.GetResourceSpans() {
			for _, span := range resource.GetScopeSpans()[0].GetSpans() {
				names[string(span.GetSpanId())] = span.GetName()
				parents[string(span.GetSpanId())] = string(span.GetParentSpanId())
			}
		}
	}))
	defer collector.Close()
	traces, err := app.ConfiguredTraces(config.Traces{Endpoint: collector.URL}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.SQLite(t)
	s, err := app.New(app.Config{
		DB:        db,
		Custody:   stack.Embedded(t, db),
		Catalogue: banks,
		PublicURL: "http://127.0.0.1",
		Traces:    traces,
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener, nil) }()
	knock(t, "http://"+listener.Addr().String())
	const done = `sealkeeper_job_last_success_timestamp_seconds{name="sweep approvals"}` // which reads, and is traced
	for {
		if _, text := ask(t, listener, "/metrics"); strings.Contains(text, done) {
			break
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	traces.Close()
	mu.Lock()
	defer mu.Unlock()
	below := map[string]bool{}
	for id, name := range names {
		root := id
		for parents[root] != "" {
			root = parents[root]
		}
		kind, _, _ := strings.Cut(names[root], " ")
		what, _, _ := strings.Cut(name, " ")
		below[kind+" "+what] = true
		// Which jobs come to a statement before the service stops, and to which one, is chance.
		below[kind+" statement"] = below[kind+" statement"] || what != kind
	}
	for _, want := range []string{"GET GET", "GET SELECT", "job job", "job statement"} {
		if !below[want] {
			t.Errorf("there is no span %q: %v", want, below)
		}
	}
}

func TestTracesAreOff(t *testing.T) {
	for name, c := range map[string]config.Traces{
		"nothing is set": {},
		"disabled":       {Endpoint: "http://127.0.0.1:1", Disabled: "true"},
		"no exporter":    {Endpoint: "http://127.0.0.1:1", Exporter: "none"},
	} {
		traces, err := app.ConfiguredTraces(c, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if _, span := traces.Tracer("").Start(t.Context(), "x"); span.IsRecording() {
			t.Errorf("%s: something is recorded", name)
		}
		traces.Close()
	}
}
