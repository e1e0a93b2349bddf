package origin_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/origin"
)

func TestLinesNameTheirRequest(t *testing.T) {
	var log bytes.Buffer
	logger := origin.Logger(slog.New(slog.NewTextHandler(&log, nil))).With("part", "web")
	ctx := origin.Begin(t.Context(), "192.0.2.1")
	logger.InfoContext(ctx, "before signing in")
	origin.Of(ctx).SignedIn("Ada")
	logger.InfoContext(ctx, "after")
	logger.InfoContext(t.Context(), "no request")
	lines := strings.Split(log.String(), "\n")
	request := "request_id=" + origin.Of(ctx).Request + " address=192.0.2.1"
	if !strings.HasSuffix(lines[0], request) || !strings.HasSuffix(lines[1], request+" user=Ada") ||
		strings.Contains(lines[2], "request_id") {
		t.Error(log.String())
	}
	if origin.Of(origin.Begin(ctx, "")).Request == origin.Of(ctx).Request {
		t.Error("two requests have the same id")
	}
}
