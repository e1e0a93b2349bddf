package hcvault

import (
	"context"
	"errors"

	"github.com/sealkeeper/sealkeeper/fault"
)

// A KV engine of version 1 takes the requests meant for version 2: it stores
// check-and-set as data, and a deletion there deletes nothing. So the version is
// asked for, and looked for in every answer, as a mount can be exchanged.

// keepsVersions refuses a mount that is no KV engine of version 2. Vault tells
// whoever may do something in the engine what it is, without a policy for it.
func (c *client) keepsVersions(ctx context.Context, mount string) error {
	var read struct {
		Data struct {
			Type    string
			Options map[string]string
		}
	}
	err := c.get(ctx, "sys/internal/ui/mounts/"+mount, nil, &read)
	switch {
	case isForbidden(err) || errors.Is(err, fault.NotFound):
		return nil // it is not told; the answers of the engine show it
	case err != nil:
		return err
	case read.Data.Type != "kv" || read.Data.Options["version"] != "2":
		return errVersion(mount)
	}
	return nil
}

// versioned refuses an answer without the version that version 2 always tells.
func (c *Custody) versioned(version int) error {
	if version == 0 {
		c.allowedUntil.Store(0)
		return errVersion(c.cfg.KVMount)
	}
	return nil
}

// observeDeletion reads what was deleted: an engine of version 1 has it still.
func (c *Custody) observeDeletion(ctx context.Context, path string) error {
	var read struct {
		Data struct{ Metadata struct{ Version int } }
	}
	if err := c.vault.get(ctx, path, nil, &read); err != nil {
		return nil //nolint:nilerr // it is gone, or nobody knows; that it was deleted Vault has said
	}
	return c.versioned(read.Data.Metadata.Version)
}

func errVersion(mount string) error {
	return fault.New(fault.Unavailable, "vault_kv_version",
		"Vault's engine at %s is not a KV engine of version 2: what is deleted there stays. Choose another path for "+
			"`sealkeeper vault bootstrap` to mount one, and the same in vault.kv_mount.", mount)
}
