// Package store keeps Sealkeeper's records in SQLite or PostgreSQL. It is
// the only package that knows GORM, and implements the small interfaces that the
// other packages declare. Rows are not domain objects: each file converts its own.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

//go:embed migrations
var migrations embed.FS

// DB is an open database. It is safe for concurrent use.
type DB struct {
	gorm     *gorm.DB
	sql      *sql.DB
	readers  *sql.DB // SQLite's; nil: sql is for reading too
	dialect  goose.Dialect
	vacuumed atomic.Int64 // the note that the file was written anew for last
}

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
	dialector, dialect, err := dialectorFor(dsn.Reveal(), file)
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
		return nil, unavailable(err)
	}
	db, err := g.DB()
	if err != nil {
		return nil, unavailable(err)
	}
	d := &DB{gorm: g, sql: db, dialect: dialect}
	db.SetMaxOpenConns(16)
	if dialect == goose.DialectSQLite3 {
		if err := d.addReaders(dsn.Reveal()); err != nil {
			return nil, unavailable(err)
		}
	}
	if err := d.Health(ctx); err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

func dialectorFor(dsn string, file func(path string) error) (gorm.Dialector, goose.Dialect, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite://"); ok {
		dialector, err := sqliteDialector(path, file)
		return dialector, goose.DialectSQLite3, err
	}
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return postgres.Open(dsn), goose.DialectPostgres, nil
	}
	return nil, "", fault.New(fault.Invalid, "dsn_invalid",
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
		return unavailable(err)
	}
	return nil
}

// Migrate brings the schema up to date; on PostgreSQL under a lock, so that
// replicas starting together do it once. It refuses a database newer than this program.
func (d *DB) Migrate(ctx context.Context) error {
	provider, err := d.migrations()
	if err != nil {
		return err
	}
	have, want, err := provider.GetVersions(ctx)
	if err != nil {
		return unavailable(err)
	}
	if have > want {
		return fault.New(fault.Conflict, "schema_newer",
			"The database has schema version %d, this program knows %d: start the newer program again, or "+
				"restore a backup.", have, want)
	}
	if _, err := provider.Up(ctx); err != nil {
		return unavailable(fmt.Errorf("migrating the database: %w", err))
	}
	return nil
}

func (d *DB) migrations() (*goose.Provider, error) {
	folder := "migrations/sqlite"
	var options []goose.ProviderOption
	if d.dialect == goose.DialectPostgres {
		folder = "migrations/postgres"
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(d.dialect, d.sql, files, options...)
}

// unavailable wraps an error of the database for people.
func unavailable(err error) error {
	return fault.Wrap(err, fault.Unavailable, "database_unavailable",
		"The database does not answer as expected; try again, and tell the operator if it stays so.")
}

// wrap turns an error of GORM into one of ours. what names the thing for people.
func wrap(err error, what string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gorm.ErrRecordNotFound):
		return fault.New(fault.NotFound, "not_found", "There is no such %s.", what)
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return fault.Wrap(err, fault.Conflict, "exists", "This %s exists already.", what)
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return fault.Wrap(err, fault.Invalid, "reference_unknown", "The %s refers to something that does not exist.",
			what)
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if moved := movedAway(err); moved != nil {
		return moved
	}
	// PostgreSQL takes neither NUL nor what is not UTF-8: character_not_in_repertoire.
	if state, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err); ok && state.SQLState() == "22021" {
		return fault.Wrap(err, fault.Invalid, "text_invalid", "The %s holds a character that is no text.", what)
	}
	return unavailable(err)
}

// micros stores a time as microseconds; the zero time as 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

func (d *DB) postgres() bool { return d.dialect == goose.DialectPostgres }
