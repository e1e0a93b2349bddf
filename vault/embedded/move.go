package embedded

import (
	"context"

	"github.com/sealkeeper/sealkeeper/vault"
)

// MoveRecords is what a move reads and changes of the database's records.
type MoveRecords interface {
	Certificates(ctx context.Context, states ...vault.State) ([]vault.Record, error)
	// BeginMove notes that custody is being moved: from then on a service that still
	// runs stores nothing that would be left behind. It may be repeated.
	BeginMove(ctx context.Context, to string) error
	// MoveCustody notes that the move has ended, and says so in the records.
	MoveCustody(ctx context.Context, from, to string) error
}

// MoveTo moves a custody opened by OpenToMove to another, whose mode is to. The move
// begins once nothing more is known to stand in its way; begun is false when it has not.
// One that has begun and failed is repeated, or abandoned in the records.
func (c *Custody) MoveTo(
	ctx context.Context, there Destination, to string, records MoveRecords,
) (copied Copied, begun bool, err error) {
	gone, err := destroyed(ctx, records)
	if err != nil {
		return copied, false, err
	}
	if err := c.Agrees(ctx, there, gone); err != nil {
		return copied, false, err
	}
	if err := records.BeginMove(ctx, to); err != nil {
		return copied, false, err
	}
	// What was destroyed until the note was written must not come back either.
	if gone, err = destroyed(ctx, records); err == nil {
		copied, err = c.CopyTo(ctx, there, gone)
	}
	if err == nil {
		err = records.MoveCustody(ctx, c.Mode(), to)
	}
	return copied, true, err
}

// destroyed are the ids, in custody, of certificates that were or are being
// destroyed, and of their keys unless another certificate has them too.
func destroyed(ctx context.Context, records MoveRecords) (map[string]bool, error) {
	ended, err := records.Certificates(ctx, vault.Destroying, vault.Destroyed)
	if err != nil {
		return nil, err
	}
	living, err := records.Certificates(ctx, vault.Pending, vault.Stored, vault.Retired)
	if err != nil {
		return nil, err
	}
	gone := map[string]bool{}
	for _, r := range ended {
		gone[r.ID], gone[r.KeyID] = true, true
	}
	for _, r := range living {
		delete(gone, r.ID)
		delete(gone, r.KeyID)
	}
	return gone, nil
}
