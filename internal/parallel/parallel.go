// Package parallel answers one question: how do many things that need nothing of each other share the processors?
package parallel

import (
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
