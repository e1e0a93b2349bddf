// Package installation is the page of what this installation is made of and how it is: settings, parts, versions and
// licences.
package installation

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/installation"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Service knows the installation.
type Service interface {
	Facts(ctx context.Context, caller access.Caller) (installation.Facts, error)
	Look(ctx context.Context, caller access.Caller) error
}

// Needs is what the handler works with.
type Needs struct {
	Pages   *page.Responder
	Service Service
}

// Handler answers on the page. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

// partRow is what was found of a part, in the reader's words.
type partRow struct {
	Part             string
	Problem, Warning *wording.Sentence // nil: there is none
}

type showPage struct {
	page.Page
	installation.Facts
	Found []partRow
}

// Show shows the page. Nothing is looked at for it that takes time.
func (h *Handler) Show(c echo.Context, v session.Visit) error {
	facts, err := h.Service.Facts(c.Request().Context(), v.Caller)
	if err != nil {
		return err
	}
	data := showPage{Page: h.Pages.Page(c, "installation", "installation.title"), Facts: facts}
	tr := h.Pages.Translator(c)
	for _, f := range facts.Look.Findings {
		one := partRow{Part: f.Part}
		if f.Problem != nil {
			one.Problem = tr.Problem(f.Problem)
		}
		if f.Warning != nil {
			one.Warning = tr.Problem(f.Warning)
		}
		data.Found = append(data.Found, one)
	}
	data.Path = link.Installation
	return h.Pages.Render(c, http.StatusOK, "installation/installation", data)
}

// Look looks at every part now.
func (h *Handler) Look(c echo.Context, v session.Visit) error {
	if err := h.Service.Look(c.Request().Context(), v.Caller); err != nil {
		return err
	}
	return h.Show(c, v) // at once: what this process has found, another one does not know
}
