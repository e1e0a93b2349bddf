// Package auditlog is the page of the audit log: who did what, when, and how it ended.
package auditlog

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Log is the log that is shown.
type Log interface {
	Latest(ctx context.Context, caller access.Caller, limit int) ([]audit.Entry, error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages *page.Responder
	Log   Log
}

// Handler answers on the page. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

// shown is how many entries the page has.
const shown = 200

type logPage struct {
	page.Page
	Rows []row
}

// row is an entry of the log in the reader's words.
type row struct {
	audit.Entry
	Address, Request string           // where it comes from, "" for the program itself
	Says             wording.Sentence // what the log says besides
	URL              string           // of what it is about, "" when it has no page
}

// Show shows the newest entries.
func (h *Handler) Show(c echo.Context, v session.Visit) error {
	entries, err := h.Log.Latest(c.Request().Context(), v.Caller, shown)
	if err != nil {
		return err
	}
	tr := h.Pages.Translator(c)
	data := logPage{Page: h.Pages.Page(c, "audit", "audit.title")}
	for _, e := range entries {
		one := row{Entry: e, Says: detail(tr, e), URL: objectURL(e)}
		one.Address, one.Request = e.From()
		data.Rows = append(data.Rows, one)
	}
	return h.Pages.Render(c, http.StatusOK, "auditlog/audit", data)
}

// detail says what the log says besides: a service's sentence or what somebody wrote.
func detail(tr *wording.Translator, e audit.Entry) wording.Sentence {
	return tr.Note(note.Note{Code: e.Code, Args: e.Args, Text: e.Detail})
}

// objectURL is the page of what an entry is about, "" when it has none.
func objectURL(e audit.Entry) string {
	if strings.Count(e.Object, "-") != 4 || len(e.Object) != 36 {
		return ""
	}
	if e.Action == access.CSRCreate {
		if e.Outcome != audit.Done {
			return "" // nothing came of it
		}
		return link.CSR(e.Object)
	}
	kind, _, _ := strings.Cut(string(e.Action), ".")
	switch kind {
	case "cert":
		return link.Certificate(e.Object)
	case "bundle", "connection", "client":
		return link.Registration(e.Object)
	case "consent", "accounts", "tokens":
		return link.Consent(e.Object)
	case "approval":
		return link.Approval(e.Object)
	}
	return ""
}
