package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// shutdownTimeout is how long requests in flight may take to finish when the program ends.
const shutdownTimeout = 10 * time.Second

// maxConnections bounds what clients that say nothing, or little by little, can hold.
// A service that waits for changes holds one.
const maxConnections = 16384

// Serve answers on listener and does the periodic work until ctx ends; then
// requests in flight and running jobs finish before it returns.
func (s *Services) Serve(ctx context.Context, listener net.Listener) error {
	handler, err := s.Handler()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	background := make(chan struct{})
	go func() {
		defer close(background)
		s.Background(ctx)
	}()
	err = serveUntil(ctx, listener, handler, s.cfg.Logger)
	stop()
	<-background
	ctx = context.WithoutCancel(ctx)
	return errors.Join(err, s.Accounts.Flush(ctx), s.Usage.Settle(ctx, true), s.Audit.Settle(ctx, true))
}

// serveUntil serves on listener until ctx ends, and then lets requests in flight finish.
func serveUntil(ctx context.Context, listener net.Listener, handler http.Handler, logger *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute, // a large upload over a slow line
		WriteTimeout:      2 * time.Minute, // a key's first import into Vault takes long
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	bounded := netutil.LimitListener(listener, maxConnections)
	go func() { failed <- server.Serve(bounded) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(closing); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
