package migrations

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"
)

// A file that no step includes would be left out in silence.
func TestStepsIncludeWhatDialectsHave(t *testing.T) {
	for _, folder := range []string{"sqlite", "postgres"} {
		own, err := fs.Glob(files, folder+"/*.sql")
		if err != nil || len(own) == 0 {
			t.Fatalf("%s has %d files, %v", folder, len(own), err)
		}
		for _, name := range own {
			step, err := files.ReadFile(path.Base(name))
			if err != nil || strings.Count(string(step), include) != 1 {
				t.Errorf("%s is not included once by the step of its name (%v)", name, err)
			}
		}
	}
}

// floor is the step from which on a program says what older ones can work with.
const floor = 58

// TestStepsRaiseTheFloor: a step that does more than add to the schema says that older programs cannot go on.
func TestStepsRaiseTheFloor(t *testing.T) {
	for _, d := range []dialect{sqliteDialect, postgresDialect} {
		steps, err := fs.Glob(files, "*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			text, err := fs.ReadFile(d, step)
			if err != nil {
				t.Fatal(err)
			}
			version, err := goose.NumericComponent(step)
			if err != nil {
				t.Fatal(err)
			}
			if version > floor && !addsOnly(string(text)) &&
				!strings.Contains(string(text), fmt.Sprintf("UPDATE schema_floor SET version = %d;", version)) {
				t.Errorf("%s does more than add, and does not raise the floor", step)
			}
		}
	}
}

// changing is what programs notice that do not know of it.
var changing = regexp.MustCompile(`(?i)\b(DROP|RENAME|ALTER COLUMN|ADD CONSTRAINT|UNIQUE INDEX|DELETE FROM|UPDATE|` +
	`CREATE OR REPLACE|CREATE (CONSTRAINT )?TRIGGER)\b`)

// dropped are indexes of ours without which every program works: they keep nothing unique.
var dropped = regexp.MustCompile(`\bDROP INDEX (certificates_identifier|certificates_state);`)

var uniqueIn = regexp.MustCompile(`(?i)CREATE UNIQUE INDEX \S+ ON (\S+)`)

// addsOnly does not look at functions, and at triggers and indexes of tables that the step makes.
func addsOnly(step string) bool {
	made := step
	step = functionIn.ReplaceAllString(step, "")
	step = dropped.ReplaceAllString(step, "")
	step = triggerIn.ReplaceAllStringFunc(step, func(trigger string) string {
		found := triggerIn.FindStringSubmatch(trigger)
		if found[1] != "" && strings.Contains(made, "CREATE TABLE "+found[3]+" ") {
			return ""
		}
		return trigger
	})
	step = uniqueIn.ReplaceAllStringFunc(step, func(index string) string {
		if strings.Contains(made, "CREATE TABLE "+uniqueIn.FindStringSubmatch(index)[1]+" ") {
			return ""
		}
		return index
	})
	for statement := range strings.SplitSeq(step, ";") {
		upper := strings.ToUpper(statement)
		demands := strings.Contains(upper, "ADD COLUMN") && strings.Contains(upper, "NOT NULL") &&
			!strings.Contains(upper, "DEFAULT")
		if demands || changing.MatchString(statement) {
			return false
		}
	}
	return true
}

func TestAddsOnly(t *testing.T) {
	for step, want := range map[string]bool{
		"CREATE TABLE t (a TEXT NOT NULL); CREATE INDEX i ON t (a);":                            true,
		"ALTER TABLE t ADD COLUMN b TEXT NOT NULL DEFAULT '';":                                  true,
		"ALTER TABLE t ADD COLUMN b TEXT NOT NULL;":                                             false,
		"alter table t drop column a;":                                                          false,
		"ALTER TABLE t RENAME COLUMN a TO b;":                                                   false,
		"CREATE TRIGGER g BEFORE UPDATE ON t BEGIN SELECT 1;\nEND;\n":                           false,
		"CREATE TABLE t (a TEXT);\nCREATE TRIGGER g BEFORE UPDATE ON t BEGIN SELECT 1;\nEND;\n": true,
		"CREATE UNIQUE INDEX i ON t (a);":                                                       false,
		"UPDATE t SET a = '';":                                                                  false,
	} {
		if addsOnly(step) != want {
			t.Errorf("%s: want %t", step, want)
		}
	}
}
