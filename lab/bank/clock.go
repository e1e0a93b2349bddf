package bank

import (
	"sync/atomic"
	"time"
)

// clock is the bank's time: the configured one, moved by the switches.
type clock struct {
	base   func() time.Time
	offset atomic.Int64
}

func (c *clock) now() time.Time { return c.base().Add(time.Duration(c.offset.Load())) }

// MoveClock sets how far the bank's clock is from the one it was given.
func (s *Sim) MoveClock(offset time.Duration) { s.clock.offset.Store(int64(offset)) }

// Delay makes the bank wait before it answers any call.
func (s *Sim) Delay(latency time.Duration) { s.latency.Store(int64(latency)) }
