// Package signin is how people come and go: signing in by a one-time link or a token, signing out, and the choice of
// the language.
package signin

import (
	"context"
	"net/url"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Identity says whom a one-time link or an API token belongs to.
type Identity interface {
	SignIn(ctx context.Context, link secret.Text) (identity.User, error)
	Caller(ctx context.Context, token secret.Text) (access.Caller, error)
}

// Log records that a session began.
type Log interface {
	Record(
		ctx context.Context, caller access.Caller, action access.Action, object string, outcome audit.Outcome,
		detail string,
	) error
}

// Needs is what the handler works with.
type Needs struct {
	Pages    *page.Responder
	Sessions *session.Manager
	Identity Identity
	Log      Log
}

// Handler answers on the pages of signing in. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

// local returns path if it leads to one of our pages, and else the home page:
// a link to us must not be able to send people elsewhere.
func local(path string) string {
	parsed, err := url.Parse(path)
	if err != nil || parsed.IsAbs() || parsed.Host != "" {
		return "/"
	}
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
