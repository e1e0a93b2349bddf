package primary

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/clock"
)

const (
	beat     = 2 * time.Second // between two questions
	patience = 3 * time.Second // with an answer
)

// watch asks over a connection of its own whether the server is there. A server
// that drops off the network says nothing, and what waits for it waits until TCP gives up, a
// quarter of an hour: the pool is full of such waits, although another server has
// become the primary. So where the watch's connection is silent and a new one, to whichever
// server takes writes, is not, all older connections are closed.
func (s *servers) watch(ctx context.Context) {
	defer close(s.done)
	var conn driver.Conn
	var silentSince time.Time // zero: the server is not silent
	for clock.Pause(ctx, beat) {
		if conn == nil {
			conn = s.again(ctx, silentSince)
		} else {
			conn, silentSince = s.ask(ctx, conn)
		}
		if conn != nil {
			silentSince = time.Time{}
		}
	}
	if conn != nil {
		_ = conn.Close()
	}
}

// ask asks on a connection, and returns the one to ask on from now on: nil where there
// is none yet, and then since when the server is silent.
func (s *servers) ask(ctx context.Context, conn driver.Conn) (driver.Conn, time.Time) {
	asked := time.Now()
	asking, giveUp := context.WithCancel(ctx)
	answer := make(chan error, 1)
	go func() { answer <- conn.(driver.Pinger).Ping(asking) }() //nolint:forcetypeassert // pgx's is one
	patient, done := context.WithTimeout(ctx, patience)
	defer done()
	select {
	case err := <-answer:
		giveUp()
		if err == nil {
			return conn, time.Time{}
		}
		_ = conn.Close()
		return nil, time.Time{} // ended by the server, and so are the pool's: they need no closing
	case <-patient.Done():
	}
	fresh, err := s.Connect(ctx)
	slow := len(answer) == 1 // it has come meanwhile: a loaded server, not a lost one
	giveUp()
	<-answer //nolint:errcheck // given up; or it is there, and received, so that nobody else holds the connection
	_ = conn.Close()
	switch {
	case err != nil && slow:
		return nil, time.Time{}
	case err != nil:
		return nil, asked
	case !slow:
		s.closeBefore(asked)
	}
	return fresh, time.Time{}
}

// again connects, and closes what is older than the silence.
func (s *servers) again(ctx context.Context, silentSince time.Time) driver.Conn {
	conn, err := s.Connect(ctx)
	if err != nil {
		return nil
	}
	if !silentSince.IsZero() {
		s.closeBefore(silentSince)
	}
	return conn
}
