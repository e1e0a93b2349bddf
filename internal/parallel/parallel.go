// Package parallel answers one question: how do many things that need nothing of each other share the processors?
package parallel

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
)

// processors is how many are used at most: work of this kind goes on beside what people and programs wait for.
const processors = 2

// Each calls do with every number below n, several at a time, and returns when all calls have. A panic of a call
// becomes the caller's, who may recover from it.
func Each(n int, do func(i int)) { share(min(processors, runtime.GOMAXPROCS(0)), n, do) }

// Try calls do with every number below n, at most so many at a time, and returns the first of its errors by the
// number. After an error it begins no more calls. It is for calls that mostly wait.
func Try(n, most int, do func(i int) error) error {
	failed := make([]error, n)
	var over atomic.Bool
	share(most, n, func(i int) {
		if over.Load() {
			return
		}
		if failed[i] = do(i); failed[i] != nil {
			over.Store(true)
		}
	})
	if !over.Load() {
		return nil
	}
	return failed[slices.IndexFunc(failed, func(err error) bool { return err != nil })]
}

func share(workers, n int, do func(i int)) {
	var all sync.WaitGroup
	var next atomic.Int64
	var panicked atomic.Pointer[string]
	for range min(workers, n) {
		all.Go(func() {
			defer func() {
				if cause := recover(); cause != nil {
					said := fmt.Sprintf("%v\n%s", cause, debug.Stack()) // the caller's stack is another
					panicked.Store(&said)
				}
			}()
			for i := int(next.Add(1)) - 1; i < n && panicked.Load() == nil; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
	if said := panicked.Load(); said != nil {
		panic(*said)
	}
}

// Pages reads pages until there are no more, and writes each while the next one is read, one after the other and in
// their order. After an error it reads and writes nothing more; a panic of write is one.
func Pages[P any](read func() (page P, more bool, err error), write func(page P) error) error {
	written := make(chan error, 1)
	written <- nil
	for {
		page, more, err := read()
		if err = errors.Join(err, <-written); err != nil || !more {
			return err
		}
		go func() {
			defer func() {
				if cause := recover(); cause != nil {
					written <- fmt.Errorf("%v\n%s", cause, debug.Stack())
				}
			}()
			written <- write(page)
		}()
	}
}
