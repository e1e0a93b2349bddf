package dump

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/tables"
	"github.com/sealkeeper/sealkeeper/internal/store/migrations"
)

// bearerTokens are the tables of what a restored service would still accept.
var bearerTokens = []string{"api_tokens", "service_tokens", "service_identities"}

// Loading chooses what Load takes.
type Loading struct {
	// WithTokens takes bearer tokens too. A dump cannot know which of them were revoked since.
	WithTokens bool
}

// Load fills an empty database with what Dump gave, all or nothing, and brings
// it up to this program's schema. lines calls its argument with every line. It
// returns how many bearer tokens there were, taken or not.
func (s *Store) Load(
	ctx context.Context, schema int64, how Loading, lines func(add func(table string, line []byte) error) error,
) (tokens int, err error) {
	provider, err := migrations.Provider(s.db)
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
	err = sqldb.TransactionOnce(ctx, s.db, "row", func(tx *gorm.DB) error {
		names, err := worthKeeping(ctx, tx)
		if err != nil {
			return err
		}
		if err := empty(ctx, tx, names); err != nil {
			return err
		}
		loading := loader{tx: tx, tables: names, columns: map[string]map[string]bool{}}
		err = lines(func(table string, line []byte) error {
			if slices.Contains(bearerTokens, table) {
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
		return advanceSequences(tx)
	})
	if err != nil {
		return 0, err
	}
	return tokens, migrations.New(s.db).Migrate(ctx)
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

// advanceSequences has PostgreSQL number new rows after those that were loaded.
func advanceSequences(tx *gorm.DB) error {
	if !sqldb.Postgres(tx) {
		return nil
	}
	var numbered []struct{ Tab, Col string }
	err := tx.Raw(`SELECT table_name AS tab, column_name AS col FROM information_schema.columns
		WHERE table_schema = current_schema() AND (is_identity = 'YES' OR column_default LIKE 'nextval(%')`).
		Scan(&numbered).Error
	for _, n := range numbered {
		if err == nil {
			err = tx.Exec("SELECT setval(pg_get_serial_sequence(?, ?), (SELECT coalesce(max("+tables.Quoted(n.Col)+
				"), 0) + 1 FROM "+tables.Quoted(n.Tab)+"), false)", tables.Quoted(n.Tab), n.Col).Error
		}
	}
	return err
}
