package origin

import (
	"context"
	"log/slog"

	"github.com/sealkeeper/sealkeeper/internal/tracing"
)

// handler adds to each line which request and which trace it is of.
type handler struct{ slog.Handler }

// Logger is a logger whose lines name the request and the trace of their context.
func Logger(l *slog.Logger) *slog.Logger { return slog.New(handler{l.Handler()}) }

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if o := Of(ctx); o.Request != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("request_id", o.Request), slog.String("address", o.Address))
		if name := o.User(); name != "" {
			r.AddAttrs(slog.String("user", name))
		}
	}
	if id := tracing.ID(ctx); id != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("trace_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
