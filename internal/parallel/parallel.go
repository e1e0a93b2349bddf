// Package parallel answers one question: how do many things that need nothing of each other share the processors?
package parallel

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// processors is how many are used at most: work of this kind goes on beside what people and programs wait for.
const processors = 2

// Each calls do with every number below n, several at a time, and returns when all calls have.
func Each(n int, do func(i int)) {
	var all sync.WaitGroup
	var next atomic.Int64
	for range min(processors, runtime.GOMAXPROCS(0), n) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}

// Pages reads pages until there are no more, and writes each while the next one is read, one after the other and in
// their order. After an error it reads and writes nothing more.
func Pages[P any](read func() (page P, more bool, err error), write func(page P) error) error {
	written := make(chan error, 1)
	written <- nil
	for {
		page, more, err := read()
		if err = errors.Join(err, <-written); err != nil || !more {
			return err
		}
		go func() { written <- write(page) }()
	}
}
