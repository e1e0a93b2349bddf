package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm/logger"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/migrations"
)

// Exec runs SQL as an intruder in the database would.
func Exec(ctx context.Context, d *DB, sql string) error {
	return d.gorm.WithContext(ctx).Exec(sql).Error
}

// IsPostgres tells the two databases apart.
func IsPostgres(d *DB) bool { return sqldb.Postgres(d.gorm) }

// WriterInUse reports whether somebody has SQLite's only connection that writes.
func WriterInUse(d *DB) bool { return d.sql.Stats().InUse > 0 }

// Vacuum does PostgreSQL's housekeeping on a table; SQLite has none of the kind.
func Vacuum(ctx context.Context, d *DB, table string) error {
	if !sqldb.Postgres(d.gorm) {
		return nil
	}
	return Exec(ctx, d, "VACUUM ANALYZE "+table)
}

// Plans calls f, and returns how the database would carry out each query that f makes. PostgreSQL
// is asked what it does where reading a whole table is no way out, which it is in a small one.
func Plans(ctx context.Context, d *DB, f func()) (plans []string, err error) {
	spy := &spy{Interface: d.gorm.Logger}
	d.gorm.Logger = spy
	f()
	d.gorm.Logger = spy.Interface
	explain := "EXPLAIN QUERY PLAN "
	conn, err := d.sql.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	if sqldb.Postgres(d.gorm) {
		explain = "EXPLAIN "
		if _, err := conn.ExecContext(ctx, "SET enable_seqscan = off"); err != nil {
			return nil, err
		}
		defer func() { _, _ = conn.ExecContext(ctx, "RESET enable_seqscan") }()
	}
	for _, query := range spy.queries {
		rows, err := conn.QueryContext(ctx, explain+query)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", query, err)
		}
		plan, err := planText(rows, sqldb.Postgres(d.gorm))
		if err != nil {
			return nil, err
		}
		plans = append(plans, query+"\n"+plan)
	}
	return plans, nil
}

// planText reads what a database answers to EXPLAIN, and closes it.
func planText(rows *sql.Rows, postgres bool) (plan string, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id, parent, unused, text string
		fields := []any{&id, &parent, &unused, &text}
		if postgres {
			fields = fields[3:]
		}
		if err := rows.Scan(fields...); err != nil {
			return "", err
		}
		plan += text + "\n"
	}
	return plan, rows.Err()
}

// spy keeps the queries that it is told of, and what writes many rows at once.
type spy struct {
	logger.Interface
	queries []string
}

// LogMode implements logger.Interface.
func (s *spy) LogMode(logger.LogLevel) logger.Interface { return s }

// Trace implements logger.Interface.
func (s *spy) Trace(_ context.Context, _ time.Time, query func() (string, int64), _ error) {
	text, _ := query()
	if strings.HasPrefix(strings.TrimSpace(text), "SELECT") || strings.Contains(text, " FROM (VALUES ") {
		s.queries = append(s.queries, text)
	}
}

// MigrateTo brings an empty database to a schema that is not the newest.
func MigrateTo(ctx context.Context, d *DB, version int64) error {
	provider, err := migrations.Provider(d.gorm)
	if err == nil {
		_, err = provider.UpTo(ctx, version)
	}
	return err
}

// CopyRows copies the row with the id, once for each number i of the table expression n, with other values in some
// columns.
func CopyRows(ctx context.Context, d *DB, n, table, id string, values map[string]string) error {
	types, err := d.gorm.WithContext(ctx).Migrator().ColumnTypes(table)
	if err != nil {
		return err
	}
	var columns, selected []string
	for _, c := range types {
		value, other := values[c.Name()]
		if !other {
			value = table + "." + c.Name()
		}
		columns, selected = append(columns, c.Name()), append(selected, value)
	}
	return Exec(ctx, d, n+" INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") SELECT "+
		strings.Join(selected, ", ")+" FROM n, "+table+" WHERE "+table+".id = '"+id+"'")
}
