package migrations

import (
	"context"
	"io/fs"
	"maps"
	"regexp"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// triggerIn finds the triggers that a step makes or takes away again, in order, and
// tables that take theirs along. SQLite's end with END, PostgreSQL's with the call of their function.
var triggerIn = regexp.MustCompile(`(?s)` +
	`(CREATE (?:CONSTRAINT )?TRIGGER (\w+) .*? ON (\w+).*?(?:END;|EXECUTE FUNCTION \w+\([^)]*\);))` +
	`|DROP TRIGGER (?:IF EXISTS )?(\w+)|DROP TABLE (\w+)`)

// triggers are the statements that make the triggers of the newest schema, by name.
func (d dialect) triggers() (map[string]string, error) {
	steps, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	all, tables := map[string]string{}, map[string]string{}
	for _, step := range steps { // by number
		text, err := fs.ReadFile(d, step)
		if err != nil {
			return nil, err
		}
		for _, found := range triggerIn.FindAllStringSubmatch(string(text), -1) {
			delete(all, found[4])
			maps.DeleteFunc(all, func(name, _ string) bool { return found[5] != "" && tables[name] == found[5] })
			if found[1] != "" {
				all[found[2]], tables[found[2]] = found[1], found[3]
			}
		}
	}
	return all, nil
}

// missing returns the statements of triggers that the database lacks, or that
// somebody has switched off.
func (s *Schema) missing(ctx context.Context) (map[string]string, error) {
	d, query := sqliteDialect, `SELECT name FROM sqlite_master WHERE type = 'trigger'`
	if sqldb.Postgres(s.db) {
		d = postgresDialect
		query = `SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
			WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace`
	}
	wanted, err := d.triggers()
	if err != nil {
		return nil, err
	}
	var there []string
	if err := s.db.WithContext(ctx).Raw(query).Scan(&there).Error; err != nil {
		return nil, sqldb.Unavailable(err)
	}
	for _, name := range there {
		delete(wanted, name)
	}
	return wanted, nil
}

// Guarded reports, as a Conflict, triggers that are not there: they keep the audit
// log append-only and note what is to be copied to custody, and only somebody who
// changes the database by hand takes them away.
func (s *Schema) Guarded(ctx context.Context) error {
	missing, err := s.missing(ctx)
	if err != nil || len(missing) == 0 {
		return err
	}
	names := slices.Sorted(maps.Keys(missing))
	return fault.New(fault.Conflict, "triggers_missing",
		"The database lacks the trigger %s, which only somebody who changed it by hand has taken away: find out who, "+
			"compare the audit log with a head that was kept elsewhere (`sealkeeper audit verify --head`), and then "+
			"put it back with `sealkeeper migrate --repair`.", names[0])
}

// Repair puts missing triggers back and returns their names.
func (s *Schema) Repair(ctx context.Context) ([]string, error) {
	missing, err := s.missing(ctx)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(missing))
	for _, name := range names {
		drop := "DROP TRIGGER IF EXISTS " + name // one that is switched off is there
		if sqldb.Postgres(s.db) {
			drop = `DO $$ DECLARE t regclass; BEGIN
				SELECT tgrelid::regclass INTO t FROM pg_trigger WHERE tgname = '` + name + `' AND NOT tgisinternal;
				IF t IS NOT NULL THEN EXECUTE 'DROP TRIGGER ` + name + ` ON ' || t; END IF; END $$`
		}
		for _, statement := range []string{drop, missing[name]} {
			if err := s.db.WithContext(ctx).Exec(statement).Error; err != nil {
				return nil, sqldb.Unavailable(err)
			}
		}
	}
	return names, nil
}
