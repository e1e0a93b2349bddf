package embedded

import (
	"context"
	"maps"
)

// CopyRest copies what a service wrote here that did not know of the move, after
// everything had been copied: of the wanted ids, what is missing there, and documents
// that were changed here since and not there. What was changed there stays.
func (c *Custody) CopyRest(ctx context.Context, to Destination, wanted map[string]bool) (Copied, error) {
	var done Copied
	missing := func(look, copying func(context.Context, Destination, string) error, n *int) func(context.Context, Destination, string) error {
		return func(ctx context.Context, there Destination, id string) error {
			err := look(ctx, there, id)
			if !isNotFound(err) {
				return err
			}
			*n++
			return copying(ctx, there, id)
		}
	}
	late := func(ctx context.Context, there Destination, id string) error {
		changed, err := c.copyLate(ctx, there, id)
		if changed {
			done.Documents++
		}
		return err
	}
	err := c.walk(ctx, to, func(id string) bool { return wanted[id] },
		pass{kindKey, missing(c.compareKey, c.copyKey, &done.Keys), new(int)},
		pass{kindKept, missing(c.compareKept, c.copyKept, &done.Keys), new(int)}, pass{kindDocument, late, new(int)})
	return done, err
}

// copyLate copies a document that is missing there, or that is there as it was copied
// while a later version is here.
func (c *Custody) copyLate(ctx context.Context, to Destination, id string) (changed bool, err error) {
	doc, here, err := c.Get(ctx, id)
	if err != nil {
		return false, err
	}
	now, there, err := to.Get(ctx, id)
	switch {
	case isNotFound(err):
		there = 0
	case err != nil:
		return false, err
	case maps.Equal(doc, now) || there > 1 && doc["type"] == now["type"]:
		return false, nil
	case here == 1 || doc["type"] != now["type"]: // it cannot be a copy of this one
		return false, differs(id)
	}
	if _, err := to.Put(ctx, id, doc, there); err != nil {
		return false, err
	}
	return true, c.equalDocument(ctx, to, id)
}
