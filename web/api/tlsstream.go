package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/changefeed"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// stream is a watcher that is told of changes for as long as it listens.
type stream struct {
	*watcher
	write func(text string) error
	gone  <-chan struct{}
	begun bool
	told  map[string]bool // registrations that the service knows of
}

// stream answers with a stream of changes, which goes on after the request where its connection can be taken.
func (w *watcher) stream(c echo.Context) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would keep events back
	s := &stream{watcher: w, told: map[string]bool{}}
	ctx := context.WithoutCancel(c.Request().Context())
	control := http.NewResponseController(c.Response())
	if connection, _, err := control.Hijack(); err == nil {
		c.Response().Status, c.Response().Committed = http.StatusOK, true // for the log
		go s.over(ctx, connection, head(h))
		return nil
	}
	// A connection of HTTP/2 is shared, and cannot be taken.
	defer w.leave()
	quiet(c)
	s.gone = c.Request().Context().Done()
	s.write = func(text string) error {
		_ = control.SetWriteDeadline(time.Now().Add(writeTime))
		if _, err := c.Response().Write([]byte(text)); err != nil {
			return err
		}
		return control.Flush()
	}
	c.Response().WriteHeader(http.StatusOK)
	s.run(ctx)
	return nil
}

// head is the answer's head on a connection of our own. Its body ends with the connection (RFC 9112 section 6.3).
func head(h http.Header) string {
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	h.Set("Connection", "close")
	var text strings.Builder
	text.WriteString("HTTP/1.1 200 OK\r\n")
	_ = h.Write(&text) // a Builder takes everything
	text.WriteString("\r\n")
	return text.String()
}

// over runs the stream on a connection taken from the server, which would keep buffers for each, and a stack as deep
// as all that a request passes through: three quarters of what a quiet stream costs.
func (s *stream) over(ctx context.Context, connection net.Conn, head string) {
	defer s.leave()
	defer func() { _ = connection.Close() }()
	defer func() { // nothing else stands between this goroutine and the end of the process
		if cause := recover(); cause != nil {
			s.api.Logger.LogAttrs(ctx, slog.LevelError, "a stream of changes has failed", slog.Any("cause", cause),
				slog.String("stack", string(debug.Stack())))
		}
	}()
	_ = connection.SetReadDeadline(time.Time{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = connection.Read(make([]byte, 1)) // who reads a stream says nothing more
	}()
	s.gone = gone
	s.write = func(text string) error {
		_ = connection.SetWriteDeadline(time.Now().Add(writeTime))
		_, err := connection.Write([]byte(text))
		return err
	}
	if s.write(head) == nil {
		s.run(ctx)
	}
}

func (s *stream) run(ctx context.Context) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	end := time.NewTimer(streamLife)
	defer end.Stop()
	for {
		events, news, err := s.news(ctx)
		switch {
		case errors.Is(err, fault.Unavailable): // the database is away: nothing is told, and nothing changes
		case err != nil:
			return // the next connection is told why
		case s.tell(events, news) != nil:
			return // the service has gone, and comes back with its cursor
		}
		select {
		case <-news.Wake: // never, while the database is away
		case <-beat.C:
			if s.write(": \n\n") != nil {
				return
			}
		case <-end.C:
			return
		case <-s.api.Feed.Ended():
			return
		case <-s.gone:
			return
		}
	}
}

// tell writes events and what they lead up to. The first time, that is all there is to say.
func (s *stream) tell(events []api.TLSEvent, news changefeed.News) error {
	if news.Complete {
		now := map[string]bool{}
		for _, e := range events {
			now[e.RegistrationID] = true
		}
		for id := range s.told {
			if !now[id] {
				events = append(events, api.TLSEvent{Kind: api.TLSGone, RegistrationID: id})
				delete(s.told, id)
			}
		}
	}
	if len(events) == 0 && !news.Complete && s.begun {
		return nil
	}
	s.begun = true
	var text strings.Builder
	for _, e := range events {
		if e.Kind == api.TLSChanged {
			s.told[e.RegistrationID] = true
		}
		data, _ := json.Marshal(e) // text and numbers always marshal
		fmt.Fprintf(&text, "event: %s\ndata: %s\n\n", e.Kind, data)
	}
	data, _ := json.Marshal(api.TLSSynced{Cursor: news.At.String(), Complete: news.Complete})
	fmt.Fprintf(&text, "event: synced\nid: %s\ndata: %s\n\n", news.At, data)
	return s.write(text.String())
}
