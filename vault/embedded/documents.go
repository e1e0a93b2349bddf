package embedded

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/internal/accept"
)

// Put implements vault.Documents.
func (c *Custody) Put(ctx context.Context, id string, doc map[string]string, cas int) (int, error) {
	if err := accept.ID(id); err != nil {
		return 0, err
	}
	plain, err := json.Marshal(doc)
	if err != nil {
		return 0, fault.Wrap(err, fault.Internal, "custody_document", "The document could not be written.")
	}
	defer clear(plain)
	row, err := c.seal(kindDocument, id, cas+1, plain)
	if err != nil {
		return 0, err
	}
	if err := c.rows.Put(ctx, row); err != nil {
		return 0, err
	}
	return row.Version, nil
}

// Get implements vault.Documents.
func (c *Custody) Get(ctx context.Context, id string) (map[string]string, int, error) {
	plain, version, err := c.open(ctx, kindDocument, id)
	if err != nil {
		return nil, 0, err
	}
	defer clear(plain)
	var doc map[string]string
	if err := json.Unmarshal(plain, &doc); err != nil {
		return nil, 0, fault.Wrap(err, fault.Internal, "custody_document", "The document %q cannot be read.", id)
	}
	return doc, version, nil
}

// List implements vault.Documents.
func (c *Custody) List(ctx context.Context) ([]string, error) {
	ids, err := c.rows.List(ctx, kindDocument)
	slices.Sort(ids) // as bytes: a database may sort by a language's rules
	return ids, err
}

// Delete implements vault.Documents.
func (c *Custody) Delete(ctx context.Context, id string) error {
	return c.rows.Delete(ctx, kindDocument, id)
}
