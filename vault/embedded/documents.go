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
	doc, err := document(plain, id)
	return doc, version, err
}

// GetEach implements vault.Documents.
func (c *Custody) GetEach(
	ctx context.Context, ids []string, visit func(id string, doc map[string]string, version int, err error) error,
) error {
	if !c.leaving {
		if err := refuseMoved(ctx, c.rows); err != nil {
			return err
		}
	}
	rows, err := c.rows.GetAll(ctx, kindDocument, ids)
	if err != nil {
		return err
	}
	asked := make(map[string]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	for _, row := range rows {
		if !asked[row.ID] { // the database says of itself what it likes
			continue
		}
		delete(asked, row.ID)
		var doc map[string]string
		plain, err := c.decrypt(row, kindDocument, row.ID)
		if err == nil {
			doc, err = document(plain, row.ID)
		}
		if err := visit(row.ID, doc, row.Version, err); err != nil {
			return err
		}
	}
	for id := range asked {
		gone := fault.New(fault.NotFound, "not_found", "There is no document %q in custody.", id)
		if err := visit(id, nil, 0, gone); err != nil {
			return err
		}
	}
	return nil
}

// document reads an opened row, and wipes it.
func document(plain []byte, id string) (map[string]string, error) {
	defer clear(plain)
	var doc map[string]string
	if err := json.Unmarshal(plain, &doc); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "custody_document", "The document %q cannot be read.", id)
	}
	return doc, nil
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
