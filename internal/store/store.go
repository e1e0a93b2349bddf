// Package store keeps Sealkeeper's records in SQLite or PostgreSQL. It and what is
// below it are all that knows GORM, and implement the small interfaces that the other
// packages declare. Rows are not domain objects: each package below has those of one
// kind of record and converts them. DB is all of them together.
package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/migrations"
	"github.com/sealkeeper/sealkeeper/secret"
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	*schema

	gorm     *gorm.DB
	sql      *sql.DB
	readers  *sql.DB      // SQLite's; nil: sql is for reading too
	vacuumed atomic.Int64 // the note that the file was written anew for last
}

// The stores that DB is made of. Fields with these names are promoted, and nobody
// reaches past them.
type (
	schema = migrations.Schema
)

// Open opens the database named by dsn: "sqlite:///var/lib/sealkeeper/db.sqlite"
// (an absolute path after the second slash, to a file that is made if its folder is there) or
// "postgres://user@host/name". The DSN is secret: it may hold a password. Open does not
// change the schema; Migrate does.
func Open(ctx context.Context, dsn secret.Text) (*DB, error) { return open(ctx, dsn, makeFile) }

// OpenExisting is Open for those who only read: where there is no SQLite file
// yet, it says so and makes none.
func OpenExisting(ctx context.Context, dsn secret.Text) (*DB, error) {
	return open(ctx, dsn, findFile)
}

// open opens the database; file is called with the path of an SQLite file first.
func open(ctx context.Context, dsn secret.Text, file func(path string) error) (*DB, error) {
	dialector, err := dialectorFor(dsn.Reveal(), file)
	if err != nil {
		return nil, err
	}
	g, err := gorm.Open(dialector, &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true,
		Logger:                 logger.Discard, // errors are returned; statements may hold personal data
		NowFunc:                func() time.Time { return time.Now().UTC() },
	})
	if err != nil {
		return nil, sqldb.Unavailable(err)
	}
	db, err := g.DB()
	if err != nil {
		return nil, sqldb.Unavailable(err)
	}
	db.SetMaxOpenConns(16)
	d := &DB{schema: migrations.New(g), gorm: g, sql: db}
	if !sqldb.Postgres(g) {
		if err := d.addReaders(dsn.Reveal()); err != nil {
			return nil, sqldb.Unavailable(err)
		}
	}
	if err := d.Health(ctx); err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

func dialectorFor(dsn string, file func(path string) error) (gorm.Dialector, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite://"); ok {
		return sqliteDialector(path, file)
	}
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return postgres.Open(dsn), nil
	}
	return nil, fault.New(fault.Invalid, "dsn_invalid",
		"The database address must begin with sqlite:// or postgres://.")
}

// Close closes the database.
func (d *DB) Close() error {
	if d.readers == nil {
		return d.sql.Close()
	}
	return errors.Join(d.readers.Close(), d.sql.Close())
}

// Health reports whether the database answers. On SQLite the readers do, also
// while another process holds the only place for a writer.
func (d *DB) Health(ctx context.Context) error {
	db := d.sql
	if d.readers != nil {
		db = d.readers
	}
	if err := db.PingContext(ctx); err != nil {
		return sqldb.Unavailable(err)
	}
	return nil
}
