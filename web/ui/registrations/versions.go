package registrations

import (
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

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
	Reason        bool              // it is activated with a reason only
	Blocked       bool              // by more than the want of a reason
	Gone          bool              // a certificate of it is out of use, so that nobody can go back to it
	Alone         bool              // this reader is on call, and may go back to it without a second person
}

// versions names the certificates and people of the versions.
func (h *Handler) versions(
	ctx context.Context, v session.Visit, view registration.View, records []vault.Record,
) []version {
	known := map[string]vault.Record{}
	for _, r := range records {
		known[r.ID] = r
	}
	var all []version
	for _, b := range view.Bundles {
		all = append(all, h.version(ctx, v, view, b, known))
	}
	return all
}

func (h *Handler) version(
	ctx context.Context, v session.Visit, view registration.View, b registration.Bundle,
	known map[string]vault.Record,
) version {
	said := version{
		Bundle:      b,
		QWAC:        known[b.QWACID].Name,
		QSealC:      known[b.QSealCID].Name,
		By:          h.People.Name(ctx, b.CreatedBy),
		Activator:   h.People.Name(ctx, b.ActivatedBy),
		Activatable: b.State != registration.Active,
		Rollback:    b.State == registration.Superseded,
		Request:     view.WaitingFor(b.Version),
	}
	if qwac := known[b.QWACID].Leaf; qwac != nil {
		said.Reason = qwac.LacksClientAuth() && b.NoClientAuth == ""
	}
	said.Gone = gone(known, b.QWACID) || gone(known, b.QSealCID)
	said.Alone = said.Rollback && v.OnCall() && view.BackAlone(b.Version, h.Now()) == nil
	said.Blocked = b.State == registration.Draft &&
		slices.ContainsFunc(view.Blockers, func(b registration.Blocker) bool { return !b.Reason })
	if b.State == registration.Active {
		said.Request = view.Waiting(access.BundleRetire, b.Version)
	}
	said.MayDecide = said.Request != nil && h.Approvals.MayDecide(ctx, v.Caller, *said.Request)
	return said
}

// gone reports whether a certificate is known to be out of use.
func gone(known map[string]vault.Record, id string) bool {
	r, there := known[id]
	return there && r.State != vault.Stored
}

// pairFindings judges the two certificates of a bundle together.
func pairFindings(b registration.Bundle, records []vault.Record, now time.Time) []rules.Finding {
	var pair [2]*certs.Certificate
	for i, id := range []string{b.QWACID, b.QSealCID} {
		if j := slices.IndexFunc(records, func(r vault.Record) bool { return r.ID == id }); j >= 0 {
			pair[i] = records[j].Leaf
		}
	}
	if pair[0] == nil || pair[1] == nil {
		return nil
	}
	return rules.JudgePair(pair[0], pair[1], now)
}
