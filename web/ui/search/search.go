// Package search is the page on which everything is looked for.
package search

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/search"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Finder finds.
type Finder interface {
	Find(ctx context.Context, caller access.Caller, text string) ([]search.Group, error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages *page.Responder
	Find  Finder
}

// Handler answers on the page. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

type searchPage struct {
	page.Page
	Typed  string
	Groups []group
}

// group is what was found of a kind.
type group struct {
	search.Group
	Rows []row
	All  string // address of the list with all of them; "" if the page has them
}

type row struct {
	search.Hit
	URL string
}

// places are where things of a kind are, and the list of them that can be searched.
var places = map[search.Kind]struct {
	one  func(id string) string
	list string
}{
	search.Certificate:  {link.Certificate, "/certificates"},
	search.Registration: {link.Registration, "/registrations"},
	search.Organization: {link.Organization, "/firm"},
	search.Application:  {link.Application, "/applications"},
	search.Institution:  {link.Institution, "/institutions"},
	search.CSR:          {link.CSR, "/certificates/csrs"},
}

// Show shows what was found.
func (h *Handler) Show(c echo.Context, v session.Visit) error {
	text, err := search.Asked(c.QueryParams())
	if err != nil {
		return err
	}
	found, err := h.Find.Find(c.Request().Context(), v.Caller, text)
	if err != nil {
		return err
	}
	data := searchPage{Page: h.Pages.Page(c, "search", "search.title"), Typed: text}
	data.Path = c.Request().URL.RequestURI()
	for _, g := range found {
		at := places[g.Kind]
		one := group{Group: g}
		for _, hit := range g.Hits {
			one.Rows = append(one.Rows, row{hit, at.one(hit.ID)})
		}
		if g.Count.Over || g.Count.N > len(g.Hits) {
			one.All = at.list + "?" + url.Values{"q": {text}}.Encode()
		}
		data.Groups = append(data.Groups, one)
	}
	return h.Pages.Render(c, http.StatusOK, "search/search", data)
}
