package embedded

import (
	"context"
	"maps"
)

// Compare verifies that what was moved to another custody is still there, before it is
// purged here: each key signs for its public half, and each document is equal or was
// changed there since. missing are the ids of what is no longer there; the records say
// whether that was destroyed or lost.
func (c *Custody) Compare(ctx context.Context, there Destination) (same Copied, missing []string, err error) {
	for _, pass := range []struct {
		kind    string
		compare func(ctx context.Context, there Destination, id string) error
		n       *int
	}{
		{kindKey, c.compareKey, &same.Keys},
		{kindExportable, c.compareExportable, &same.Keys},
		{kindDocument, c.compareDocument, &same.Documents},
	} {
		ids, err := c.rows.List(ctx, pass.kind)
		if err != nil {
			return same, nil, err
		}
		for _, id := range ids {
			err := pass.compare(ctx, there, id)
			switch {
			case isNotFound(err):
				missing = append(missing, id)
			case err != nil:
				return same, nil, err
			default:
				*pass.n++
			}
		}
	}
	return same, missing, nil
}

// compareDocument takes a later version than the copy, which is the first, for an
// ordinary change, provided it is a document of the same type.
func (c *Custody) compareDocument(ctx context.Context, there Destination, id string) error {
	doc, _, err := c.Get(ctx, id)
	if err != nil {
		return err
	}
	now, version, err := there.Get(ctx, id)
	if err != nil {
		return err
	}
	if maps.Equal(doc, now) || version > 1 && doc["type"] == now["type"] {
		return nil
	}
	return differs(id)
}
