package embedded

import (
	"context"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/internal/accept"
)

// KeepKey implements vault.Keeper. Here such a key lies as every other does: a
// sealed row, of a kind of its own.
func (c *Custody) KeepKey(ctx context.Context, id string, key *certs.PrivateKey) error {
	if err := accept.ID(id); err != nil {
		return err
	}
	if err := c.AcceptsKey(key.Public()); err != nil {
		return err
	}
	return c.keep(ctx, kindKept, id, key)
}

// KeptKey implements vault.Keeper.
func (c *Custody) KeptKey(ctx context.Context, id string) (*certs.PrivateKey, error) {
	signer, err := c.openKey(ctx, kindKept, id)
	if err != nil {
		return nil, err
	}
	key, err := certs.NewPrivateKey(signer)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "custody_key", "The key %q cannot be read.", id)
	}
	return key, nil
}

// DropKey implements vault.Keeper.
func (c *Custody) DropKey(ctx context.Context, id string) error {
	return c.rows.Delete(ctx, kindKept, id)
}
