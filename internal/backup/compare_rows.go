package backup

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// lasting are tables of which Sealkeeper never deletes a row, by the column that
// tells their rows apart; unchanging are those of which it changes none either.
var (
	lasting = map[string]string{
		"audit_entries":     "seq",
		"checklist_history": "seq",
		"evidence":          "id",
		"approvals":         "id",
		"payments":          "id",
		"bank_emails":      "id",
		"consents":          "id",
	}
	unchanging = map[string]bool{"audit_entries": true, "checklist_history": true, "evidence": true}
)

// tableComparison is a table as the backup has it, and how much of that is there still.
type tableComparison struct {
	rows  map[[sha256.Size]byte]string // what tells the row apart, "" where rows may go
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
	t.rows[sha256.Sum256(line)] = row.key
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
	gone, lost := len(t.rows)-len(t.kept), 0
	if lasting[name] != "" {
		for sum, key := range t.rows {
			if !t.kept[sum] && !t.there[key] {
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
	if gone > lost {
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
	for _, name := range []string{"qwac_id", "qsealc_id", "client_id", "credentials_ref", "trust_anchors"} {
		c.content += string(row[name]) + "\n"
	}
	return c, nil
}
