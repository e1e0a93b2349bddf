package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/tables"
	"github.com/sealkeeper/sealkeeper/internal/store/migrations"
)

// passing are tables that no backup has: what they hold is over by the time it is
// needed, or is made anew.
var passing = []string{
	"goose_db_version", "sqlite_sequence", "sessions", "sign_in_links", "authorizations", "record_changes",
}

// kept are the rows of a table that a backup has, where it is not all of them: what
// is to be done to this database's file is nothing to do to another's.
var kept = map[string]string{"custody_rows": "kind <> '" + residueKind + "'"}

// Dump calls each with every row worth keeping, as a line of JSON that is the
// same from both databases, all of one moment. Tables come in an order in which
// they can be loaded, rows in that of their text. It returns the schema's version.
func (d *DB) Dump(ctx context.Context, each func(table string, line []byte) error) (schema int64, err error) {
	provider, err := migrations.Provider(d.gorm)
	if err != nil {
		return 0, err
	}
	if schema, err = provider.GetDBVersion(ctx); err != nil {
		return 0, sqldb.Unavailable(err)
	}
	return schema, sqldb.Snapshot(ctx, d.gorm, func(tx *gorm.DB) error {
		names, err := worthKeeping(ctx, tx)
		if err != nil {
			return err
		}
		for _, table := range names {
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

// Loading chooses what Load takes.
type Loading struct {
	// WithTokens takes bearer tokens too. A dump cannot know which of them were revoked since.
	WithTokens bool
}

// Load fills an empty database with what Dump gave, all or nothing, and brings
// it up to this program's schema. lines calls its argument with every line. It
// returns how many bearer tokens there were, taken or not.
func (d *DB) Load(
	ctx context.Context, schema int64, how Loading, lines func(add func(table string, line []byte) error) error,
) (tokens int, err error) {
	provider, err := migrations.Provider(d.gorm)
	if err != nil {
		return 0, err
	}
	have, want, err := provider.GetVersions(ctx)
	if err != nil {
		return 0, sqldb.Unavailable(err)
	}
	if schema > want || have > schema {
		return 0, fault.New(fault.Conflict, "schema_differs",
			"The backup has schema version %d, the database %d, and this program knows %d: restore into a new "+
				"database, with the program that made the backup or a newer one.", schema, have, want)
	}
	if _, err := provider.UpTo(ctx, schema); err != nil {
		return 0, sqldb.Unavailable(err)
	}
	err = d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		names, err := worthKeeping(ctx, tx)
		if err != nil {
			return err
		}
		if err := empty(ctx, tx, names); err != nil {
			return err
		}
		loading := loader{tx: tx, tables: names, columns: map[string]map[string]bool{}}
		err = lines(func(table string, line []byte) error {
			if table == (tokenRow{}).TableName() {
				tokens++
				if !how.WithTokens {
					return nil
				}
			}
			return loading.add(ctx, table, line)
		})
		if err != nil {
			return err
		}
		return d.advanceSequences(tx)
	})
	if err != nil {
		return 0, sqldb.Wrap(err, "row")
	}
	return tokens, d.Migrate(ctx)
}

func empty(ctx context.Context, tx *gorm.DB, names []string) error {
	for _, table := range names {
		var n int64
		if err := tx.WithContext(ctx).Raw("SELECT count(*) FROM " + tables.Quoted(table)).Scan(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "database_not_empty",
				"The database is not empty: %s has %d rows. A backup is restored into a new database only, so that "+
					"it overwrites nothing.", table, n)
		}
	}
	return nil
}

type loader struct {
	tx      *gorm.DB
	tables  []string
	columns map[string]map[string]bool
}

func (l *loader) add(ctx context.Context, table string, line []byte) error {
	if !slices.Contains(l.tables, table) {
		return fault.New(fault.Invalid, "table_unknown",
			"The backup has a table %q that this program does not know; restore with the program that made it, or "+
				"a newer one.", table)
	}
	known, ok := l.columns[table]
	if !ok {
		var err error
		if known, err = tables.Columns(ctx, l.tx, table); err != nil {
			return err
		}
		l.columns[table] = known
	}
	row, err := tables.Decode(line)
	if err != nil {
		return err
	}
	return tables.Insert(ctx, l.tx, table, known, row)
}

// worthKeeping lists the tables that are, a table after those it refers to. The
// schema is asked, so that a table that comes later is not forgotten.
func worthKeeping(ctx context.Context, tx *gorm.DB) ([]string, error) {
	names := `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`
	links := `SELECT m.name AS "from", f."table" AS "to"
		FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`
	if sqldb.Postgres(tx) {
		names = `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename`
		links = `SELECT conrelid::regclass::text AS "from", confrelid::regclass::text AS "to"
			FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`
	}
	var all []string
	if err := tx.WithContext(ctx).Raw(names).Scan(&all).Error; err != nil {
		return nil, sqldb.Unavailable(err)
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

// advanceSequences has PostgreSQL number new rows after those that were loaded.
func (d *DB) advanceSequences(tx *gorm.DB) error {
	if !sqldb.Postgres(d.gorm) {
		return nil
	}
	var owned []struct{ Tab, Col string }
	err := tx.Raw(`SELECT table_name AS tab, column_name AS col FROM information_schema.columns
		WHERE table_schema = current_schema() AND column_default LIKE 'nextval(%'`).Scan(&owned).Error
	for _, o := range owned {
		if err == nil {
			err = tx.Exec("SELECT setval(pg_get_serial_sequence(?, ?), (SELECT coalesce(max("+tables.Quoted(o.Col)+
				"), 0) + 1 FROM "+tables.Quoted(o.Tab)+"), false)", tables.Quoted(o.Tab), o.Col).Error
		}
	}
	return err
}
