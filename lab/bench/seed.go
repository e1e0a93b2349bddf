package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// seeding is a database that has one registration with its certificates, and is filled in bulk by copying their rows:
// a million of them through the services would take days.
type seeding struct {
	driver string // of database/sql
	source string // path or address
}

func (s seeding) name() string {
	return strings.TrimSuffix(strings.Replace(s.driver, "pgx", "postgres", 1), "3")
}

// seededAtOnce is how many certificates one transaction adds, so that what the database writes ahead stays small.
const seededAtOnce = 20_000

// seed adds certificates, a QWAC and a QSealC in turns, with a tenth as many registrations, which use two each, as many
// consents, and five times as many entries of the audit log. They are one another's copies but for what lists are
// ordered and filtered by.
func (s seeding) seed(ctx context.Context, certificates int) (err error) {
	db, err := sql.Open(s.driver, s.source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if s.driver == "sqlite3" {
		if _, err := db.ExecContext(ctx, "PRAGMA synchronous = OFF"); err != nil {
			return err
		}
	}
	var from originals
	err = db.QueryRowContext(ctx, `SELECT b.id, b.qwac_id, r.id, r.application_id FROM bundles b
		JOIN registrations r ON r.id = b.registration_id WHERE b.state = 'active'`).
		Scan(&from.bundle, &from.certificate, &from.registration, &from.application)
	if err != nil {
		return err
	}
	if _, err = db.ExecContext(ctx, consented, from.registration); err != nil {
		return err
	}
	for first := 0; first < certificates; first += seededAtOnce {
		if err := from.seed(ctx, db, first, min(first+seededAtOnce, certificates)); err != nil {
			return err
		}
	}
	if s.driver == "pgx" { // as autovacuum does by itself
		_, err = db.ExecContext(ctx, "VACUUM ANALYZE")
	}
	return err
}

// consented is a customer's consent to a registration, for 180 days.
const consented = `INSERT INTO consents (id, registration_id, institution_id, segment, scope, customer, redirect_uri,
	state_hash, code_hash, state, reason, created_at, created_by, answer_by, authorized_at, renewed_at,
	access_expires_at, refresh_expires_at, reauthenticate_by, expires_at, refresh_life, refreshable, refreshes_left,
	refreshes, in_doubt, retry_at, last_failure, holds_tokens, lease_until, abandoned, fence)
	SELECT 'consent', id, institution_id, 'retail', 'aisp', 'customer', 'https://firm.example/back', 'state', 'code',
	'active', '', created_at, 'reader', created_at, created_at, created_at, created_at, created_at + 15552000000000,
	created_at + 15552000000000, created_at + 15552000000000, 15552000000000, true, 4, 0, false, 0, '', true, 0, false,
	1 FROM registrations WHERE id = $1`

// is finds the row with an id.
func is(id string) string { return "id = '" + id + "'" }

// padded is an expression for the seven digits of another.
func padded(number string) string { return "substr('' || (10000000 + " + number + "), 2)" }

// originals are the ids of the rows that are copied.
type originals struct{ certificate, application, registration, bundle string }

// copies are the rows of a table that are copied from one of it, and what differs, as expressions of n.i.
type copies struct {
	table, one string // a condition
	differs    map[string]string
}

// seed adds what belongs to the certificates of the numbers from first to before end.
func (o originals) seed(ctx context.Context, db *sql.DB, first, end int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, c := range o.each() {
		err = cmp.Or(err, c.add(ctx, tx, first, end))
	}
	for _, c := range o.tenths() {
		err = cmp.Or(err, c.add(ctx, tx, first/10, end/10))
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// tenths are what there is once for ten certificates.
func (o originals) tenths() []copies {
	application, registration := "'app' || n.i", "'reg' || n.i"
	return []copies{
		{"applications", is(o.application), map[string]string{
			"id": application, "name": "'Copy ' || n.i", "name_key": "'copy ' || n.i",
		}},
		{"registrations", is(o.registration), map[string]string{"id": registration, "application_id": application}},
		{"bundles", is(o.bundle), map[string]string{
			"id":              "'b' || n.i",
			"registration_id": registration,
			"qwac_id":         "'c' || " + padded("10 * n.i"),
			"qsealc_id":       "'c' || " + padded("10 * n.i + 1"),
		}},
	}
}

// each are what there is for each certificate. Half of those are of one organization, and a tenth are out of use.
func (o originals) each() []copies {
	const day = " * 86400000000"
	id, name := "'c' || "+padded("n.i"), "'certificate ' || "+padded("n.i")
	all := []copies{
		{"certificates", is(o.certificate), map[string]string{
			"id":          id,
			"key_id":      "'k' || n.i",
			"kind":        "CASE n.i % 2 WHEN 0 THEN 'qwac' ELSE 'qsealc' END",
			"name":        name,
			"name_key":    name,
			"sha256":      padded("n.i") + " || substr(t.sha256, 8)",
			"spki_sha256": padded("n.i") + " || substr(t.spki_sha256, 8)",
			"created_at":  "t.created_at + (n.i - 10000000) * 1000000",
			"not_after":   "t.not_after - (n.i * 7919 % 600)" + day,
			"line_id":     id, // a line and a key of its own
			"severity":    "n.i / 3 % 4",
			"state":       "CASE n.i % 10 WHEN 9 THEN 'retired' ELSE t.state END",
			"ended":       "CASE n.i % 10 WHEN 9 THEN 1 ELSE 0 END",
			"organization_identifier": "CASE n.i / 2 % 2 WHEN 0 THEN t.organization_identifier " +
				"ELSE 'PSDFR-ACPR-' || (10000 + n.i % 500) END",
		}},
		{"search_words", is(o.certificate), map[string]string{"id": id, "word": padded("n.i")}},
		{"search_words", is(o.certificate), map[string]string{"id": id, "word": "'group' || (n.i % 1000)"}},
		{"search_words", is(o.certificate), map[string]string{"id": id, "word": "'certificate'"}},
		{"consents", "id = 'consent'", map[string]string{
			"id":         "'consent' || n.i",
			"state_hash": "'state' || n.i",
			"customer":   "'customer' || (n.i / 3)",
			"created_at": "t.created_at + n.i",
			"expires_at": "t.expires_at - (n.i * 7919 % 170)" + day + " + n.i",
			"state":      "CASE n.i % 10 WHEN 9 THEN 'expired' ELSE 'active' END",
		}},
	}
	actions := []string{"cert.list", "cert.sign", "cert.use", "cert.import", "report"}
	outcomes := []string{"allowed", "done", "done", "failed", "denied"}
	for k, action := range actions {
		all = append(all, copies{"audit_entries", "seq = 1", map[string]string{
			"seq":       fmt.Sprintf("5 * n.i + %d", 1000+k),
			"at":        fmt.Sprintf("t.at - 1%s + 5 * n.i + %d", day, k),
			"object":    id,
			"caller_id": "'person' || (n.i % 100)",
			"action":    "'" + action + "'",
			"outcome":   "'" + outcomes[k] + "'",
			"hash":      padded("n.i"),
			"prev_hash": padded("n.i - 1"),
		}})
	}
	return all
}

// add copies the row for each number from first to before end.
func (c copies) add(ctx context.Context, tx *sql.Tx, first, end int) error {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+c.table+" LIMIT 0") //nolint:gosec // a table's name, above
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil || rows.Next() || rows.Err() != nil { // the connection is free behind the last row
		return errors.Join(err, rows.Err())
	}
	values := make([]string, len(columns))
	for i, column := range columns {
		values[i] = cmp.Or(c.differs[column], "t."+column)
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT CAST(%d AS BIGINT)
			UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %d)
		INSERT INTO %s (%s) SELECT %s FROM n CROSS JOIN (SELECT * FROM %[3]s WHERE %[6]s LIMIT 1) AS t`,
		first, end, c.table, strings.Join(columns, ", "), strings.Join(values, ", "), c.one))
	if err != nil {
		return fmt.Errorf("%s: %w", c.table, err)
	}
	return nil
}
