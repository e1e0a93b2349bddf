// Package help is the pages that explain: the glossary, and the manual that ships with the program. They say nothing of
// this installation, so they are open to whoever reaches the console.
package help

import (
	"net/http"
	"slices"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/docs"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
)

// Handler answers on the pages of help. It is safe for concurrent use.
type Handler struct {
	pages    *page.Responder
	chapters func() ([]docs.Chapter, error)
}

// New returns the handler. The chapters are rendered when somebody first asks for one.
func New(pages *page.Responder) *Handler {
	return &Handler{pages: pages, chapters: sync.OnceValues(docs.Chapters)}
}

// Terms are the entries of the glossary, in the order in which one meets them.
func (overviewPage) Terms() []string { return terms }

var terms = []string{
	"psd2", "nca", "agreement_number", "qtsp", "qwac", "qsealc", "psp_role", "eku", "chain", "fingerprint", "csr",
	"custody", "organization", "application", "redirect_uri", "institution", "environment", "enrolment", "registration",
	"checklist", "client_id", "bundle", "trust_anchor", "connection_test", "activation", "four_eyes", "change_over",
	"consent", "retired", "destroyed", "audit_log",
}

type overviewPage struct {
	page.Page
	Chapters []docs.Chapter
}

// Show shows the glossary and the chapters of the manual.
func (h *Handler) Show(c echo.Context) error {
	all, err := h.chapters()
	if err != nil {
		return err
	}
	data := overviewPage{Page: h.pages.Page(c, "", "help.title"), Chapters: all}
	return h.pages.Render(c, http.StatusOK, "help/overview", data)
}

type chapterPage struct {
	page.Page
	Chapter docs.Chapter
}

// ShowChapter shows a chapter of the manual.
func (h *Handler) ShowChapter(c echo.Context) error {
	all, err := h.chapters()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(one docs.Chapter) bool { return one.Name == c.Param("name") })
	if i < 0 {
		return echo.ErrNotFound
	}
	return h.pages.Render(c, http.StatusOK, "help/chapter", chapterPage{h.pages.Named(c, "", all[i].Title), all[i]})
}
