package embedded

import (
	"context"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/internal/accept"
)

// ImportExportableKey implements vault.Exporter. Here such a key lies as every other does: a
// sealed row, of a kind of its own.
func (c *Custody) ImportExportableKey(ctx context.Context, id string, key *certs.PrivateKey) error {
	if err := accept.ID(id); err != nil {
		return err
	}
	if err := c.AcceptsKey(key.Public()); err != nil {
		return err
	}
	return c.keep(ctx, kindExportable, id, key)
}

// ExportKey implements vault.Exporter.
func (c *Custody) ExportKey(ctx context.Context, id string) (*certs.PrivateKey, error) {
	signer, err := c.openKey(ctx, kindExportable, id)
	if err != nil {
		return nil, err
	}
	key, err := certs.NewPrivateKey(signer)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "custody_key", "The key %q cannot be read.", id)
	}
	return key, nil
}

// DestroyExportableKey implements vault.Exporter.
func (c *Custody) DestroyExportableKey(ctx context.Context, id string) error {
	return c.rows.Delete(ctx, kindExportable, id)
}
