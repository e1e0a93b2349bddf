package main

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// loud tells on stderr what made a measurement fail; testing.Benchmark keeps it to itself.
type loud struct{ *testing.B }

func (l loud) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	l.FailNow()
}

// Error is for timed: a B of testing.Benchmark cannot tell of an error while it runs.
func (l loud) Error(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	l.Fail()
}

func (l loud) Fatalf(format string, args ...any) { l.Fatal(fmt.Sprintf(format, args...)) }

// timed returns how long workers take for n calls each.
func timed(t testing.TB, workers, n int, call func() error) time.Duration {
	start := time.Now()
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range n {
				if err := call(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

// throughput measures ours and theirs in turns and returns the median of ours
// over theirs: 1 is as fast, more is faster. The order alternates, because the second of a
// pair runs on a warmer machine.
func throughput(t testing.TB, rounds, workers, n int, ours, theirs func() error) float64 {
	timed(t, workers, n, ours)
	timed(t, workers, n, theirs)
	ratios := make([]float64, rounds)
	for i := range ratios {
		var a, b time.Duration
		if i%2 == 0 {
			a, b = timed(t, workers, n, ours), timed(t, workers, n, theirs)
		} else {
			b, a = timed(t, workers, n, theirs), timed(t, workers, n, ours)
		}
		ratios[i] = b.Seconds() / a.Seconds()
	}
	slices.Sort(ratios)
	return ratios[rounds/2]
}
