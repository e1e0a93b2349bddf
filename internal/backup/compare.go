package backup

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/sealkeeper/sealkeeper/vault"
)

// Difference is one way in which a backup is not what there is now.
type Difference struct {
	Serious bool   // what the backup needs is gone or was altered; else it is only older
	Text    string // a sentence
}

// CompareCustody says how custody differs from what it held when the backup was made.
func (b *Backup) CompareCustody(now vault.Inventory) []Difference {
	var found []Difference
	serious := func(format string, args ...any) {
		found = append(found, Difference{true, fmt.Sprintf(format, args...)})
	}
	later := func(format string, args ...any) {
		found = append(found, Difference{false, fmt.Sprintf(format, args...)})
	}
	documents := map[string]vault.DocumentEntry{}
	for _, d := range now.Documents {
		documents[d.ID] = d
	}
	for _, was := range b.Manifest.Holds.Documents {
		is, ok := documents[was.ID]
		delete(documents, was.ID)
		switch {
		case !ok:
			serious("The %s document %s is no longer in custody.", was.Type, was.ID)
		case is.Version < was.Version:
			serious("The %s document %s has version %d in custody, and had version %d: custody is older than the backup.", was.Type, was.ID, is.Version, was.Version)
		case is.Version == was.Version && is.HMAC != was.HMAC:
			serious("The %s document %s is not what it was, though its version is the same.", was.Type, was.ID)
		case is.HMAC != was.HMAC:
			later("The %s document %s was changed since, from version %d to %d.", is.Type, was.ID, was.Version, is.Version)
		}
	}
	for _, id := range sortedKeys(documents) {
		later("The %s document %s is in custody since.", documents[id].Type, id)
	}
	keys := map[string]vault.KeyEntry{}
	for _, k := range now.Keys {
		keys[k.ID] = k
	}
	for _, was := range b.Manifest.Holds.Keys {
		is, ok := keys[was.ID]
		delete(keys, was.ID)
		switch {
		case !ok:
			serious("The key %s is no longer in custody.", was.ID)
		case slices.ContainsFunc(was.SPKI, func(sum string) bool { return !slices.Contains(is.SPKI, sum) }):
			serious("The key %s in custody is another one than it was.", was.ID)
		case len(is.SPKI) > len(was.SPKI):
			later("The key %s has a new version since.", was.ID)
		}
	}
	for _, id := range b.Manifest.Holds.Kept {
		if !slices.Contains(now.Kept, id) {
			serious("The stored key %s is no longer in custody.", id)
		}
	}
	for _, id := range now.Kept {
		if !slices.Contains(b.Manifest.Holds.Kept, id) {
			later("The stored key %s is in custody since.", id)
		}
	}
	for _, id := range sortedKeys(keys) {
		later("The key %s is in custody since.", id)
	}
	return found
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// CompareDatabase says how many rows were changed or added since. That the
// audit log lost rows is serious: it only grows.
func (b *Backup) CompareDatabase(ctx context.Context, db Database) ([]Difference, error) {
	then := map[string]map[[sha256.Size]byte]bool{}
	err := b.Lines(func(table string, line []byte) error {
		if then[table] == nil {
			then[table] = map[[sha256.Size]byte]bool{}
		}
		then[table][sha256.Sum256(line)] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	added, kept := map[string]int{}, map[string]int{}
	_, err = db.Dump(ctx, func(table string, line []byte) error {
		if b.Manifest.leavesOut(table) {
			return nil
		}
		if then[table][sha256.Sum256(line)] {
			kept[table]++
		} else {
			added[table]++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var found []Difference
	for _, table := range sortedKeys(then) {
		if gone := len(then[table]) - kept[table]; gone > 0 {
			found = append(found, Difference{table == "audit_entries", fmt.Sprintf("Of the %d rows of %s in the backup the database does not have %d as they were.", len(then[table]), table, gone)})
		}
	}
	for _, table := range sortedKeys(added) {
		found = append(found, Difference{false, fmt.Sprintf("The database has %d rows of %s that are not in the backup.", added[table], table)})
	}
	return found, nil
}
