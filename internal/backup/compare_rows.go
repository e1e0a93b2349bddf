package backup

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
)

// lasting are tables of which Sealkeeper never deletes a row, but for what is forgettable, by the column that
// tells their rows apart; unchanging are those of which it changes none either.
var (
	lasting = map[string]string{
		"audit_entries":     "seq",
		"checklist_history": "seq",
		"evidence":          "id",
		"approvals":         "id",
		"payments":          "id",
		"bank_emails":       "id",
		"consents":          "id",
	}
	unchanging = map[string]bool{"audit_entries": true, "checklist_history": true, "evidence": true}
)

// forgettable are tables of which rows go that are old enough: by which column, and after how many days at least. That
// is the least that retention can be configured to (docs/data-protection.md).
var forgettable = map[string]struct {
	column string
	days   int
}{
	"consents": {"created_at", 90},
	"payments": {"created_at", 400},
	"evidence": {"added_at", 1826},
	// These go into files of the archive.
	"audit_entries": {"at", 1826},
}

// mayBeForgotten reports whether a row may be gone by now because it need not be kept any longer.
func mayBeForgotten(table string, line []byte, now time.Time) bool {
	rule, goes := forgettable[table]
	var row map[string]json.RawMessage
	if !goes || json.Unmarshal(line, &row) != nil {
		return false
	}
	var at int64 // microseconds
	return json.Unmarshal(row[rule.column], &at) == nil && time.UnixMicro(at).Before(now.AddDate(0, 0, -rule.days))
}

// tableComparison is a table as the backup has it, and how much of that is there still.
type tableComparison struct {
	rows  map[[sha256.Size]byte]string // what tells the row apart, "" where rows may go
	over  map[[sha256.Size]byte]bool   // rows that need not be kept any longer
	used  map[string]string            // of bundles that were in use: what is in them, by id
	kept  map[[sha256.Size]byte]bool
	there map[string]bool // lasting rows that are in the database, as they were or changed
	added int
}

// CompareDatabase says how many rows were changed, added or removed since, and
// which of that Sealkeeper itself never does.
func (b *Backup) CompareDatabase(ctx context.Context, db Database) ([]Difference, error) {
	tables := map[string]*tableComparison{}
	table := func(name string) *tableComparison {
		if tables[name] == nil {
			tables[name] = &tableComparison{
				rows:  map[[sha256.Size]byte]string{},
				over:  map[[sha256.Size]byte]bool{},
				used:  map[string]string{},
				kept:  map[[sha256.Size]byte]bool{},
				there: map[string]bool{},
			}
		}
		return tables[name]
	}
	err := b.Lines(func(name string, line []byte) error { return table(name).note(name, line) })
	if err != nil {
		return nil, err
	}
	var found []Difference
	_, err = db.Dump(ctx, func(name string, line []byte) error {
		if b.Manifest.leavesOut(name) {
			return nil
		}
		changed, err := table(name).meet(name, line)
		found = append(found, changed...)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(tables) {
		found = append(found, tables[name].sum(name)...)
	}
	for _, name := range sortedKeys(tables) {
		if n := tables[name].added; n > 0 {
			found = append(found, Difference{
				false,
				fmt.Sprintf("Rows of %[2]s in the database that are not in the backup: %[1]d.", n, name),
			})
		}
	}
	return found, nil
}

// note takes a row of the backup.
func (t *tableComparison) note(name string, line []byte) error {
	row, err := columnsOf(name, line)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(line)
	t.rows[sum] = row.key
	if mayBeForgotten(name, line, time.Now()) {
		t.over[sum] = true
	}
	if name == "bundles" && row.state != `"draft"` {
		t.used[row.id] = row.content
	}
	return nil
}

// meet takes a row of the database.
func (t *tableComparison) meet(name string, line []byte) ([]Difference, error) {
	row, err := columnsOf(name, line)
	if err != nil {
		return nil, err
	}
	t.there[row.key] = true
	sum := sha256.Sum256(line)
	if _, ok := t.rows[sum]; ok {
		t.kept[sum] = true
		delete(t.used, row.id)
		return nil, nil
	}
	t.added++
	content, ok := t.used[row.id]
	delete(t.used, row.id)
	if ok && content != row.content {
		return []Difference{{
			true,
			fmt.Sprintf("The bundle %s was in use when the backup was made and has other contents now (certificates, "+
				"client id, secret or trust anchors): Sealkeeper never changes these, somebody did in the database.",
				row.id),
		}}, nil
	}
	return nil, nil
}

// sum says what became of a table's rows.
func (t *tableComparison) sum(name string) []Difference {
	var found []Difference
	for _, id := range sortedKeys(t.used) {
		found = append(found, Difference{
			true,
			fmt.Sprintf("The bundle %s, which was in use when the backup was made, is no longer in the database.", id),
		})
	}
	gone, lost, forgotten := len(t.rows)-len(t.kept), 0, 0
	if lasting[name] != "" {
		for sum, key := range t.rows {
			switch {
			case t.kept[sum] || t.there[key]:
			case t.over[sum]:
				forgotten++
			default:
				lost++
			}
		}
	}
	if lost > 0 {
		found = append(found, Difference{
			true,
			fmt.Sprintf("Of the %d rows of %s in the backup the database has lost %d: Sealkeeper never deletes any.",
				len(t.rows), name, lost),
		})
	}
	if forgotten > 0 {
		found = append(found, Difference{
			false,
			fmt.Sprintf("Of the %d rows of %s in the backup %d are gone that need not be kept any longer.", len(t.rows),
				name, forgotten),
		})
	}
	if gone -= forgotten; gone > lost {
		found = append(found, Difference{
			unchanging[name],
			fmt.Sprintf("Of the %d rows of %s in the backup the database does not have %d as they were.", len(t.rows),
				name, gone-lost),
		})
	}
	return found
}

// columns are what a row is looked at for.
type columns struct{ key, id, state, content string }

func columnsOf(table string, line []byte) (columns, error) {
	if lasting[table] == "" && table != "bundles" {
		return columns{}, nil
	}
	var row map[string]json.RawMessage
	if err := json.Unmarshal(line, &row); err != nil {
		return columns{}, damaged(err, "a row of "+table+" cannot be read")
	}
	c := columns{id: string(row["id"]), state: string(row["state"])}
	if column := lasting[table]; column != "" {
		c.key = string(row[column])
	}
	for _, name := range []string{
		"qwac_id", "qsealc_id", "client_id", "credentials_ref", "credentials", "trust_anchors",
	} {
		value := string(row[name])
		if value == "" { // the backup is older than the column
			value = `""`
		}
		c.content += value + "\n"
	}
	return c, nil
}
