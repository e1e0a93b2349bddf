package otlp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/sealkeeper/sealkeeper/internal/clock"
)

// maxAnswer is how much is read of what a collector answers, in bytes.
const maxAnswer = 64 << 10

// client posts batches to a collector by OTLP/HTTP. It implements otlptrace.Client; the one that comes with the
// library's module links all of gRPC.
type client struct {
	http     *http.Client
	endpoint string
	header   http.Header
	json     bool
	timeout  time.Duration
	logger   *slog.Logger
	spans    *prometheus.CounterVec
	failing  bool // of the last batch; batches are sent one after the other
}

func newCounter() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sealkeeper_trace_spans_total",
		Help: "Spans by what became of them: sent, rejected by the collector, or failed to be sent.",
	}, []string{"result"})
}

// Start implements otlptrace.Client.
func (c *client) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *client) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces sends a batch. One that the collector does not take in time is lost: there are others, and what they are
// about goes on without them. That is noted once, and not for each batch.
func (c *client) UploadTraces(ctx context.Context, batch []*tracepb.ResourceSpans) error {
	count := 0
	for _, resource := range batch {
		for _, scope := range resource.GetScopeSpans() {
			count += len(scope.GetSpans())
		}
	}
	rejected, err := c.upload(ctx, batch)
	switch {
	case err != nil:
		c.spans.WithLabelValues("failed").Add(float64(count))
	default:
		lost := min(max(rejected, 0), int64(count))
		c.spans.WithLabelValues("rejected").Add(float64(lost))
		c.spans.WithLabelValues("sent").Add(float64(int64(count) - lost))
	}
	c.note(ctx, err)
	return nil
}

// note logs when sending begins to fail, and when it works again.
func (c *client) note(ctx context.Context, err error) {
	switch {
	case err != nil && !c.failing:
		c.logger.LogAttrs(ctx, slog.LevelWarn, "traces are lost", slog.String("error", err.Error()))
	case err == nil && c.failing:
		c.logger.LogAttrs(ctx, slog.LevelInfo, "traces are sent again")
	}
	c.failing = err != nil
}

// upload sends a batch, again where that may help, and returns how many spans the collector has not taken.
func (c *client) upload(ctx context.Context, batch []*tracepb.ResourceSpans) (rejected int64, err error) {
	// The request of the collector's service has this one field, with the same number.
	body, err := c.encode(&tracepb.TracesData{ResourceSpans: batch})
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	for wait := firstWait; ; wait *= 2 {
		rejected, after, err := c.post(ctx, body)
		if err == nil || after < 0 {
			return rejected, err
		}
		// Collectors that were gone are not all asked again at the same moment.
		after = max(after, wait/2+rand.N(wait)) //nolint:gosec // nothing depends on it
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < after || !clock.Pause(ctx, after) {
			return 0, err
		}
	}
}

// firstWait is about how long it takes until a batch is sent again; the next time, twice that.
const firstWait = 500 * time.Millisecond

// never is the wait for what would fail again.
const never = time.Duration(-1)

// post sends a batch once. Where that fails, after is how long to wait at least before it is sent again, or never.
func (c *client) post(ctx context.Context, body []byte) (rejected int64, after time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint, bytes.NewReader(body))
	if err != nil {
		return 0, never, err
	}
	r.Header = c.header.Clone()
	response, err := c.http.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // the address may be one that only the collector and we know
		}
		return 0, 0, err
	}
	defer func() { _ = response.Body.Close() }()
	// The status says whether the batch was taken: one whose answer breaks off must not be sent again.
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch response.StatusCode {
	// OTLP says 200; what stands before a collector may say another one.
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return c.rejected(ctx, answer), 0, nil
	// OTLP specification, "Retryable Response Codes"
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		after = retryAfter(response.Header.Get("Retry-After"))
	default:
		after = never
	}
	return 0, after, fmt.Errorf("the collector answered with HTTP status %d", response.StatusCode)
}

// retryAfter is the wait that an answer asks for in seconds; a date is not understood, and is no wait.
func retryAfter(value string) time.Duration {
	seconds, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// rejected is how many spans a collector says it has not taken, though it took the rest.
func (c *client) rejected(ctx context.Context, answer []byte) int64 {
	n, why := partialSuccess(answer, c.json)
	if n > 0 {
		c.logger.LogAttrs(ctx, slog.LevelWarn, "the collector rejected spans", slog.Int64("spans", n),
			slog.String("error", why))
	}
	return n
}

func (c *client) encode(data *tracepb.TracesData) ([]byte, error) {
	if c.json {
		return encodeJSON(data)
	}
	return proto.Marshal(data)
}
