package config

import (
	"context"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"
)

// held is the place of the heap that was not given back, used or not, in bytes.
func held() (all uint64) {
	sample := []metrics.Sample{
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
	}
	metrics.Read(sample)
	for _, s := range sample {
		all += s.Value.Uint64()
	}
	return all
}

// TestIdleMemoryIsGivenBack: what a busy minute has left behind does not stay.
func TestIdleMemoryIsGivenBack(t *testing.T) {
	const busy = 64 << 20
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			GiveBack(ctx)
		}()
		block := make([]byte, busy)
		for i := range block {
			block[i] = 1
		}
		block = nil
		_ = block
		time.Sleep(3 * restful) // of the bubble's clock
		synctest.Wait()
		stop()
		<-done
		if left := held(); left > busy/2 {
			t.Errorf("%d MB are held", left>>20)
		}
	})
}
