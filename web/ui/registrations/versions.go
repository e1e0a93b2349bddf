package registrations

import (
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// version is a bundle version with names in place of ids.
type version struct {
	registration.Bundle
	QWAC, QSealC  string
	By, Activator string
	Activatable   bool // draft or superseded
	Rollback      bool
	Request       *approval.Request // that waits for a second person; nil: none
	MayDecide     bool              // this reader may be that person
}

// versions names the certificates and people of the versions.
func (h *Handler) versions(ctx context.Context, v session.Visit, view registration.View) ([]version, error) {
	names := map[string]vault.Summary{}
	if v.Caller.May(access.CertList) {
		var err error
		if names, err = h.Certificates.Named(ctx, v.Caller, named(view.Bundles)); err != nil {
			return nil, err
		}
	}
	var all []version
	for _, b := range view.Bundles {
		all = append(all, h.version(ctx, v, view, b, names))
	}
	return all, nil
}

func (h *Handler) version(
	ctx context.Context, v session.Visit, view registration.View, b registration.Bundle,
	names map[string]vault.Summary,
) version {
	said := version{
		Bundle:      b,
		QWAC:        names[b.QWACID].Name,
		QSealC:      names[b.QSealCID].Name,
		By:          h.People.Name(ctx, b.CreatedBy),
		Activator:   h.People.Name(ctx, b.ActivatedBy),
		Activatable: b.State != registration.Active,
		Rollback:    b.State == registration.Superseded,
		Request:     view.WaitingFor(b.Version),
	}
	if b.State == registration.Active {
		said.Request = view.Waiting(access.BundleRetire, b.Version)
	}
	said.MayDecide = said.Request != nil && h.Approvals.MayDecide(v.Caller, *said.Request)
	return said
}

// pairFindings judges the two certificates of a bundle together.
func pairFindings(b registration.Bundle, records []vault.Record, now time.Time) []certs.Finding {
	var pair [2]*certs.Certificate
	for i, id := range []string{b.QWACID, b.QSealCID} {
		if j := slices.IndexFunc(records, func(r vault.Record) bool { return r.ID == id }); j >= 0 {
			pair[i] = records[j].Leaf
		}
	}
	if pair[0] == nil || pair[1] == nil {
		return nil
	}
	return certs.JudgePair(pair[0], pair[1], now)
}
