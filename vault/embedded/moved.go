package embedded

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
)

// kindMoved are the rows that say that everything is going elsewhere, or has gone.
// While there is one, the storage of rows refuses to write any other: what a service
// that still runs would store here would be left behind.
const kindMoved = "moved"

// movingID is the row of a move that has begun and not ended. It is there before
// anything is copied, and gives way to the other row when everything was.
const movingID = "begun"

// Moving is the row to put before anything is copied to another custody.
func Moving(to string) Row { return Row{Kind: kindMoved, ID: movingID, Version: 1, Sealed: []byte(to)} }

// Moved is the row to put when everything was copied to another custody. It is all that
// a purge leaves, so that nobody opens what is here still, or sets up a new custody in its place.
func Moved(to string) Row { return Row{Kind: kindMoved, ID: keysetID, Version: 1, Sealed: []byte(to)} }

// ErrMoved is the answer of a custody that was moved. It is no Conflict, which callers
// take for somebody else's write that was faster.
func ErrMoved() error {
	return fault.New(fault.Unavailable, "custody_moved",
		"What embedded custody held was moved to Vault, and is used there alone; stop this service and start it with "+
			"the configuration that names Vault. To go back, restore a backup from before into a new database.")
}

// ErrMoving is the answer of a custody whose move has begun and not ended.
func ErrMoving() error {
	return fault.New(fault.Unavailable, "custody_moving",
		"Embedded custody is being moved to Vault, and is not used meanwhile; stop this service, finish with "+
			"`sealkeeper custody migrate` and start it with the configuration that names Vault, or give up with "+
			"`sealkeeper custody abandon`.")
}

// refuseMoved fails when what rows hold was moved to another custody, or is on its way there.
func refuseMoved(ctx context.Context, rows Rows) error {
	ids, err := rows.List(ctx, kindMoved)
	switch {
	case err != nil || len(ids) == 0:
		return err
	case slices.Contains(ids, keysetID):
		return ErrMoved()
	}
	return ErrMoving()
}

// RefuseMoving fails while a move is under way, also for whoever is to use its destination.
func RefuseMoving(ctx context.Context, rows Rows) error {
	ids, err := rows.List(ctx, kindMoved)
	if err == nil && slices.Contains(ids, movingID) {
		return ErrMoving()
	}
	return err
}

// OpenToMove opens a custody to copy it: one that is in use, or whose move has begun and not ended.
func OpenToMove(ctx context.Context, rows Rows, master MasterKey) (c *Custody, err error) {
	ids, err := rows.List(ctx, kindMoved)
	switch {
	case err != nil:
		return nil, err
	case slices.Contains(ids, keysetID):
		return nil, ErrMoved()
	case len(ids) == 0:
		c, err = Open(ctx, rows, master)
	default:
		c, err = openLeft(ctx, rows, master)
	}
	if err != nil {
		return nil, err
	}
	c.leaving = true
	return c, nil
}

// OpenMoved opens what was moved and is here still, to compare it before it is
// purged. A custody that was not moved is a Conflict.
func OpenMoved(ctx context.Context, rows Rows, master MasterKey) (*Custody, error) {
	if _, err := rows.Get(ctx, kindMoved, keysetID); isNotFound(err) {
		return nil, fault.New(fault.Conflict, "custody_not_moved",
			"Embedded custody was not moved to Vault; run `sealkeeper custody migrate` first.")
	} else if err != nil {
		return nil, err
	}
	return openLeft(ctx, rows, master)
}

func openLeft(ctx context.Context, rows Rows, master MasterKey) (*Custody, error) {
	row, err := rows.Get(ctx, kindKeyset, keysetID)
	if isNotFound(err) {
		return nil, fault.New(fault.NotFound, "custody_purged",
			"Embedded custody was purged already; there is nothing left to move or to remove.")
	}
	if err != nil {
		return nil, err
	}
	aead, err := openKeyset(row, master)
	if err != nil {
		return nil, err
	}
	return &Custody{rows: rows, aead: aead, opened: &openKeys{}, leaving: true}, nil
}
