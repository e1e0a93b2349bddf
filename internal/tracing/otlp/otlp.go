// Package otlp answers one question: how do spans reach a collector? By OTLP over HTTP, in batches
// and in the background:
// a collector that is slow, gone or refuses delays nobody, and what waits for it is bounded.
package otlp

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/internal/version"
)

const (
	queued       = 2048            // spans that wait; more are lost
	together     = 512             // of them in a batch
	mostValue    = 256             // bytes of an attribute
	mostOfSpan   = 32              // attributes, events or links
	lastPatience = 5 * time.Second // for what waits when the program ends
)

// Tracing is where this process begins traces.
type Tracing struct {
	trace.TracerProvider

	spans *prometheus.CounterVec
	end   func(context.Context) error
}

// Off is what traces nothing.
func Off() *Tracing {
	return &Tracing{
		TracerProvider: noop.NewTracerProvider(),
		spans:          newCounter(),
		end:            func(context.Context) error { return nil },
	}
}

// Open returns what sends traces as the settings say. Without an endpoint, it is Off. It asks nobody yet.
func Open(s Settings, logger *slog.Logger) (*Tracing, error) {
	if s.Endpoint == "" && s.Base == "" {
		return Off(), nil
	}
	c, err := newClient(s, logger)
	if err != nil {
		return nil, err
	}
	known, err := s.resource()
	if err != nil {
		return nil, err
	}
	sampler, err := s.sampler()
	if err != nil {
		return nil, err
	}
	// What the library says on its own account is that it could not read a variable of its own.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { logger.Warn("traces", "error", err.Error()) }))
	exporter, err := otlptrace.New(context.Background(), c)
	if err != nil {
		return nil, err
	}
	provider := sdk.NewTracerProvider(
		sdk.WithSampler(sampler),
		sdk.WithResource(resource.NewSchemaless(append(known,
			attribute.String("service.version", version.Of().Version),
			attribute.String("service.instance.id", uid.New()))...)),
		sdk.WithRawSpanLimits(sdk.SpanLimits{
			AttributeValueLengthLimit:   mostValue,
			AttributeCountLimit:         mostOfSpan,
			EventCountLimit:             mostOfSpan,
			LinkCountLimit:              mostOfSpan,
			AttributePerEventCountLimit: mostOfSpan,
			AttributePerLinkCountLimit:  mostOfSpan,
		}),
		sdk.WithBatcher(exporter, sdk.WithMaxQueueSize(queued), sdk.WithMaxExportBatchSize(together),
			sdk.WithExportTimeout(c.timeout)),
	)
	return &Tracing{TracerProvider: provider, spans: c.spans, end: provider.Shutdown}, nil
}

func newClient(s Settings, logger *slog.Logger) (*client, error) {
	c := &client{logger: logger, spans: newCounter()}
	var err error
	if c.endpoint, err = s.endpoint(); err != nil {
		return nil, err
	}
	if c.json, err = s.json(); err != nil {
		return nil, err
	}
	if c.timeout, err = s.timeout(); err != nil {
		return nil, err
	}
	if c.header, err = s.header(); err != nil {
		return nil, err
	}
	c.header.Set("Content-Type", "application/x-protobuf")
	if c.json {
		c.header.Set("Content-Type", "application/json")
	}
	c.header.Set("User-Agent", "sealkeeper/"+version.Of().Version)
	transport, err := s.transport(c.timeout)
	if err != nil {
		return nil, err
	}
	// Whoever a collector sends us on to would be given its headers.
	c.http = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Metrics counts what has become of spans.
func (t *Tracing) Metrics() prometheus.Collector { return t.spans }

// Close sends what waits, for a few seconds at most, and ends tracing.
func (t *Tracing) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), lastPatience)
	defer cancel()
	_ = t.end(ctx) // what it could not send is counted
}
