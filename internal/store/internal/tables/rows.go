// Package tables reads and writes rows of any table, as they are written to a
// mirror in custody or to a backup: the same from both databases, and for columns
// that come later.
package tables

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Row is one row of a table, by the names of its columns.
type Row map[string]any

// base64Key marks bytes, which JSON has no type for.
const base64Key = "$base64"

// Read calls each with the rows of table for which where holds; "" is all.
func Read(
	ctx context.Context, tx *gorm.DB, table, where string, each func(Row) error, args ...any,
) error {
	query := "SELECT * FROM " + Quoted(table)
	if where != "" {
		query += " WHERE " + where
	}
	rows, err := tx.WithContext(ctx).Raw(query, args...).Rows()
	if err != nil {
		return sqldb.Unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return sqldb.Unavailable(err)
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
		return sqldb.Unavailable(err)
	}
	return nil
}

func scanRow(rows *sql.Rows, names []string) (Row, error) {
	values, targets := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, sqldb.Unavailable(err)
	}
	row := make(Row, len(names))
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

// Insert writes a row that Read gave; known are the table's columns.
func Insert(ctx context.Context, tx *gorm.DB, table string, known map[string]bool, row Row) error {
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
		names, marks, values = append(names, Quoted(name)), append(marks, "?"), append(values, value)
	}
	// GORM would take bytes right after a parenthesis for a list.
	err := tx.WithContext(ctx).Exec(fmt.Sprintf("INSERT INTO %s (%s) VALUES ( %s)",
		Quoted(table), strings.Join(names, ", "), strings.Join(marks, ", ")), values...).Error
	return sqldb.Wrap(err, "row of "+table)
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

// Columns returns the names of a table's columns.
func Columns(ctx context.Context, tx *gorm.DB, table string) (map[string]bool, error) {
	rows, err := tx.WithContext(ctx).Raw("SELECT * FROM " + Quoted(table) + " LIMIT 0").Rows()
	if err != nil {
		return nil, sqldb.Unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, sqldb.Unavailable(err)
	}
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	return known, rows.Err()
}

// Quoted is a name in SQL. Names come from the program and from the schema, never from a person.
func Quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Decode reads one row out of JSON, integers as they were.
func Decode(text []byte) (Row, error) {
	var row Row
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&row); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "row_unreadable",
			"A row of a copy or backup cannot be read; it was altered or is not one of ours.")
	}
	return row, nil
}
