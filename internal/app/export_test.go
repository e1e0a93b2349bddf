package app

import (
	"context"
	"time"
)

// DrainUntil has a service that is told to stop go on until done is closed, whatever the configuration says.
func (s *Services) DrainUntil(done <-chan struct{}) {
	s.pause = func(context.Context, time.Duration) bool {
		<-done
		return true
	}
}
