// Package primary connects to the PostgreSQL server that takes writes, whichever of
// those in the address that is at the time.
package primary

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

// lookAgainAfter is how long a connection is trusted to be one that can be written to.
const lookAgainAfter = 5 * time.Second

// lookedAt is where a connection keeps when it was looked at last.
const lookedAt = "sealkeeper.looked_at"

// Open returns a pool of connections to a server that takes writes. After a
// failover the pool still has connections to what is now a standby, and a database can be
// made read-only while connections are open: each connection is looked at again before it is
// used, at most every five seconds, and one that has become read-only is closed. Those to a
// server that has fallen silent are closed too. For who only reads, a standby will do.
func Open(dsn string, readOnly bool) (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		// Not wrapped: pgx repeats the address, which may hold a password.
		return nil, fault.New(fault.Invalid, "dsn_invalid",
			"The database address cannot be read; it has the form postgres://user@host:5432/name?sslmode=verify-full.")
	}
	if err := secured(cfg); err != nil {
		return nil, err
	}
	if readOnly {
		return stdlib.OpenDB(*cfg), nil
	}
	if cfg.ValidateConnect == nil {
		cfg.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	again := stdlib.OptionResetSession(func(ctx context.Context, conn *pgx.Conn) error {
		data := conn.PgConn().CustomData()
		if at, ok := data[lookedAt].(time.Time); ok && time.Since(at) < lookAgainAfter {
			return nil
		}
		if err := cfg.ValidateConnect(ctx, conn.PgConn()); err != nil {
			return driver.ErrBadConn
		}
		data[lookedAt] = time.Now()
		return nil
	})
	return sql.OpenDB(newServers(cfg, again)), nil
}

// secured refuses to cross a network to the database in clear, or with TLS that
// does not verify whom it reached. What pgx does without an sslmode falls back to clear text.
func secured(cfg *pgx.ConnConfig) error {
	hosts := append([]*pgconn.FallbackConfig{{Host: cfg.Host, TLSConfig: cfg.TLSConfig}}, cfg.Fallbacks...)
	for _, h := range hosts {
		socket := strings.HasPrefix(h.Host, "/") || strings.HasPrefix(h.Host, "@")
		if socket || loopback.Host(h.Host) {
			continue
		}
		if h.TLSConfig == nil || h.TLSConfig.InsecureSkipVerify {
			return fault.New(fault.Invalid, "database_insecure",
				"The database is on another machine (%s), so its address must say sslmode=verify-full, "+
					"and sslrootcert=FILE where its certificate is of a CA of your own: records and the audit log "+
					"would cross the network in clear.",
				h.Host)
		}
	}
	return nil
}
