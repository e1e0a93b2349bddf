package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/jobs"
)

func TestRunRepeatsAlsoAfterFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var log bytes.Buffer
		var at []time.Duration
		start := time.Now()
		done := make(chan struct{})
		go func() {
			jobs.NewRunner(nil, slog.New(slog.NewTextHandler(&log, nil)), jobs.Life).Run(ctx, jobs.Job{
				Name:  "sweep",
				Every: time.Minute,
				Run: func(context.Context) error {
					at = append(at, time.Since(start))
					return errors.New("custody is down")
				},
			})
			close(done)
		}()
		time.Sleep(5*time.Minute + 31*time.Second) // of the bubble's clock
		stop()
		<-done
		if len(at) != 6 && len(at) != 5 {
			t.Errorf("it ran at %v", at)
		}
		if at[0] != 0 || at[1] < time.Minute || at[1] > 66*time.Second {
			t.Errorf("the first runs were at %v", at[:2])
		}
		if strings.Count(log.String(), "custody is down") != len(at) {
			t.Errorf("log:\n%s", log.String())
		}
	})
}
