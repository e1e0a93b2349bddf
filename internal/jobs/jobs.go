// Package jobs runs periodic work until the program stops. What only one replica has to do is
// done by the one whose turn it is.
package jobs

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// Job is work to be repeated.
type Job struct {
	Name  string        // for logs; of a shared one also its name among replicas
	Every time.Duration // from the end of one run to the start of the next; a tenth is jitter
	Run   func(ctx context.Context) error
	// Shared work is done by one replica at a time. If it is done less often than a turn lasts,
	// when it is due is kept in the database, so that a restart brings it no nearer.
	Shared bool
}

// Turns gives one process at a time the turn to do a job.
type Turns interface {
	// TakeTurn gives holder the turn for that long, or prolongs it; false if another process has
	// it, or if the job is not due.
	TakeTurn(ctx context.Context, name, holder string, life time.Duration) (bool, error)
	// EndTurn gives the turn back. The job is due again after the pause.
	EndTurn(ctx context.Context, name, holder string, pause time.Duration) error
	// NoteRun notes how a run of a shared job ended: with the code of an error, or well, which is "".
	NoteRun(ctx context.Context, name, failure string) error
}

// Life is how long a turn lasts that is not prolonged: so long after a replica was killed another
// one takes over.
const Life = 45 * time.Second

// Runner runs the jobs of one process.
type Runner struct {
	turns  Turns
	logger *slog.Logger
	life   time.Duration
	holder string
}

// NewRunner returns a Runner; life is how long a turn lasts, such as Life.
func NewRunner(turns Turns, logger *slog.Logger, life time.Duration) *Runner {
	return &Runner{turns: turns, logger: logger, life: life, holder: uid.New()}
}

// Run runs the job at once and then periodically until ctx ends; a shared one when it is this
// process's turn. A run that fails is logged and tried again next time.
func (r *Runner) Run(ctx context.Context, job Job) {
	if !job.Shared {
		for {
			r.log(ctx, job, job.Run(ctx))
			if !pause(ctx, job.Every) {
				return
			}
		}
	}
	turn := turn{Runner: r, job: job}
	defer turn.end(ctx, 0)
	for {
		mine, err := turn.take(ctx)
		if r.log(ctx, job, err); mine {
			err := turn.run(ctx)
			r.log(ctx, job, err)
			turn.note(ctx, err)
			if job.Every > r.life/2 && ctx.Err() == nil {
				turn.end(ctx, job.Every)
			}
		}
		if !pause(ctx, min(job.Every, r.life)) {
			return
		}
	}
}

// pause waits. Replicas that were started together drift apart.
func pause(ctx context.Context, every time.Duration) bool {
	jitter := time.Duration(rand.Int64N(int64(every)/10 + 1)) //nolint:gosec // nothing depends on it
	return clock.Pause(ctx, every+jitter)
}

func (r *Runner) log(ctx context.Context, job Job, err error) {
	if err != nil && ctx.Err() == nil {
		r.logger.LogAttrs(ctx, slog.LevelWarn, "periodic job failed", slog.String("job", job.Name),
			slog.String("error", err.Error()))
	}
}

// turn is the turn of this process to do a job.
type turn struct {
	*Runner
	job   Job
	until time.Time // as this process knows; it is not longer there than in the database
	noted *string   // how the last run ended that was noted; nil: none was
}

// note has it known to every replica whether the job fails. What has been noted is not noted again.
func (t *turn) note(ctx context.Context, err error) {
	failure := ""
	if err != nil {
		failure = fault.Code(err)
	}
	if ctx.Err() != nil || t.noted != nil && *t.noted == failure {
		return
	}
	if err := t.turns.NoteRun(ctx, t.job.Name, failure); err != nil {
		t.log(ctx, t.job, err)
		return
	}
	t.noted = &failure
}

// take reports whether it is this process's turn, and prolongs it if half of it is over.
func (t *turn) take(ctx context.Context) (bool, error) {
	if time.Until(t.until) > t.life/2 {
		return true, nil
	}
	until := time.Now().Add(t.life)
	mine, err := t.turns.TakeTurn(ctx, t.job.Name, t.holder, t.life)
	switch {
	case mine:
		t.until = until
	case err == nil:
		t.until = time.Time{}
	}
	return mine, err
}

// end gives the turn back, if this process has it.
func (t *turn) end(ctx context.Context, pause time.Duration) {
	if t.until.IsZero() {
		return
	}
	t.until = time.Time{}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endPatience)
	defer cancel()
	t.log(ctx, t.job, t.turns.EndTurn(ctx, t.job.Name, t.holder, pause))
}

// endPatience is how long a program that stops waits for its turns to be given back.
const endPatience = 2 * time.Second

// errLost ends a run whose turn another process may have by now.
var errLost = errors.New("the turn could not be prolonged, so that another replica may have it")

// run does the work, and prolongs the turn meanwhile.
func (t *turn) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for clock.Pause(ctx, t.life/3) {
			if mine, err := t.take(ctx); err == nil && !mine || !time.Now().Before(t.until) {
				stop(errors.Join(errLost, err))
			}
		}
	}()
	err := t.job.Run(ctx)
	if cause := context.Cause(ctx); errors.Is(cause, errLost) {
		err = cause
	}
	stop(nil)
	<-done
	return err
}
