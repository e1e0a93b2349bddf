package primary

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// connectTimeout is how long one server is given to accept a connection, unless the
// address says connect_timeout.
const connectTimeout = 3 * time.Second

// servers are those of an address. The one that took the last connection is asked first:
// else a primary that has dropped off the network would be waited for by each new connection.
type servers struct {
	each  []driver.Connector
	first atomic.Int32
	stop  context.CancelFunc
	done  chan struct{}

	mu   sync.Mutex
	open map[*trackedConn]struct{}
}

// trackedConn is a connection that can be closed while somebody waits for an answer on it.
type trackedConn struct {
	net.Conn
	of *servers
	at time.Time
}

// Close implements net.Conn.
func (c *trackedConn) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

func newServers(cfg *pgx.ConnConfig, option stdlib.OptionOpenDB) *servers {
	s := &servers{open: map[*trackedConn]struct{}{}, done: make(chan struct{})}
	dial := cfg.DialFunc
	cfg.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c := &trackedConn{Conn: conn, of: s, at: time.Now()}
		s.mu.Lock()
		s.open[c] = struct{}{}
		s.mu.Unlock()
		return c, nil
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	for _, one := range apart(cfg) {
		s.each = append(s.each, stdlib.GetConnector(*one, option))
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go s.watch(ctx)
	return s
}

// apart returns a configuration for each server of one. What pgx tries one after the
// other is a server with TLS and without where sslmode allows both, and the next server.
func apart(cfg *pgx.ConnConfig) []*pgx.ConnConfig {
	var all []*pgx.ConnConfig
	tries := append([]*pgconn.FallbackConfig{{Host: cfg.Host, Port: cfg.Port, TLSConfig: cfg.TLSConfig}},
		cfg.Fallbacks...)
	for _, try := range tries {
		if n := len(all); n > 0 && all[n-1].Host == try.Host && all[n-1].Port == try.Port {
			all[n-1].Fallbacks = append(all[n-1].Fallbacks, try)
			continue
		}
		one := cfg.Copy()
		one.Host, one.Port, one.TLSConfig, one.Fallbacks = try.Host, try.Port, try.TLSConfig, nil
		all = append(all, one)
	}
	return all
}

// Connect implements driver.Connector.
func (s *servers) Connect(ctx context.Context) (driver.Conn, error) {
	var errs []error
	first := int(s.first.Load())
	for i := range s.each {
		i = (first + i) % len(s.each)
		conn, err := s.each[i].Connect(ctx)
		if err == nil {
			s.first.Store(int32(i))
			return conn, nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(errs...)
}

// Driver implements driver.Connector.
func (s *servers) Driver() driver.Driver { return s.each[0].Driver() }

// Close ends the watch; database/sql calls it when the pool is closed.
func (s *servers) Close() error {
	s.stop()
	<-s.done
	return nil
}

// closeBefore closes the connections that were opened before a moment: who waits on one gets an error.
func (s *servers) closeBefore(at time.Time) {
	s.mu.Lock()
	var silent []net.Conn
	for c := range s.open {
		if c.at.Before(at) {
			silent = append(silent, c.Conn)
		}
	}
	s.mu.Unlock()
	for _, c := range silent {
		_ = c.Close()
	}
}
