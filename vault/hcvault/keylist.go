package hcvault

import (
	"context"
	"crypto"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/internal/accept"
)

// ListKeys implements vault.KeyList. Of the keys in the Transit engine it names
// those of this installation's prefix.
func (c *Custody) ListKeys(ctx context.Context) ([]string, error) {
	var listed struct {
		Data struct{ Keys []string }
	}
	err := c.vault.get(ctx, c.cfg.TransitMount+"/keys/", url.Values{"list": {"true"}}, &listed)
	if errors.Is(err, fault.NotFound) { // Vault's word for none
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, name := range listed.Data.Keys {
		if id, ours := strings.CutPrefix(name, c.cfg.Prefix+"-"); ours {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// PublicKeys implements vault.KeyList.
func (c *Custody) PublicKeys(ctx context.Context, id string) ([]crypto.PublicKey, error) {
	if err := accept.ID(id); err != nil {
		return nil, err
	}
	key, err := c.readKey(ctx, id)
	if err != nil {
		return nil, err
	}
	var versions []int
	for number := range key.Keys {
		if version, err := strconv.Atoi(number); err == nil {
			versions = append(versions, version)
		}
	}
	slices.Sort(versions)
	public := make([]crypto.PublicKey, len(versions))
	for i, version := range versions {
		public[i] = parsePublic(key.Keys[strconv.Itoa(version)].PublicKey)
	}
	return public, nil
}

// ListExportableKeys implements vault.KeyList.
func (c *Custody) ListExportableKeys(ctx context.Context) ([]string, error) {
	return c.listFolder(ctx, c.exportablePath("metadata", ""))
}
