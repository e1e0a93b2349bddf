package hcvault

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/internal/accept"
)

func (c *Custody) dataPath(id string) string {
	return c.cfg.KVMount + "/data/" + c.cfg.Prefix + "/doc/" + id
}

func (c *Custody) metadataPath(id string) string {
	return c.cfg.KVMount + "/metadata/" + c.cfg.Prefix + "/doc/" + id
}

// Put implements vault.Documents.
func (c *Custody) Put(ctx context.Context, id string, doc map[string]string, cas int) (int, error) {
	if err := accept.ID(id); err != nil {
		return 0, err
	}
	request := map[string]any{"data": doc, "options": map[string]int{"cas": cas}}
	var written struct {
		Data struct{ Version int }
	}
	if err := c.vault.post(ctx, c.dataPath(id), request, &written); err != nil {
		return 0, err
	}
	return written.Data.Version, c.versioned(written.Data.Version)
}

// Get implements vault.Documents.
func (c *Custody) Get(ctx context.Context, id string) (map[string]string, int, error) {
	if err := accept.ID(id); err != nil {
		return nil, 0, err
	}
	var read struct {
		Data struct {
			Data     map[string]string
			Metadata struct{ Version int }
		}
	}
	if err := c.vault.get(ctx, c.dataPath(id), nil, &read); err != nil {
		return nil, 0, err
	}
	if err := c.versioned(read.Data.Metadata.Version); err != nil {
		return nil, 0, err
	}
	return read.Data.Data, read.Data.Metadata.Version, nil
}

// getAtOnce is how many documents GetEach reads at the same time.
const getAtOnce = 8

// GetEach implements vault.Documents. Vault has no request for several.
func (c *Custody) GetEach(
	ctx context.Context, ids []string, visit func(id string, doc map[string]string, version int, err error) error,
) error {
	var all errgroup.Group
	all.SetLimit(getAtOnce)
	var one sync.Mutex
	for _, id := range ids {
		all.Go(func() error {
			doc, version, err := c.Get(ctx, id)
			if err != nil && !errors.Is(err, fault.NotFound) && !errors.Is(err, fault.Internal) {
				return err
			}
			one.Lock()
			defer one.Unlock()
			return visit(id, doc, version, err)
		})
	}
	return all.Wait()
}

// List implements vault.Documents.
func (c *Custody) List(ctx context.Context) ([]string, error) {
	return c.listFolder(ctx, c.metadataPath(""))
}

func (c *Custody) listFolder(ctx context.Context, path string) ([]string, error) {
	var listed struct {
		Data struct{ Keys []string }
	}
	err := c.vault.get(ctx, path, url.Values{"list": {"true"}}, &listed)
	if errors.Is(err, fault.NotFound) { // Vault's word for an empty folder
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	slices.Sort(listed.Data.Keys)
	return listed.Data.Keys, nil
}

// Delete implements vault.Documents.
func (c *Custody) Delete(ctx context.Context, id string) error {
	if err := accept.ID(id); err != nil {
		return err
	}
	if err := ignoreNotFound(c.vault.delete(ctx, c.metadataPath(id))); err != nil {
		return err
	}
	return c.observeDeletion(ctx, c.dataPath(id))
}
