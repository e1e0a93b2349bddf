// Package registrations is the pages of registrations: the list, and of each how ready it is, its checklist, its bundle
// with the draft beside what is in use, the connection test, and the versions that are taken into and out of use.
package registrations

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Reader knows the registrations there are.
type Reader interface {
	List(ctx context.Context, caller access.Caller) ([]registration.View, error)
	Registration(ctx context.Context, caller access.Caller, id string) (registration.View, error)
	History(ctx context.Context, caller access.Caller, subject string) ([]registration.HistoryEntry, error)
}

// Service keeps registrations.
type Service interface {
	Reader
	Editor
	Switch
}

// Certificates are those in custody.
type Certificates interface {
	List(ctx context.Context, caller access.Caller) ([]vault.Record, error)
}

// Approvals know what takes two people.
type Approvals interface {
	MayDecide(caller access.Caller, r approval.Request) bool
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
	Now          func() time.Time
}

// Handler answers on the pages of registrations. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

// certificates are all in custody that the reader may see.
func (h *Handler) certificates(ctx context.Context, caller access.Caller) ([]vault.Record, error) {
	if !caller.May(access.CertList) {
		return nil, nil
	}
	return h.Certificates.List(ctx, caller)
}
