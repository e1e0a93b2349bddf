// Package approvals is the pages of changes that take two people: what waits for whom, what exactly would change, and
// the decision.
package approvals

import (
	"context"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
)

// Requests are the requests there are.
type Requests interface {
	List(ctx context.Context, caller access.Caller, f approval.Filter) ([]approval.Request, error)
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[approval.Request], error)
	Get(ctx context.Context, caller access.Caller, id string) (approval.Request, error)
}

// Rules say who may decide, and where two people are needed.
type Rules interface {
	MayDecide(ctx context.Context, caller access.Caller, r approval.Request) bool
	Reviewable(ctx context.Context, caller access.Caller, r approval.Request) bool
	Required(ctx context.Context, env environment.Name) bool
}

// Service has the requests and carries decisions out.
type Service interface {
	Requests
	Rules
	Decisions
}

// Institutions know what those of the catalogue are called.
type Institutions interface {
	Institution(ctx context.Context, caller access.Caller, id string) (catalogue.Institution, error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages     *page.Responder
	Approvals Service

	Institutions Institutions
}

// Handler answers on the pages of approvals. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

func open(r approval.Request) bool { return r.State == approval.Open || r.State == approval.Applying }
