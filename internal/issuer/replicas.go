package issuer

import (
	"context"
	"maps"
	"slices"

	"github.com/sealkeeper/sealkeeper/registration"
)

// Active reads what is in use, from the records that all replicas share.
type Active interface {
	// ActiveBundles returns the id of the active bundle of each of these registrations that has one.
	ActiveBundles(ctx context.Context, registrationIDs []string) (map[string]string, error)
}

// FollowReplicas puts clients on what another replica has activated since, or
// taken out of use. It is for a job that runs every second or so: it asks for the registrations
// whose clients are open, and for none at all while no client is. Callers of Client never wait for it.
func (i *Issuer) FollowReplicas(ctx context.Context) error {
	open := map[string]registration.Bundle{}
	i.issued.Range(func(id, entry any) bool {
		open[id.(string)] = entry.(*openClient).bundle
		return true
	})
	if len(open) == 0 {
		return nil
	}
	active, err := i.cfg.Active.ActiveBundles(ctx, slices.Collect(maps.Keys(open)))
	if err != nil {
		return err
	}
	for id, bundle := range open {
		if active[id] != bundle.ID {
			i.follow(id)
		}
	}
	return nil
}

// FollowCatalogue puts all clients on what the catalogue says now of their banks: nothing
// new goes to a host that was corrected. Requests in flight finish where they are.
func (i *Issuer) FollowCatalogue() {
	i.issued.Range(func(id, _ any) bool {
		i.follow(id.(string))
		return true
	})
}
