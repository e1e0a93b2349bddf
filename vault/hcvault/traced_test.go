package hcvault_test

import (
	"crypto"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sealkeeper/sealkeeper/internal/tracing"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// TestVaultIsToldOfTheTrace, and its spans name neither keys nor documents.
func TestVaultIsToldOfTheTrace(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	var told atomic.Pointer[string]
	cfg.Address = breaker(t, server, func(_ http.ResponseWriter, r *http.Request) bool {
		header := r.Header.Get("Traceparent")
		told.Store(&header)
		return false
	})
	custody := open(t, cfg)
	signer := openSigner(t, custody, "secret-name", importKey(t, custody, "secret-name"))
	if header := *told.Load(); header != "" {
		t.Errorf("without a trace, Vault is told %q", header)
	}
	spans := tracetest.NewSpanRecorder()
	ctx, root := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer("").Start(t.Context(), "root")
	if _, _, err := custody.Get(ctx, "secret-name"); err == nil {
		t.Error("there is such a document")
	}
	if header := *told.Load(); !strings.Contains(header, tracing.ID(ctx)) {
		t.Errorf("Vault is told %q, and the trace is %s", header, tracing.ID(ctx))
	}
	if _, err := signer.Sign(nil, digest, crypto.SHA256); err != nil {
		t.Fatal(err)
	}
	root.End()
	ended := spans.Ended()
	if len(ended) != 2 || ended[0].Name() != "vault kv" {
		t.Fatalf("spans: %v", ended)
	}
	text, err := json.Marshal(tracetest.SpanStubFromReadOnlySpan(ended[0]))
	if err != nil || strings.Contains(string(text), "secret-name") {
		t.Errorf("%v: %s", err, text)
	}
}
