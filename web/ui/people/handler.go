// Package people is the administrator's pages of who there is: whom to invite, what each may do,
// where each is signed in,
// and the links made on the server that were used.
package people

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/passkey"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
)

// Directory knows who there is.
type Directory interface {
	People(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[identity.Listed], error)
	PersonByID(ctx context.Context, caller access.Caller, id string) (identity.User, error)
	SessionsOfPerson(ctx context.Context, caller access.Caller, id string) ([]identity.Session, error)
	TokensOfPerson(ctx context.Context, caller access.Caller, id string) ([]identity.Token, error)
	AccountsOfPerson(ctx context.Context, caller access.Caller, id string) ([]identity.Account, error)
}

// Rights change what people may do.
type Rights interface {
	SetRoles(ctx context.Context, caller access.Caller, id string, roles []access.Role) error
	Disable(ctx context.Context, caller access.Caller, id string) error
	Enable(ctx context.Context, caller access.Caller, id string) error
	EndSession(ctx context.Context, caller access.Caller, id string) error
}

// Grants give people roles on a part, or until a day, and take what they have.
type Grants interface {
	Grant(ctx context.Context, caller access.Caller, id string, g access.RoleGrant) error
	RevokeGrant(ctx context.Context, caller access.Caller, id, grantID string) error
	RevokeToken(ctx context.Context, caller access.Caller, userID, id string) error
}

// Parts are what roles can be granted on.
type Parts interface {
	choice.Organizations
	Institutions(ctx context.Context, caller access.Caller) ([]catalogue.Institution, error)
}

// Inviting asks people to join.
type Inviting interface {
	Invite(ctx context.Context, caller access.Caller, name string, roles []access.Role) (identity.Invitation, error)
	InviteAgain(ctx context.Context, caller access.Caller, id string) (identity.Invitation, error)
	MakeInvitationLink(
		ctx context.Context, caller access.Caller, id string,
	) (i identity.Invitation, link, code secret.Text, err error)
}

// Invited are those who have not joined yet.
type Invited interface {
	Invited(ctx context.Context, caller access.Caller) ([]identity.Invitation, error)
	WithdrawInvitation(ctx context.Context, caller access.Caller, id string) error
}

// Alerts are the links made on the server that were used.
type Alerts interface {
	LinkAlerts(ctx context.Context, caller access.Caller) ([]identity.LinkUse, error)
	SeeLinkAlert(ctx context.Context, caller access.Caller, id string) error
}

// Identity is all of them.
type Identity interface {
	Directory
	Rights
	Grants
	Inviting
	Invited
	Alerts
}

// Passkeys are those of everybody.
type Passkeys interface {
	Everybodys(ctx context.Context, caller access.Caller, userID string) ([]passkey.Passkey, error)
	Remove(ctx context.Context, caller access.Caller, userID, id string, last bool) error
}

// Needs is what the handler works with. PublicURL may be empty.
type Needs struct {
	Pages     *page.Responder
	Identity  Identity
	Passkeys  Passkeys
	Parts     Parts
	Now       func() time.Time
	PublicURL string
}

// Handler answers on the pages. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }
