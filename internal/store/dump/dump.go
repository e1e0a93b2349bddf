// Package dump reads all that a backup has out of the database, and into a new one.
package dump

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/custody"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/tables"
	"github.com/sealkeeper/sealkeeper/internal/store/migrations"
)

// Store reads the database and fills it.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

// passing are tables that no backup has: what they hold is over by the time it is
// needed, or is made anew.
var passing = []string{
	"goose_db_version", "schema_floor", "sqlite_sequence", "sessions", "sign_in_links", "authorizations",
	"record_changes", "search_changes", "job_turns", "custody_checks", "case_subjects", "registration_looks",
	"registration_look_rules", "registration_tasks",
	"passkey_challenges", "console_sessions", "invitations", "export_links", "account_requests", "terminal_logins",
	"tls_clock", "tls_changes", "service_sessions", "service_applications",
	"idempotent_requests",
	"trusted_lists", "trusted_services", "trust_verdicts",
	"registers", "register_entries", "register_verdicts",
}

// kept are the rows of a table that a backup has, where it is not all of them: what
// is to be done to this database's file is nothing to do to another's.
var kept = map[string]string{custody.Table: "kind <> '" + custody.Residue + "'"}

// Dump calls each with every row worth keeping, as a line of JSON that is the
// same from both databases, all of one moment. Tables come in an order in which
// they can be loaded. It returns the schema's version.
func (s *Store) Dump(ctx context.Context, each func(table string, line []byte) error) (schema int64, err error) {
	provider, err := migrations.Provider(s.db)
	if err != nil {
		return 0, err
	}
	if schema, err = provider.GetDBVersion(ctx); err != nil {
		return 0, sqldb.Unavailable(err)
	}
	return schema, sqldb.Snapshot(ctx, s.db, func(tx *gorm.DB) error {
		ordered, err := worthKeeping(ctx, tx)
		if err != nil {
			return err
		}
		for _, table := range ordered {
			err := tables.Read(ctx, tx, table, kept[table], func(row tables.Row) error {
				line, err := json.Marshal(row)
				if err != nil {
					return fault.Wrap(err, fault.Internal, "dump", "A row of %s cannot be written.", table)
				}
				return each(table, line)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// names lists the tables that are, in alphabetical order.
func names(ctx context.Context, tx *gorm.DB) (all []string, err error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`
	if sqldb.Postgres(tx) {
		// What is in a partition is in its table.
		query = `SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace
			AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname`
	}
	if err := tx.WithContext(ctx).Raw(query).Scan(&all).Error; err != nil {
		return nil, sqldb.Unavailable(err)
	}
	return all, nil
}

// Rows is how many rows a table has, counted up to a limit.
type Rows struct {
	Table string
	Count int64
}

// Rows counts the rows of each table, in alphabetical order; none further than limit.
func (s *Store) Rows(ctx context.Context, limit int) ([]Rows, error) {
	all, err := names(ctx, s.db)
	if err != nil {
		return nil, err
	}
	counts := make([]Rows, 0, len(all))
	for _, table := range all {
		r := Rows{Table: table}
		err := s.db.WithContext(ctx).
			Raw("SELECT count(*) FROM (SELECT 1 FROM "+tables.Quoted(table)+" LIMIT ?) AS counted", limit).
			Scan(&r.Count).Error
		if err != nil {
			return nil, sqldb.Unavailable(err)
		}
		counts = append(counts, r)
	}
	return counts, nil
}

// worthKeeping lists the tables that are, a table after those it refers to. The
// schema is asked, so that a table that comes later is not forgotten.
func worthKeeping(ctx context.Context, tx *gorm.DB) ([]string, error) {
	links := `SELECT m.name AS "from", f."table" AS "to"
		FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`
	if sqldb.Postgres(tx) {
		links = `SELECT conrelid::regclass::text AS "from", confrelid::regclass::text AS "to"
			FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`
	}
	all, err := names(ctx, tx)
	if err != nil {
		return nil, err
	}
	var references []struct{ From, To string }
	if err := tx.WithContext(ctx).Raw(links).Scan(&references).Error; err != nil {
		return nil, sqldb.Unavailable(err)
	}
	needs := map[string][]string{}
	for _, r := range references {
		needs[r.From] = append(needs[r.From], r.To)
	}
	all = slices.DeleteFunc(all, func(name string) bool {
		return slices.Contains(passing, name) || strings.HasPrefix(name, "sqlite_")
	})
	return afterNeeds(all, needs), nil
}

// afterNeeds orders names so that each comes after what it needs.
func afterNeeds(names []string, needs map[string][]string) []string {
	var order []string
	placed := map[string]bool{}
	var place func(name string)
	place = func(name string) {
		if placed[name] {
			return
		}
		placed[name] = true
		for _, n := range needs[name] {
			place(n)
		}
		order = append(order, name)
	}
	for _, name := range names {
		place(name)
	}
	return slices.DeleteFunc(order, func(name string) bool { return !slices.Contains(names, name) })
}
