package embedded

import (
	"context"

	"github.com/sealkeeper/sealkeeper/internal/fault"
)

// kindMoved is the row that says where everything went. It is all that a purge
// leaves, so that nobody opens the copies that are here still, or sets up a new
// custody in their place.
const kindMoved = "moved"

// Moved is the row to put when everything was copied to another custody.
func Moved(to string) Row { return Row{Kind: kindMoved, ID: keysetID, Version: 1, Sealed: []byte(to)} }

// refuseMoved fails with Conflict when what rows hold was moved to another custody.
func refuseMoved(ctx context.Context, rows Rows) error {
	_, err := rows.Get(ctx, kindMoved, keysetID)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "custody_moved",
		"What embedded custody held was moved to Vault, and is used there alone; use the configuration that names Vault. To go back, restore a backup from before into a new database.")
}

// OpenMoved opens what Open refuses: what was moved and is here still, to compare
// it before it is purged. A custody that was not moved is a Conflict.
func OpenMoved(ctx context.Context, rows Rows, master MasterKey) (*Custody, error) {
	if _, err := rows.Get(ctx, kindMoved, keysetID); isNotFound(err) {
		return nil, fault.New(fault.Conflict, "custody_not_moved", "Embedded custody was not moved to Vault; run `sealkeeper custody migrate` first.")
	} else if err != nil {
		return nil, err
	}
	row, err := rows.Get(ctx, kindKeyset, keysetID)
	if isNotFound(err) {
		return nil, fault.New(fault.NotFound, "custody_purged", "Embedded custody was purged already; there is nothing left to remove.")
	}
	if err != nil {
		return nil, err
	}
	aead, err := openKeyset(row, master)
	if err != nil {
		return nil, err
	}
	return &Custody{rows: rows, aead: aead}, nil
}
