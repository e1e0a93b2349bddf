// Package registrations is the pages of registrations: the list, and of each how ready it is, its checklist, its bundle
// with the draft beside what is in use, the connection test, and the versions that are taken into and out of use.
package registrations

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Reader knows the registrations there are.
type Reader interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[registration.View], error)
	Count(ctx context.Context, caller access.Caller, q listing.Query) (listing.Count, error)
	Registration(ctx context.Context, caller access.Caller, id string) (registration.View, error)
	HistoryOf(ctx context.Context, caller access.Caller, v registration.View) ([]registration.HistoryEntry, error)
}

// Service keeps registrations.
type Service interface {
	Reader
	Editor
	Switch
}

// Certificates are those in custody.
type Certificates interface {
	choice.Certificates
	Get(ctx context.Context, caller access.Caller, id string) (vault.Record, error)
}

// Approvals know what takes two people.
type Approvals interface {
	MayDecide(ctx context.Context, caller access.Caller, r approval.Request) bool
	Required(ctx context.Context, env environment.Name) bool
}

// Services knows which services use which version.
type Services interface {
	Overview(ctx context.Context, caller access.Caller, v registration.View) (usage.Overview, error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages        *page.Responder
	Service      Service
	Certificates Certificates
	Approvals    Approvals
	Connections  Connections
	Services     Services
	Reports      Reports
	People       wording.People
	Callback     string // where this console takes what a bank sends back; empty: where the request went
	Now          func() time.Time
}

// Handler answers on the pages of registrations. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

// certificates are those with the ids that the reader may see. What was destroyed and forgotten is left out.
func (h *Handler) certificates(ctx context.Context, caller access.Caller, ids []string) ([]vault.Record, error) {
	if !caller.MaySomewhere(access.CertList) || !caller.MaySomewhere(access.CertRead) {
		return nil, nil
	}
	slices.Sort(ids)
	var found []vault.Record
	for _, id := range slices.Compact(ids) {
		if id == "" {
			continue
		}
		r, err := h.Certificates.Get(ctx, caller, id)
		if errors.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, nil
}

// named are the certificates of a registration's versions, in use or not.
func named(bundles []registration.Bundle) []string {
	var ids []string
	for _, b := range bundles {
		ids = append(ids, b.QWACID, b.QSealCID)
	}
	return ids
}
