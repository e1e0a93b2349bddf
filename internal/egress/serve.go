package egress

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"github.com/sealkeeper/sealkeeper/internal/local"
)

const (
	// maxConnections bounds what programs can hold open.
	maxConnections = 4096
	// idleTime is how long a program's connection may be idle.
	idleTime = 30 * time.Second
	// takeOverTime is how long the next process may take to be ready.
	takeOverTime = time.Minute
	// readyFD is set for a process that takes over: the descriptor on which it says that it is ready.
	readyFD = "SEALKEEPER_EGRESS_READY_FD"
)

// Server serves a Proxy on one listener.
type Server struct {
	proxy    *Proxy
	listener net.Listener
	http     *http.Server
	logger   *slog.Logger

	mu   sync.Mutex
	open map[net.Conn]struct{}
	gone chan struct{} // of one: a connection has ended
}

// NewServer returns a Server that does not accept yet.
func NewServer(p *Proxy, listener net.Listener) *Server {
	s := &Server{
		proxy:    p,
		listener: listener,
		logger:   p.cfg.Logger,
		open:     map[net.Conn]struct{}{},
		gone:     make(chan struct{}, 1),
	}
	s.http = &http.Server{
		Handler:           p,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    64 << 10,
		ConnState:         s.note,
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
	return s
}

// note counts connections.
func (s *Server) note(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.open[c] = struct{}{}
	case http.StateClosed, http.StateHijacked:
		delete(s.open, c)
		select {
		case s.gone <- struct{}{}:
		default:
		}
	}
}

// Run serves until ctx ends, or until another process has taken over after a signal on again. It returns when
// requests under way have their answers, and whether another process goes on.
func (s *Server) Run(ctx context.Context, again <-chan os.Signal) (handedOver bool, err error) {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(netutil.LimitListener(s.listener, maxConnections)) }()
	sayReady()
	for !handedOver {
		select {
		case err := <-failed:
			return false, err
		case <-ctx.Done():
			_ = s.listener.Close()
			s.drain()
			return false, nil
		case <-again:
			err := s.handOver(ctx)
			if handedOver = err == nil; !handedOver {
				s.logger.Error("no other process takes over; this one goes on", slog.String("error", err.Error()))
			}
		}
	}
	if unix, ok := s.listener.(*net.UnixListener); ok {
		unix.SetUnlinkOnClose(false) // it is the other process's now
	}
	_ = s.listener.Close()
	s.drain()
	return true, nil
}

// drain lets requests finish. A connection ends with its next answer, or when it has been idle for a while: closing
// it before would fail a request that is on its way.
func (s *Server) drain() {
	s.proxy.leave()
	end := time.After(max(idleTime, s.proxy.cfg.Within) + 2*time.Second)
	for {
		s.mu.Lock()
		left := len(s.open)
		s.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-s.gone:
		case <-end:
			_ = s.http.Close()
			return
		}
	}
}

// handOver starts this program anew with the listener, and waits until it says that it is ready.
func (s *Server) handOver(ctx context.Context) error {
	listener, err := descriptor(s.listener)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	heard, ready, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = heard.Close() }()
	program, err := exec.LookPath(os.Args[0]) // what the name leads to now, should it be a link to a release
	if err != nil {
		return err
	}
	next := exec.CommandContext(context.WithoutCancel(ctx), program) //nolint:gosec // it is this program
	next.Args = os.Args
	next.Stdout, next.Stderr = os.Stdout, os.Stderr
	next.ExtraFiles = []*os.File{listener, ready}
	next.Env = append(without(os.Environ(), listenFDs, listenPID, readyFD), listenFDs+"=1", readyFD+"=4")
	err = next.Start()
	_ = ready.Close()
	if err != nil {
		return err
	}
	go func() { _ = next.Wait() }()
	_ = heard.SetReadDeadline(time.Now().Add(takeOverTime))
	defer context.AfterFunc(ctx, func() { _ = heard.SetReadDeadline(time.Now()) })()
	if n, err := heard.Read(make([]byte, 1)); n == 0 {
		_ = next.Process.Kill()
		return errors.Join(errors.New("the next process has not become ready"), err)
	}
	s.logger.Info("another process has taken over", slog.Int("pid", next.Process.Pid))
	return nil
}

// sayReady tells the process before that this one accepts connections.
func sayReady() {
	if os.Getenv(readyFD) == "" {
		return
	}
	file := os.NewFile(firstDescriptor+1, "ready")
	_, _ = file.Write([]byte{1}) // if the other process has ended, nobody waits
	_ = file.Close()
	_ = os.Unsetenv(readyFD)
}

func without(environ []string, names ...string) []string {
	var kept []string
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		drop := false
		for _, n := range names {
			drop = drop || n == name
		}
		if !drop {
			kept = append(kept, variable)
		}
	}
	return kept
}

// ServeStatus serves the pages of the host egress on a TCP port of this machine, for monitoring, until ctx ends or the
// Proxy is left to another process. With wait it waits until the address is free.
func (p *Proxy) ServeStatus(ctx context.Context, address string, wait bool) error {
	listener, err := local.Loopback(address)
	if err != nil && !wait {
		return err
	}
	go func() {
		for tick := time.NewTicker(100 * time.Millisecond); err != nil; listener, err = local.Loopback(address) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
		p.serveStatus(ctx, listener)
	}()
	return nil
}

func (p *Proxy) serveStatus(ctx context.Context, listener net.Listener) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-ctx.Done():
		case <-p.left:
			cancel()
		}
	}()
	local.Serve(ctx, listener, p.pages)
}
