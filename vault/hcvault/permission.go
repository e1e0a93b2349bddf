package hcvault

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

// permission is a path and what may be done there.
type permission struct {
	path         string
	capabilities []string
}

// allowedFor is how long Health takes Vault's word that the policy is wide
// enough, so that frequent probes are no load.
const allowedFor = 5 * time.Second

// essential is what no day goes without: documents, and signatures. What only
// some operations need is for the doctor to miss, and not for a probe, which
// would take the whole service out of use.
func (cfg Config) essential() []permission {
	const id = "health"
	return []permission{
		{cfg.KVMount + "/data/" + cfg.Prefix + "/doc/" + id, []string{"create", "read", "update"}},
		{cfg.TransitMount + "/keys/" + id, []string{"read"}},
		{cfg.TransitMount + "/sign/" + id, []string{"update"}},
	}
}

// allowed reports that Vault does not know our token, what it may no longer do
// though every day needs it, or that the KV engine is another. Only good answers
// are kept, and until the next 403: a policy that was put right shows at once.
func (c *Custody) allowed(ctx context.Context) error {
	if time.Now().UnixNano() < c.allowedUntil.Load() {
		return c.vault.get(ctx, "auth/token/lookup-self", nil, nil)
	}
	var other error
	var asked sync.WaitGroup // both at once: a probe does not wait long
	asked.Go(func() { other = c.vault.keepsVersions(ctx, c.cfg.KVMount) })
	err := c.vault.allows(ctx, c.cfg.essential())
	asked.Wait()
	if err = cmp.Or(err, other); err != nil {
		return err
	}
	c.allowedUntil.Store(time.Now().Add(allowedFor).UnixNano())
	return nil
}

// refused says what a 403 means: that there is no login, where that is known.
// Otherwise the token has ended unnoticed or the policy was changed.
func (c *Custody) refused(err error) error {
	c.allowedUntil.Store(0)
	if problem := c.session.problem.Load(); problem != nil {
		return problem
	}
	c.session.suspect()
	return err
}

// allows reports what of needed our token may not do.
func (c *client) allows(ctx context.Context, needed []permission) error {
	paths := make([]string, len(needed))
	for i, n := range needed {
		paths[i] = n.path
	}
	may, err := c.capabilities(ctx, paths)
	if err != nil {
		return err
	}
	var missing []string
	for _, n := range needed {
		for _, capability := range n.capabilities {
			if !slices.Contains(may[n.path], capability) && !slices.Contains(may[n.path], "root") {
				missing = append(missing, capability+" on "+n.path)
			}
		}
	}
	if len(missing) > 0 {
		return fault.New(fault.Unavailable, "vault_policy_narrow",
			"The policy is too narrow, it lacks: %s. `sealkeeper vault bootstrap` writes the right one.",
			strings.Join(missing, ", "))
	}
	return nil
}

// capabilities asks Vault what our token may do on paths.
func (c *client) capabilities(ctx context.Context, paths []string) (map[string][]string, error) {
	// Beside the paths Vault answers with a list of the first one's capabilities
	// under "capabilities", and with more fields that are no lists.
	var answer struct{ Data map[string]any }
	if err := c.post(repeatable(ctx), "sys/capabilities-self", map[string][]string{"paths": paths},
		&answer); err != nil {
		return nil, err
	}
	may := make(map[string][]string, len(paths))
	for _, path := range paths {
		names, _ := answer.Data[path].([]any)
		for _, name := range names {
			if text, ok := name.(string); ok {
				may[path] = append(may[path], text)
			}
		}
	}
	return may, nil
}
