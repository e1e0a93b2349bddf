// Package sqldb is what the packages below store share: how errors of the
// database become ours, what values look like in columns, and in what SQLite
// and PostgreSQL differ. The handle itself is GORM's.
package sqldb

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// Unavailable wraps an error of the database for people.
func Unavailable(err error) error {
	switch sqlState(err) {
	case "42P05", "26000": // a prepared statement is there already, or is not there
		return fault.Wrap(err, fault.Unavailable, "database_pooled",
			"Between this program and PostgreSQL is a pooler in transaction mode, such as pgbouncer, which mixes up "+
				"prepared statements: add default_query_exec_mode=exec to the database address.")
	case "25006": // read_only_sql_transaction
		return readOnly(err)
	case "42501": // insufficient_privilege
		return fault.Wrap(err, fault.Unavailable, "database_denied",
			"The database does not let this program's role do that; docs/configuration.md says what it needs.")
	}
	if errors.Is(err, pgconn.ErrReadOnlyConnection) || errors.Is(err, pgconn.ErrStandbyConnection) {
		return readOnly(err) // what connections are refused for that writes are meant for
	}
	return fault.Wrap(err, fault.Unavailable, "database_unavailable",
		"The database does not answer as expected; try again, and tell the operator if it stays so.")
}

func readOnly(err error) error {
	return fault.Wrap(err, fault.Unavailable, "database_read_only",
		"The database is read-only: its address leads to a standby, or default_transaction_read_only is on. Nothing "+
			"can be changed until that ends; promote the standby, or have the address name every server.")
}

// Wrap turns an error of GORM into one of ours. what names the thing for people.
func Wrap(err error, what string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gorm.ErrRecordNotFound):
		return fault.New(fault.NotFound, "not_found", "There is no such %s.", what)
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return fault.Wrap(err, fault.Conflict, "exists", "This %s exists already.", what)
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return fault.Wrap(err, fault.Invalid, "reference_unknown",
			"The %s refers to something that does not exist.", what)
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if moved := movedAway(err); moved != nil {
		return moved
	}
	// PostgreSQL takes neither NUL nor what is not UTF-8: character_not_in_repertoire.
	if sqlState(err) == "22021" {
		return fault.Wrap(err, fault.Invalid, "text_invalid", "The %s holds a character that is no text.", what)
	}
	return Unavailable(err)
}

// sqlState is PostgreSQL's code of an error; "" for every other.
func sqlState(err error) string {
	state, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err)
	if !ok {
		return ""
	}
	return state.SQLState()
}

// movedAway is what the triggers say that refuse writes to a custody that is being
// moved or was moved; nil for every other error.
func movedAway(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "custody_moved"):
		return embedded.ErrMoved()
	case strings.Contains(text, "custody_moving"):
		return embedded.ErrMoving()
	}
	return nil
}

// ExpectOne makes a conflict of a change that found no row: somebody else was faster.
func ExpectOne(changed int, err error, what string) error {
	if err != nil {
		return Wrap(err, what)
	}
	if changed != 1 {
		return fault.New(fault.Conflict, "changed_meanwhile", "The %s was changed in the meantime; look at it again.",
			what)
	}
	return nil
}

// ExpectOneIn is ExpectOne for a result of GORM's older interface.
func ExpectOneIn(result *gorm.DB, what string) error {
	return ExpectOne(int(result.RowsAffected), result.Error, what)
}
