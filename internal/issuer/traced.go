package issuer

import (
	"context"

	"go.opentelemetry.io/otel/attribute"

	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/internal/tracing"
)

// traced makes spans of what a bank is asked. The bank is not told of the trace: its id would join requests for one
// customer with those for another, at somebody who need not know, and banks refuse headers that they do not expect.
func traced(institution string) mtls.Requests {
	return func(ctx context.Context, method, host string) func(int, error) {
		_, span := tracing.Start(ctx, "bank "+method,
			attribute.String("http.request.method", method),
			attribute.String("server.address", host),
			attribute.String("sealkeeper.institution", institution))
		return func(status int, err error) { tracing.Answered(span, status, err) }
	}
}
