package app

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/jobs"
	"github.com/sealkeeper/sealkeeper/internal/tracing"
	"github.com/sealkeeper/sealkeeper/internal/tracing/otlp"
)

// ConfiguredTraces is where the configuration has traces sent, Off where it says nothing of them. Whoever opens it
// closes it, when everything has ended.
func ConfiguredTraces(c config.Traces, logger *slog.Logger) (*otlp.Tracing, error) {
	if strings.EqualFold(c.Disabled, "true") || strings.EqualFold(c.Exporter, "none") {
		return otlp.Off(), nil
	}
	s := otlp.Settings{
		Endpoint:    c.TracesEndpoint,
		Base:        c.Endpoint,
		Headers:     c.Headers,
		Protocol:    cmp.Or(c.TracesProtocol, c.Protocol),
		Certificate: c.Certificate,
		Timeout:     c.Timeout,
		Service:     c.Service,
		Resource:    c.Resource,
		Sampler:     c.Sampler,
		SamplerArg:  c.SamplerArg,
	}
	if !c.TracesHeaders.Empty() {
		s.Headers = c.TracesHeaders
	}
	return otlp.Open(s, logger)
}

const (
	seldom   = 10 * time.Second // what is done more often than that finds nothing to do, as a rule
	longTime = time.Second
)

// traced makes a trace of each run of a job. One that is done every few seconds would drown the rest: of it there is a
// trace, with nothing below it, when it fails or takes long.
func traced(provider trace.TracerProvider, job jobs.Job) jobs.Job {
	tracer, run := provider.Tracer(tracing.Scope), job.Run
	begin := func(ctx context.Context, at time.Time) (context.Context, trace.Span) {
		return tracer.Start(ctx, "job "+job.Name, trace.WithTimestamp(at), trace.WithNewRoot(),
			trace.WithAttributes(attribute.Bool("sealkeeper.job.shared", job.Shared)))
	}
	job.Run = func(ctx context.Context) error {
		begun := time.Now()
		if job.Every < seldom {
			err := run(ctx)
			if err != nil && ctx.Err() == nil || time.Since(begun) > longTime {
				_, span := begin(ctx, begun)
				tracing.End(span, err)
			}
			return err
		}
		ctx, span := begin(ctx, begun)
		err := run(ctx)
		tracing.End(span, err)
		return err
	}
	return job
}
