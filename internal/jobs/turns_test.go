package jobs_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/jobs"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// patience is how long a test waits on a busy machine for what is due at once.
const patience = time.Minute

// TestOneReplicaAtATime: of several replicas one has the turn, one that was killed loses it, and
// one that stops gives it back.
func TestOneReplicaAtATime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const life = 2 * time.Second
		if mine, err := db.TakeTurn(t.Context(), "shared", "killed", life); err != nil || !mine {
			t.Fatal(mine, err)
		}
		var at, most, runs atomic.Int32
		ran := make(chan int, 1000)
		job := func(replica int) jobs.Job {
			return jobs.Job{
				Name:   "shared",
				Every:  time.Millisecond,
				Shared: true,
				Run: func(context.Context) error {
					most.Store(max(most.Load(), at.Add(1)))
					defer at.Add(-1)
					runs.Add(1)
					select {
					case ran <- replica:
					default:
					}
					return nil
				},
			}
		}
		var all sync.WaitGroup
		stops := make([]context.CancelFunc, 3)
		for replica := range stops {
			var ctx context.Context
			ctx, stops[replica] = context.WithCancel(t.Context())
			runner := jobs.NewRunner(db, slog.New(slog.DiscardHandler), life)
			all.Go(func() { runner.Run(ctx, job(replica)) })
		}
		first := receive(t, ran)
		stops[first]()
		for second := first; second == first; {
			second = receive(t, ran)
		}
		for _, stop := range stops {
			stop()
		}
		all.Wait()
		if most.Load() != 1 {
			t.Errorf("%d replicas did it at once", most.Load())
		}
	})
}

// TestDueOutlivesRestarts: what is seldom due is not done anew by every process that starts.
func TestDueOutlivesRestarts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if mine, err := db.TakeTurn(ctx, "check", "before", jobs.Life); err != nil || !mine {
			t.Fatal(mine, err)
		}
		if err := db.EndTurn(ctx, "check", "somebody else", 0); err != nil {
			t.Fatal(err)
		}
		if mine, err := db.TakeTurn(ctx, "check", "after", jobs.Life); err != nil || mine {
			t.Fatalf("another took the turn that is not over: %v, %v", mine, err)
		}
		if err := db.EndTurn(ctx, "check", "before", time.Hour); err != nil {
			t.Fatal(err)
		}
		if mine, err := db.TakeTurn(ctx, "check", "after", jobs.Life); err != nil || mine {
			t.Fatalf("it is done again before it is due: %v, %v", mine, err)
		}
	})
}

// TestLostTurnEndsTheRun: who cannot prolong a turn stops what another replica may be doing by now.
func TestLostTurnEndsTheRun(t *testing.T) {
	ended := make(chan int, 1)
	runner := jobs.NewRunner(&once{}, slog.New(slog.DiscardHandler), 30*time.Millisecond)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go runner.Run(ctx, jobs.Job{
		Name:   "long",
		Every:  time.Hour,
		Shared: true,
		Run: func(ctx context.Context) error {
			<-ctx.Done()
			ended <- 1
			return ctx.Err()
		},
	})
	receive(t, ended)
}

// once gives the turn once and never again.
type once struct{ taken atomic.Bool }

func (o *once) TakeTurn(context.Context, string, string, time.Duration) (bool, error) {
	return o.taken.CompareAndSwap(false, true), nil
}

func (o *once) NoteRun(context.Context, string, string) error { return nil }

func (o *once) EndTurn(context.Context, string, string, time.Duration) error { return nil }

func receive(t *testing.T, from <-chan int) int {
	t.Helper()
	select {
	case n := <-from:
		return n
	case <-time.After(patience):
		t.Fatal("nobody did it")
		return 0
	}
}
