package dump

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/custody"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// SealedRows are the sealed rows among the lines of a dump: embedded custody as it
// was when the dump was made, to be read before it is loaded, or instead of it.
type SealedRows map[string]map[string]embedded.Row // by kind and id

// Sealed collects the sealed rows of a dump; lines calls its argument with every line.
func Sealed(lines func(each func(table string, line []byte) error) error) (SealedRows, error) {
	found := SealedRows{}
	return found, lines(found.Take)
}

// Take takes a line of a dump, if it is a sealed row.
func (r SealedRows) Take(table string, line []byte) error {
	if table != custody.Table {
		return nil
	}
	var row struct {
		Kind, ID string
		Version  int
		Sealed   map[string]string
	}
	if err := json.Unmarshal(line, &row); err != nil {
		return fmt.Errorf("a sealed row: %w", err)
	}
	sealed, err := base64.StdEncoding.DecodeString(row.Sealed["$base64"])
	if r[row.Kind] == nil {
		r[row.Kind] = map[string]embedded.Row{}
	}
	r[row.Kind][row.ID] = embedded.Row{Kind: row.Kind, ID: row.ID, Version: row.Version, Sealed: sealed}
	return err
}

// Open opens the custody that is in the dump.
func (r SealedRows) Open(ctx context.Context, master embedded.MasterKey) (*embedded.Custody, error) {
	opened, err := embedded.Open(ctx, r, master)
	if code := fault.Code(err); err != nil && code == "master_key_wrong" {
		return nil, fault.Wrap(err, fault.Invalid, code,
			"The configured master key does not open the backup: it was made with another one, before `sealkeeper "+
				"keys rotate` or in another installation. Name that key in the configuration.")
	}
	return opened, err
}

// Get implements embedded.Rows.
func (r SealedRows) Get(_ context.Context, kind, id string) (embedded.Row, error) {
	row, ok := r[kind][id]
	if !ok {
		return row, fault.New(fault.NotFound, "not_found", "The backup has no %s %q.", kind, id)
	}
	return row, nil
}

// GetAll implements embedded.Rows.
func (r SealedRows) GetAll(_ context.Context, kind string, ids []string) ([]embedded.Row, error) {
	var rows []embedded.Row
	for _, id := range ids {
		if row, ok := r[kind][id]; ok {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// List implements embedded.Rows.
func (r SealedRows) List(_ context.Context, kind string) ([]string, error) {
	return slices.Collect(maps.Keys(r[kind])), nil
}

func errReadOnly() error {
	return fault.New(fault.Invalid, "backup_without_custody",
		"The backup holds no embedded custody; it cannot be restored with this configuration.")
}

// Put implements embedded.Rows: a backup is not written to.
func (SealedRows) Put(context.Context, embedded.Row) error { return errReadOnly() }

// Delete implements embedded.Rows.
func (SealedRows) Delete(context.Context, string, string) error { return errReadOnly() }
