package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
)

// tableRow is one row of any table, as it is written to a copy or a backup:
// the same for both databases, and for columns that come later.
type tableRow map[string]any

// base64Key marks bytes, which JSON has no type for.
const base64Key = "$base64"

// readTable calls each with the rows of table for which where holds ("" for all), in the order given.
func readTable(
	ctx context.Context, tx *gorm.DB, table, where, order string, each func(tableRow) error, args ...any,
) error {
	query := "SELECT * FROM " + quoted(table)
	if where != "" {
		query += " WHERE " + where
	}
	if order != "" {
		query += " ORDER BY " + order
	}
	rows, err := tx.WithContext(ctx).Raw(query, args...).Rows()
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return unavailable(err)
	}
	for rows.Next() {
		row, err := scanRow(rows, names)
		if err != nil {
			return err
		}
		if err := each(row); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return unavailable(err)
	}
	return nil
}

func scanRow(rows *sql.Rows, names []string) (tableRow, error) {
	values, targets := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, unavailable(err)
	}
	row := make(tableRow, len(names))
	for i, name := range names {
		switch v := values[i].(type) {
		case nil, string, int64, bool:
			row[name] = v
		case []byte:
			row[name] = map[string]any{base64Key: base64.StdEncoding.EncodeToString(v)}
		default:
			return nil, fault.New(fault.Internal, "column_type", "The column %s has a type that cannot be copied (%T).",
				name, v)
		}
	}
	return row, nil
}

// insertRow writes a row that readTable gave; known are the table's columns.
func insertRow(ctx context.Context, tx *gorm.DB, table string, known map[string]bool, row tableRow) error {
	names, marks, values := make([]string, 0, len(row)), make([]string, 0, len(row)), make([]any, 0, len(row))
	for name, v := range row {
		if !known[name] {
			return fault.New(fault.Invalid, "column_unknown",
				"The table %s has no column %q: what is being read was written by a newer program.", table, name)
		}
		value, err := columnValue(v)
		if err != nil {
			return err
		}
		names, marks, values = append(names, quoted(name)), append(marks, "?"), append(values, value)
	}
	// GORM would take bytes right after a parenthesis for a list.
	err := tx.WithContext(ctx).Exec(fmt.Sprintf("INSERT INTO %s (%s) VALUES ( %s)",
		quoted(table), strings.Join(names, ", "), strings.Join(marks, ", ")), values...).Error
	return wrap(err, "row of "+table)
}

// columnValue is the inverse of what scanRow and JSON make of a value.
func columnValue(v any) (any, error) {
	switch v := v.(type) {
	case nil, string, bool:
		return v, nil
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
	case map[string]any:
		if text, ok := v[base64Key].(string); ok && len(v) == 1 {
			if data, err := base64.StdEncoding.DecodeString(text); err == nil {
				return data, nil
			}
		}
	}
	return nil, fault.New(fault.Invalid, "value_unreadable",
		"What is being read holds a value that no column has; it was altered or is not one of ours.")
}

// snapshot calls f with a transaction that sees the database as it is at one
// moment and stands in no writer's way: our usual transactions take SQLite's write lock.
func (d *DB) snapshot(ctx context.Context, f func(tx *gorm.DB) error) error {
	begin := "BEGIN"
	if d.postgres() {
		begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	return d.gorm.WithContext(ctx).Connection(func(tx *gorm.DB) error {
		if err := tx.Exec(begin).Error; err != nil {
			return unavailable(err)
		}
		defer tx.WithContext(context.WithoutCancel(ctx)).Exec("ROLLBACK")
		return f(tx)
	})
}

// columns are the names of a table's columns.
func columns(ctx context.Context, tx *gorm.DB, table string) (map[string]bool, error) {
	rows, err := tx.WithContext(ctx).Raw("SELECT * FROM " + quoted(table) + " LIMIT 0").Rows()
	if err != nil {
		return nil, unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, unavailable(err)
	}
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	return known, rows.Err()
}

// quoted is a name in SQL. Names come from this package and from the schema, never from a person.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// decodeRow reads one row out of JSON, integers as they were.
func decodeRow(text []byte) (tableRow, error) {
	var row tableRow
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&row); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "row_unreadable",
			"A row of a copy or backup cannot be read; it was altered or is not one of ours.")
	}
	return row, nil
}
