package backup

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/sealkeeper/sealkeeper/vault"
)

// Difference is one way in which a backup is not what there is now.
type Difference struct {
	Serious bool   // what the backup needs is gone or was altered; else it is only older
	Text    string // a sentence
}

// comparison collects how custody differs from what it held when a backup was made.
type comparison struct {
	found []Difference
	lost  map[string]string // sentences on what is no longer in custody, by id
	other bool              // the backup is of another custody: versions there say nothing about those here
}

func (c *comparison) serious(format string, args ...any) {
	c.found = append(c.found, Difference{true, fmt.Sprintf(format, args...)})
}

func (c *comparison) later(format string, args ...any) {
	c.found = append(c.found, Difference{false, fmt.Sprintf(format, args...)})
}

// CompareCustody says how custody, whose mode is given, differs from what it held when the backup was made.
func (b *Backup) CompareCustody(now vault.Inventory, mode string) ([]Difference, error) {
	c := &comparison{lost: map[string]string{}, other: mode != b.Manifest.Custody}
	if c.other {
		c.later("The backup was made with %s custody, and custody is %s now: its documents are compared by their "+
			"contents alone, and it can be restored with the configuration of then.", b.Manifest.Custody, mode)
	}
	c.documents(b.Manifest.Holds.Documents, now.Documents)
	c.keys(b.Manifest.Holds.Keys, now.Keys)
	for _, id := range b.Manifest.Holds.Exportable {
		if !slices.Contains(now.Exportable, id) {
			c.lost[id] = fmt.Sprintf("The exportable key %s is no longer in custody", id)
		}
	}
	for _, id := range now.Exportable {
		if !slices.Contains(b.Manifest.Holds.Exportable, id) {
			c.later("The exportable key %s is in custody since.", id)
		}
	}
	named, err := b.named(c.lost)
	if err != nil {
		return nil, err
	}
	for _, id := range sortedKeys(c.lost) {
		if named[id] || vault.Permanent(id) {
			c.serious("%s.", c.lost[id])
		} else {
			c.later("%s; no row of the backup names it.", c.lost[id])
		}
	}
	return c.found, nil
}

func (c *comparison) documents(then, now []vault.DocumentEntry) {
	documents := map[string]vault.DocumentEntry{}
	for _, d := range now {
		documents[d.ID] = d
	}
	for _, was := range then {
		is, ok := documents[was.ID]
		delete(documents, was.ID)
		switch {
		case !ok:
			c.lost[was.ID] = fmt.Sprintf("The %s document %s is no longer in custody", was.Type, was.ID)
		case is.Damaged != "":
			c.serious("%s", is.Damaged)
		case was.Damaged != "":
			c.serious("The document %s was damaged when the backup was made, and is not now.", was.ID)
		case is.Version < was.Version && !c.other:
			c.serious("The %s document %s has version %d in custody, and had version %d: custody is older than "+
				"the backup.", was.Type, was.ID, is.Version, was.Version)
		case is.HMAC == was.HMAC:
		case is.Version == was.Version && !c.other:
			c.serious("The %s document %s is not what it was, though its version is the same.", was.Type, was.ID)
		case c.other:
			c.later("The %s document %s was changed since.", is.Type, was.ID)
		default:
			c.later("The %s document %s was changed since, from version %d to %d.", is.Type, was.ID, was.Version,
				is.Version)
		}
	}
	for _, id := range sortedKeys(documents) {
		if text := documents[id].Damaged; text != "" {
			c.serious("%s", text)
			continue
		}
		c.later("The %s document %s is in custody since.", documents[id].Type, id)
	}
}

func (c *comparison) keys(then, now []vault.KeyEntry) {
	keys := map[string]vault.KeyEntry{}
	for _, k := range now {
		keys[k.ID] = k
	}
	for _, was := range then {
		is, ok := keys[was.ID]
		delete(keys, was.ID)
		switch {
		case !ok:
			c.lost[was.ID] = fmt.Sprintf("The key %s is no longer in custody", was.ID)
		case is.Damaged != "":
			c.serious("%s", is.Damaged)
		case was.Damaged != "":
			c.serious("The key %s was damaged when the backup was made, and is not now.", was.ID)
		case slices.ContainsFunc(was.SPKI, func(sum string) bool { return !slices.Contains(is.SPKI, sum) }):
			c.serious("The key %s in custody is not the same as before.", was.ID)
		case len(is.SPKI) > len(was.SPKI):
			c.later("The key %s has a new version since.", was.ID)
		}
	}
	for _, id := range sortedKeys(keys) {
		c.later("The key %s is in custody since.", id)
	}
}

// named finds which ids occur in the backup's rows. Custody's list is made right
// after the rows were read: what came into custody in between and has ended since
// is in that list, and no row needs it.
func (b *Backup) named(ids map[string]string) (map[string]bool, error) {
	named := map[string]bool{}
	if len(ids) == 0 {
		return named, nil
	}
	return named, b.Lines(func(table string, line []byte) error {
		if table == "audit_entries" || table == sealedTable {
			return nil
		}
		for id := range ids {
			named[id] = named[id] || bytes.Contains(line, []byte(`"`+id+`"`))
		}
		return nil
	})
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
