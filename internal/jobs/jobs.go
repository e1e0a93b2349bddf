// Package jobs runs periodic work until the program stops.
package jobs

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/clock"
)

// Job is work to be repeated.
type Job struct {
	Name  string
	Every time.Duration // from the end of one run to the start of the next; a tenth is jitter
	Run   func(ctx context.Context) error
}

// Run runs the job at once and then periodically until ctx ends. A run that
// fails is logged and tried again next time.
func Run(ctx context.Context, logger *slog.Logger, job Job) {
	for {
		if err := job.Run(ctx); err != nil && ctx.Err() == nil {
			logger.LogAttrs(ctx, slog.LevelWarn, "periodic job failed", slog.String("job", job.Name),
				slog.String("error", err.Error()))
		}
		// Replicas that were started together drift apart.
		most := int64(job.Every) / 10
		jitter := time.Duration(rand.Int64N(most + 1)) //nolint:gosec // nothing depends on its being hard to guess
		if !clock.Pause(ctx, job.Every+jitter) {
			return
		}
	}
}
