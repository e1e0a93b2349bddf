package issuer

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Active reads what is in use, from the records that all replicas share.
type Active interface {
	// ActiveBundles returns what is active of each of these registrations; one without is left out.
	ActiveBundles(ctx context.Context, registrationIDs []string) (map[string]Generation, error)
}

// Generation is what a client presents: another bundle, or another chain of one of its certificates, is another one.
type Generation struct {
	BundleID       string
	QWACRevision   int // of the certificate's record
	QSealCRevision int
}

// generation is what is active now; the zero value if it is not known, which is followed once more.
func (i *Issuer) generation(ctx context.Context, registrationID string) Generation {
	active, err := i.cfg.Active.ActiveBundles(ctx, []string{registrationID})
	if err != nil {
		return Generation{}
	}
	return active[registrationID]
}

// followChain puts the clients of a certificate on its new chain. It ends after a time: where there are very many,
// FollowReplicas goes on.
func (i *Issuer) followChain(certificateID string) {
	late := time.Now().Add(followTimeout)
	i.issued.Range(func(id, entry any) bool {
		if b := entry.(*openClient).bundle; b.QWACID == certificateID || b.QSealCID == certificateID {
			i.follow(id.(string))
		}
		return time.Now().Before(late)
	})
}

// FollowReplicas puts clients on what another replica has activated since, or taken out of use, or given another chain.
// It is for a job that runs every second or so: it asks for the registrations whose clients are open, and for none at
// all while no client is. Callers of Client never wait for it.
func (i *Issuer) FollowReplicas(ctx context.Context) error {
	open := map[string]Generation{}
	i.issued.Range(func(id, entry any) bool {
		open[id.(string)] = entry.(*openClient).generation
		return true
	})
	if len(open) == 0 {
		return nil
	}
	active, err := i.cfg.Active.ActiveBundles(ctx, slices.Collect(maps.Keys(open)))
	if err != nil {
		return err
	}
	for id, generation := range open {
		if active[id] != generation {
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
