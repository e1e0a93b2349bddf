package migrations

import (
	"context"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// triggerIn finds the triggers that a step makes or takes away again, in order, and tables that take theirs along.
// SQLite's end with a line's END, PostgreSQL's with the call of their function.
var triggerIn = regexp.MustCompile(`(?s)` +
	`(CREATE (?:CONSTRAINT )?TRIGGER (\w+) .*? ON (\w+).*?(?:END;\n|EXECUTE FUNCTION \w+\([^)]*\);))` +
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

// functionIn finds PostgreSQL's functions, each with its name and its body.
var functionIn = regexp.MustCompile(
	`(?s)CREATE (?:OR REPLACE )?FUNCTION (\w+)\(\) RETURNS trigger LANGUAGE plpgsql AS \$\$(.*?)\$\$;`)

// functions are the statements that make the functions of the newest schema, by name. A
// later step replaces what an earlier one made.
func (d dialect) functions() (map[string]string, error) {
	steps, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, step := range steps {
		text, err := fs.ReadFile(d, step)
		if err != nil {
			return nil, err
		}
		for _, found := range functionIn.FindAllStringSubmatch(string(text), -1) {
			all[found[1]] = found[0]
		}
	}
	return all, nil
}

// there is a trigger as the database has it: on PostgreSQL with the function it calls.
type there struct{ Name, Definition, Function, Body string }

func (s *Schema) there(ctx context.Context) (dialect, []there, error) {
	d, query := sqliteDialect, `SELECT name, sql AS definition FROM sqlite_master WHERE type = 'trigger'`
	if sqldb.Postgres(s.db) {
		d = postgresDialect
		query = `SELECT tgname AS name, pg_get_triggerdef(t.oid) AS definition, proname AS function, prosrc AS body
			FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
			WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace`
	}
	var found []there
	if err := s.db.WithContext(ctx).Raw(query).Scan(&found).Error; err != nil {
		return d, nil, sqldb.Unavailable(err)
	}
	return d, found, nil
}

// missing returns the statements of triggers that the database lacks, that somebody
// has switched off, or that do something else than they were made for. On PostgreSQL the
// function comes before its trigger.
func (s *Schema) missing(ctx context.Context) (map[string][]string, error) {
	d, found, err := s.there(ctx)
	if err != nil {
		return nil, err
	}
	wanted, err := d.triggers()
	if err != nil {
		return nil, err
	}
	functions, err := d.functions()
	if err != nil {
		return nil, err
	}
	missing := map[string][]string{}
	for name, statement := range wanted {
		missing[name] = []string{statement}
		if called := calls(statement); functions[called] != "" {
			again := strings.Replace(functions[called], "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
			missing[name] = []string{again, statement}
		}
	}
	for _, t := range found {
		body := ""
		if made := functionIn.FindStringSubmatch(functions[t.Function]); made != nil {
			body = made[2]
		}
		if means(t.Definition) == means(wanted[t.Name]) && t.Body == body {
			delete(missing, t.Name)
		}
	}
	if !sqldb.Postgres(s.db) {
		return missing, nil
	}
	bare, err := unguarded(s.db.WithContext(ctx))
	for _, partition := range bare {
		missing[auditTrigger+onTable+partition] = []string{appendOnly(partition)}
	}
	return missing, sqldb.Wrap(err, "trigger")
}

// onTable separates a trigger's name from its table's where there are several of that name.
const onTable = " ON "

var (
	blanks          = regexp.MustCompile(`\s+`)
	functional      = regexp.MustCompile(`(?i)EXECUTE FUNCTION (\w+)`)
	postgresTrigger = regexp.MustCompile(
		`(?i)^CREATE (?:CONSTRAINT )?TRIGGER (\w+) (BEFORE|AFTER) (.+?) ON (?:\w+\.)?(\w+)` +
			`(?: DEFERRABLE INITIALLY DEFERRED)? FOR EACH (\w+)( WHEN .+?)? EXECUTE FUNCTION (.+)$`)
	operand = regexp.MustCompile(`(?i)'[^']*'|(?:NEW|OLD)\.\w+|<>|\bNOT IN\b`)
)

// calls is the function that a statement of PostgreSQL has its trigger call.
func calls(statement string) string {
	if found := functional.FindStringSubmatch(statement); found != nil {
		return found[1]
	}
	return ""
}

// means is a trigger's definition without what the databases write in their own way:
// blanks, and on PostgreSQL the schema, the order of events and how a condition is put.
func means(definition string) string {
	definition = strings.TrimSuffix(strings.TrimSpace(blanks.ReplaceAllString(definition, " ")), ";")
	part := postgresTrigger.FindStringSubmatch(definition)
	if part == nil {
		return definition
	}
	events := strings.Split(part[3], " OR ")
	slices.Sort(events)
	condition := ""
	if part[6] != "" {
		condition = "when " + strings.ToLower(strings.Join(operand.FindAllString(part[6], -1), " "))
	}
	condition = strings.ReplaceAll(condition, "<>", "not in")
	return strings.Join([]string{
		part[1],
		part[2],
		strings.Join(events, ","),
		part[4],
		part[5],
		condition,
		part[7],
	}, "|")
}

// Guarded reports, as a Conflict, triggers that are not there or do something else:
// they keep the audit log append-only and note what is to be copied to custody, and only
// somebody who changes the database by hand takes them away.
func (s *Schema) Guarded(ctx context.Context) error {
	missing, err := s.missing(ctx)
	if err != nil || len(missing) == 0 {
		return err
	}
	names := slices.Sorted(maps.Keys(missing))
	return fault.New(fault.Conflict, "triggers_missing",
		"The database lacks the trigger %s, or has it do something else, which only somebody who changed it by hand "+
			"has done: find out who, "+
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
		if sqldb.Postgres(s.db) && !strings.Contains(name, onTable) {
			drop = `DO $$ DECLARE t regclass; BEGIN
				SELECT tgrelid::regclass INTO t FROM pg_trigger
					WHERE tgname = '` + name + `' AND NOT tgisinternal
						AND NOT EXISTS (SELECT 1 FROM pg_inherits WHERE inhrelid = tgrelid);
				IF t IS NOT NULL THEN EXECUTE 'DROP TRIGGER ` + name + ` ON ' || t; END IF; END $$`
		}
		for _, statement := range append([]string{drop}, missing[name]...) {
			if err := s.db.WithContext(ctx).Exec(statement).Error; err != nil {
				return nil, sqldb.Unavailable(err)
			}
		}
	}
	return names, sqldb.Wrap(s.catchUp(ctx), "trigger")
}

// catchUp says of each version in use whether it is a former one, which triggers would have said while they were there.
// It is done whether one was missing or not: a repair may have been broken off before it.
func (s *Schema) catchUp(ctx context.Context) error {
	for _, table := range []string{"service_uses", "service_reports"} {
		now := "CASE WHEN EXISTS (SELECT 1 FROM bundles b WHERE b.registration_id = " + table +
			".registration_id AND b.version = " + table + ".version AND b.state = 'superseded') THEN 1 ELSE 0 END"
		err := s.db.WithContext(ctx).Exec("UPDATE " + table + " SET former = " + now + " WHERE former <> " + now).Error
		if err != nil {
			return err
		}
	}
	return nil
}
