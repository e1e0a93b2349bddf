// Package auditlog is the pages of the audit log: who did what, when, and how it ended; the life of one thing for a
// supervisor; and whether the log is whole.
package auditlog

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/named"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Log is the log that is shown.
type Log interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[audit.Line], error)
	// VerifyPart is audit.Log's.
	VerifyPart(
		ctx context.Context, caller access.Caller, after string, patience time.Duration,
	) (found audit.Report, whole bool, err error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages *page.Responder
	Log   Log
	Dora  Register
	Heads *audit.Heads
	Names named.Names
}

// Handler answers on the pages. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

type logPage struct {
	page.Page
	List     lists.List
	Rows     []row
	Asked    map[string]string // the filters
	Outcomes []audit.Outcome
	Actions  []access.Action
	Verified *verification // nil: nobody has asked just now
	Fold     string        // address of the same with folding switched the other way
	Folded   bool
}

// verification is how a verification went.
type verification struct {
	audit.Report
	Whole bool // the end was reached
}

// row is an entry of the log in the reader's words.
type row struct {
	audit.Line
	Address, Request string           // where it comes from, "" for the program itself
	Says             wording.Sentence // what the log says besides
	Of               named.Thing      // what it is about
	About, By        string           // the log about the same thing, and by the same person; "" where there is none
	Oldest, Newest   time.Time        // of those that it stands for
	Each             string           // the log with each of them; "" where it stands for itself alone
}

// Show shows a page of the log.
func (h *Handler) Show(c echo.Context, v session.Visit) error { return h.show(c, v, nil) }

func (h *Handler) show(c echo.Context, v session.Visit, found *verification) error {
	q, entries, err := lists.Read(c, v.Caller, audit.Listed, h.Log.Page)
	if err != nil {
		return err
	}
	data := logPage{
		Page:     h.Pages.Page(c, "audit", "audit.title"),
		List:     lists.Of(c, q, entries),
		Asked:    q.Filters,
		Outcomes: audit.Outcomes,
		Actions:  slices.Sorted(slices.Values(access.Actions())),
		Verified: found,
	}
	if data.Rows, err = h.rows(c, v, entries.Items, q.Filters[audit.FilterObject]); err != nil {
		return err
	}
	data.List.Path = "/audit"
	data.Path = c.Request().URL.RequestURI()
	data.List.Sort(q.Sort, "-at", "at")
	data.Fold, data.Folded = data.List.Switched(audit.FilterFold, audit.FoldMachines)
	return h.Pages.Render(c, http.StatusOK, "auditlog/audit", data)
}

// rows are lines of the log, of which those about an object were asked for if one is given.
func (h *Handler) rows(c echo.Context, v session.Visit, lines []audit.Line, object string) ([]row, error) {
	tr, entries := h.Pages.Translator(c), make([]audit.Entry, len(lines))
	for i, l := range lines {
		entries[i] = l.Entry
	}
	things, err := h.Names.Of(c.Request().Context(), v, tr, entries)
	if err != nil {
		return nil, err
	}
	var rows []row
	for i, l := range lines {
		e := l.Entry
		one := row{
			Line:  l,
			Says:  detail(tr, e),
			Of:    things[i],
			About: logOf(audit.FilterObject, e.Object),
			By:    logOf(audit.FilterPerson, e.CallerID),
		}
		one.Address, one.Request = e.From()
		if one.Oldest, one.Newest = l.Between(); l.Count > 1 {
			one.Each = each(one, object)
		}
		rows = append(rows, one)
	}
	return rows, nil
}

// each is the log with the entries that a row stands for.
func each(r row, object string) string {
	asked := url.Values{
		audit.FilterPerson:  {r.CallerID},
		audit.FilterAction:  {string(r.Action)},
		audit.FilterOutcome: {string(r.Outcome)},
		audit.FilterFrom:    {r.Oldest.UTC().Format(time.RFC3339Nano)},
		audit.FilterUntil:   {r.Newest.Add(time.Microsecond).UTC().Format(time.RFC3339Nano)},
	}
	if object != "" {
		asked.Set(audit.FilterObject, object)
	}
	return "/audit?" + asked.Encode()
}

func logOf(filter, value string) string {
	if value == "" {
		return ""
	}
	return "/audit?" + url.Values{filter: {value}}.Encode()
}

// patience is for how long one click has the log verified; the page then offers to go on.
const patience = 20 * time.Second

// Verify verifies the log, or a part of it behind the one that was verified before.
func (h *Handler) Verify(c echo.Context, v session.Visit) error {
	found, whole, err := h.Log.VerifyPart(c.Request().Context(), v.Caller, c.FormValue("after"), patience)
	if err != nil {
		return err
	}
	return h.show(c, v, &verification{found, whole})
}

// Head has the head of the log signed, as a file to be kept elsewhere.
func (h *Handler) Head(c echo.Context, v session.Visit) error {
	head, err := h.Heads.Sign(c.Request().Context(), v.Caller)
	if err != nil {
		return err
	}
	line, err := head.Line()
	if err != nil {
		return err
	}
	return h.Pages.Download(c, "audit-head.jsonl", audit.ExportType, line)
}

// Export is the life of one thing as a file.
func (h *Handler) Export(c echo.Context, v session.Visit) error {
	export, err := h.Heads.Export(c.Request().Context(), v.Caller, c.QueryParam(audit.FilterObject))
	if err != nil {
		return err
	}
	return h.Pages.Stream(c, export.FileName(), audit.ExportType, func() error {
		_, err := export.WriteTo(c.Response())
		return err
	})
}

// lifeMost bounds the page of a life; the file has all of it.
const lifeMost = 1000

type lifePage struct {
	page.Page
	Export *audit.Export
	Object string
	Rows   []row
	More   bool
	File   string // address of the file
}

// Life is the life of one thing as a page to be printed.
func (h *Handler) Life(c echo.Context, v session.Visit) error {
	object := c.QueryParam(audit.FilterObject)
	export, err := h.Heads.Export(c.Request().Context(), v.Caller, object)
	if err != nil {
		return err
	}
	var entries []audit.Line
	data := lifePage{
		Page:   h.Pages.Page(c, "audit", "audit.life"),
		Export: export,
		Object: object,
		File:   "/audit/export?" + url.Values{audit.FilterObject: {object}}.Encode(),
	}
	for e, err := range export.Entries() {
		if err != nil {
			return err
		}
		if data.More = len(entries) == lifeMost; data.More {
			break
		}
		entries = append(entries, audit.Line{Entry: e, Count: 1, Other: e.At})
	}
	data.Path = c.Request().URL.RequestURI()
	if data.Rows, err = h.rows(c, v, entries, ""); err != nil {
		return err
	}
	return h.Pages.Render(c, http.StatusOK, "auditlog/life", data)
}

// detail says what the log says besides: a service's sentence or what somebody wrote.
func detail(tr *wording.Translator, e audit.Entry) wording.Sentence {
	return tr.Note(note.Note{Code: e.Code, Args: e.Args, Text: e.Detail})
}
