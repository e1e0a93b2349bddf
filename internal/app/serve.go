package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"github.com/sealkeeper/sealkeeper/fault"
)

// shutdownTimeout is how long requests in flight may take to finish when the program ends.
const shutdownTimeout = 10 * time.Second

// maxConnections bounds what clients that say nothing, or little by little, can hold.
// A service that waits for changes holds one.
const maxConnections = 16384

// Serve answers on public, and on operators what operators ask if it is not nil, and does the
// periodic work until ctx ends. Then it says that it is not ready, goes on for Config.Drain so
// that load balancers send nothing more, and returns when requests in flight and running jobs
// have finished.
func (s *Services) Serve(ctx context.Context, public, operators net.Listener) error {
	handlers, err := s.Handlers(operators != nil)
	if err != nil {
		return err
	}
	servers := []*server{newServer(public, s.leaving(handlers.Public), s.cfg.Logger)}
	if operators != nil {
		servers = append(servers, newServer(operators, s.leaving(handlers.Operators), s.cfg.Logger))
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	background := make(chan struct{})
	go func() {
		defer close(background)
		s.Background(work)
	}()
	err = s.untilDrained(ctx, servers)
	stop() // also ends what waits for changes, which shutting down would wait for
	for _, server := range servers {
		err = errors.Join(err, server.shutDown(ctx))
	}
	<-background
	ctx = context.WithoutCancel(ctx)
	return errors.Join(err, s.Accounts.Flush(ctx), s.Usage.Settle(ctx, true), s.Audit.Settle(ctx, true))
}

// untilDrained returns when ctx has ended and load balancers have had time to notice, or with
// the error of a server that ended by itself.
func (s *Services) untilDrained(ctx context.Context, servers []*server) error {
	failed := make(chan error, len(servers))
	for _, server := range servers {
		go func() { failed <- server.serve() }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	if s.cfg.Drain > 0 {
		s.cfg.Logger.Info("stopping: not ready from now on", "drain", s.cfg.Drain.String())
	}
	s.pause(context.WithoutCancel(ctx), s.cfg.Drain)
	return nil
}

// leaving has who asks once more connect anew, and to another replica, once this one is about to stop. A connection is
// closed with its next answer: closed before, it might be the one on which a request is just coming, which would be
// lost.
func (s *Services) leaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// going is the health of the process itself: a replica that is about to stop wants no more requests.
func (s *Services) going(context.Context) error {
	if s.stopping.Load() {
		return fault.New(fault.Unavailable, "stopping", "This replica is stopping; ask another one.")
	}
	return nil
}

// server is an HTTP server with its listener.
type server struct {
	http.Server
	listener net.Listener
}

func newServer(listener net.Listener, handler http.Handler, logger *slog.Logger) *server {
	return &server{
		Server: http.Server{
			Handler:           handler,
			ReadHeaderTimeout: 10 * time.Second,
			ReadTimeout:       2 * time.Minute, // a large upload over a slow line
			WriteTimeout:      2 * time.Minute, // a key's first import into Vault takes long
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    32 << 10,
			ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		},
		listener: netutil.LimitListener(listener, maxConnections),
	}
}

func (s *server) serve() error { return s.Serve(s.listener) }

// shutDown closes the listener and waits for requests in flight.
func (s *server) shutDown(ctx context.Context) error {
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := s.Shutdown(closing); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
