package embedded

import (
	"context"
	"crypto"
	"slices"
)

// ListKeys implements vault.KeyList.
func (c *Custody) ListKeys(ctx context.Context) ([]string, error) {
	ids, err := c.rows.List(ctx, kindKey)
	slices.Sort(ids)
	return ids, err
}

// PublicKeys implements vault.KeyList.
func (c *Custody) PublicKeys(ctx context.Context, id string) ([]crypto.PublicKey, error) {
	key, err := c.openKey(ctx, kindKey, id)
	if err != nil {
		return nil, err
	}
	return []crypto.PublicKey{key.Public()}, nil
}

// ListExportableKeys implements vault.KeyList.
func (c *Custody) ListExportableKeys(ctx context.Context) ([]string, error) {
	ids, err := c.rows.List(ctx, kindExportable)
	slices.Sort(ids)
	return ids, err
}
