package store

import (
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// sqliteDialector opens the database file at path.
func sqliteDialector(path string, readOnly bool) (gorm.Dialector, error) {
	if !filepath.IsAbs(path) {
		return nil, fault.New(fault.Invalid, "dsn_invalid",
			"sqlite:// needs an absolute path, as in sqlite:///var/lib/sealkeeper/db.sqlite: three slashes.")
	}
	if readOnly {
		if err := findFile(path); err != nil {
			return nil, err
		}
		if !writable(path) {
			return frozen(path)
		}
	} else if err := makeFile(path); err != nil {
		return nil, err
	}
	// Immediate transactions take the write lock at their start, so that
	// two of them cannot deadlock on upgrading a read lock.
	return openSQLite(sqliteSource(path, "_txlock", "immediate")), nil
}

// driverName is the SQLite driver with what all of our connections have.
const driverName = "sealkeeper-sqlite"

func init() {
	sql.Register(driverName, &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		// A row of ours stands in many indexes. At SQLite's own 1,000 pages, a few rows later the same pages would be
		// copied into the file again; 4,000 are a log of 16 MB.
		_, err := conn.Exec("PRAGMA wal_autocheckpoint = 4000", nil)
		return err
	}})
}

func openSQLite(source string) gorm.Dialector {
	return sqlite.New(sqlite.Config{DriverName: driverName, DSN: source})
}

// statementsKept is how many statements, already parsed and planned, the driver keeps for a connection. Parsing them
// anew each time took a quarter of an import's processor time.
const statementsKept = "128"

// pagesKept is how much of the file a connection keeps in memory at most, in kB, with a sign by which SQLite tells it
// from a number of pages. With a million certificates, the upper levels of an index alone are more than SQLite's own
// 2 MB, and looking up 10,000 of them took three times as long. What is kept goes with the connection.
const pagesKept = "-8000"

// sqliteSource is the driver's name for the file, with one option more than all connections have.
func sqliteSource(path, option, value string) string {
	options := url.Values{
		"_journal_mode":    {"WAL"},
		"_foreign_keys":    {"on"},
		"_busy_timeout":    {sqldb.BusyTimeout},
		"_synchronous":     {"FULL"},
		"_stmt_cache_size": {statementsKept},
		"_cache_size":      {pagesKept},
		option:             {value},
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + options.Encode()
}

// sqliteReaders is how many queries SQLite answers at once.
const sqliteReaders = 4

// addReaders gives queries outside of transactions connections of their own,
// and leaves one for what writes: SQLite has one writer at a time, and while Go's pool lets
// those who wait in one after the other, SQLite would have each look again after a pause.
func (d *DB) addReaders(source string) error {
	readers, err := sql.Open(driverName, source+"&_query_only=on")
	if err != nil {
		return err
	}
	d.sql.SetMaxOpenConns(1)
	readers.SetMaxOpenConns(sqliteReaders)
	readers.SetMaxIdleConns(sqliteReaders)
	readers.SetConnMaxIdleTime(idleTime)
	d.readers = readers
	read := func(tx *gorm.DB) {
		if tx.Statement.ConnPool == gorm.ConnPool(d.sql) { // else it is in a transaction
			tx.Statement.ConnPool = readers
		}
	}
	return errors.Join(d.gorm.Callback().Query().Before("*").Register("sealkeeper:readers", read),
		d.gorm.Callback().Row().Before("*").Register("sealkeeper:readers", read))
}

// makeFile makes the database file, if it is not there, for its owner's eyes alone.
// SQLite itself would let the umask decide. The files SQLite keeps beside it take over its mode.
func makeFile(path string) error {
	folder := filepath.Dir(path)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(err, fault.Invalid, "database_folder",
			"The folder %s does not exist; make it, for the user that Sealkeeper runs as, or correct the "+
				"database address.", folder)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // #nosec G304 -- the operator names the file
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "database_file",
			"The database file %s cannot be written; check whom it and its folder belong to.", path)
	}
	return file.Close()
}

// findFile only looks whether the database file is there.
func findFile(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return fault.Wrap(err, fault.Invalid, "database_missing",
			"There is no database file %s; check the address or the folder.", path)
	}
	return nil
}

// writable reports whether SQLite can write beside the file, as it does even to read.
func writable(path string) bool {
	probe, err := os.CreateTemp(filepath.Dir(path), ".sealkeeper-*")
	if err != nil {
		return false
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	return true
}

// frozen opens a file on a medium that cannot be written, such as evidence in an
// inquiry. Nobody changes it, so it needs neither locks nor files beside it. What was
// written last may be in the log beside the file: SQLite would have to write to read
// it, so that such a database has to be copied first.
func frozen(path string) (gorm.Dialector, error) {
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return nil, fault.New(fault.Conflict, "database_frozen",
			"The folder of %s cannot be written, and the newest changes are in %s-wal, which SQLite can only read by "+
				"writing: copy the files to a folder that can be written, and read them there.", path, path)
	}
	options := url.Values{"mode": {"ro"}, "immutable": {"1"}, "_query_only": {"on"}}
	return openSQLite("file:" + (&url.URL{Path: path}).EscapedPath() + "?" + options.Encode()), nil
}
