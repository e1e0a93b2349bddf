// Package imports is the pages on which registrations come in that are in use already: the form, what is to be said of
// each line before anything is stored, and one import with what has become of its lines.
package imports

import (
	"context"
	"encoding/base64"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration/existing"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/intake"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Service brings registrations in.
type Service interface {
	Check(ctx context.Context, caller access.Caller, list []byte, secrets secret.Text) (existing.Judged, error)
	Request(ctx context.Context, caller access.Caller, f existing.Files) (
		existing.Import, approval.Request, bool, error)
	FileEvidence(ctx context.Context, caller access.Caller, id string, documents []existing.Document) (
		[]existing.Filed, error)
	Reader
}

// Reader knows the imports there are.
type Reader interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[existing.Import], error)
	Import(ctx context.Context, caller access.Caller, id string) (
		existing.Import, existing.Counts, *approval.Request, error)
	LinePage(ctx context.Context, caller access.Caller, id string, q listing.Query) (
		listing.Page[existing.Line], error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages   *page.Responder
	Service Service
}

// Handler answers on the pages of imports. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

// formPage is the form, with what was said of a list if one was given.
type formPage struct {
	page.Page
	List    lists.List
	Rows    []existing.Import
	Name    string // of the file that was judged
	Kept    string // the list itself, which has no secret, for the second step: in base64, as browsers change line ends
	Judged  *existing.Judged
	Faults  []said
	Counted map[existing.Verdict]int
}

// said is one complaint in the reader's language.
type said struct {
	Line int
	Says wording.Sentence
}

// Form asks for a list.
func (h *Handler) Form(c echo.Context, v session.Visit) error {
	return h.form(c, v, existing.Files{}, nil, nil)
}

func (h *Handler) form(
	c echo.Context, v session.Visit, f existing.Files, judged *existing.Judged, refused error,
) error {
	q, found, err := lists.Read(c, v.Caller, existing.Imports, h.Service.Page)
	if err != nil {
		return err
	}
	data := formPage{
		Page:    h.Pages.Page(c, "registrations", "imports.title"),
		List:    lists.Of(c, q, found),
		Rows:    found.Items,
		Name:    f.Name,
		Kept:    base64.StdEncoding.EncodeToString(f.List),
		Judged:  judged,
		Counted: map[existing.Verdict]int{},
	}
	if judged != nil {
		tr := h.Pages.Translator(c)
		for _, complaint := range judged.Complaints {
			data.Faults = append(data.Faults, said{complaint.Line, tr.Fault(*complaint.Err)})
		}
		for _, verdict := range []existing.Verdict{
			existing.VerdictNew, existing.VerdictThere, existing.VerdictRefused,
		} {
			data.Counted[verdict] = judged.Count(verdict)
		}
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Imports, why
	return h.Pages.Render(c, status, "registrations/imports", data)
}

// Check shows what is to be said of a list, and stores nothing: the page itself has the list for the second step.
func (h *Handler) Check(c echo.Context, v session.Visit) error {
	f, err := intake.Registrations(c.Response(), c.Request())
	f.Secrets.Wipe()
	if err != nil {
		return h.form(c, v, existing.Files{}, nil, err)
	}
	judged, err := h.Service.Check(c.Request().Context(), v.Caller, f.List, secret.Text{})
	if err != nil {
		return h.form(c, v, existing.Files{}, nil, err)
	}
	return h.form(c, v, f, &judged, nil)
}

// Request asks for a list to be brought in.
func (h *Handler) Request(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	f, err := intake.Registrations(c.Response(), c.Request())
	defer f.Secrets.Wipe()
	if err != nil {
		return h.form(c, v, existing.Files{}, nil, err)
	}
	i, _, done, err := h.Service.Request(ctx, v.Caller, f)
	if err != nil {
		judged, failed := h.Service.Check(ctx, v.Caller, f.List, f.Secrets)
		if failed != nil {
			return h.form(c, v, existing.Files{}, nil, err)
		}
		return h.form(c, v, f, &judged, err)
	}
	notice := "notice.import_requested"
	if done {
		notice = "notice.import_begun"
	}
	return h.Pages.Done(c, notice, link.Import(i.ID))
}

// importPage is one import with a page of its lines.
type importPage struct {
	page.Page
	existing.Import
	Counts  existing.Counts
	Waiting *approval.Request
	List    lists.List
	Lines   []line
	Filed   []filed // what has become of files of evidence that were just given
}

// filed is a document at a step.
type filed struct {
	existing.Filed
	Says *wording.Sentence // why it was not taken
}

type line struct {
	existing.Line
	Says *wording.Sentence // why it failed
}

// Show shows one import.
func (h *Handler) Show(c echo.Context, v session.Visit) error { return h.show(c, v, nil, nil) }

// AddEvidence adds files to the steps for which the list names them, and shows what has become of each.
func (h *Handler) AddEvidence(c echo.Context, v session.Visit) error {
	documents, err := intake.Documents(c.Response(), c.Request())
	if err != nil {
		return h.show(c, v, nil, err)
	}
	done, err := h.Service.FileEvidence(c.Request().Context(), v.Caller, c.Param("id"), documents)
	return h.show(c, v, done, err)
}

func (h *Handler) show(c echo.Context, v session.Visit, done []existing.Filed, refused error) error {
	ctx, id := c.Request().Context(), c.Param("id")
	q, err := existing.Lines.Parse(c.QueryParams())
	if err != nil {
		return err
	}
	data := importPage{}
	if data.Import, data.Counts, data.Waiting, err = h.Service.Import(ctx, v.Caller, id); err != nil {
		return err
	}
	found, err := h.Service.LinePage(ctx, v.Caller, id, q)
	if err != nil {
		return err
	}
	data.Page = h.Pages.Named(c, "registrations", data.Name)
	data.List = lists.Of(c, q, found)
	tr := h.Pages.Translator(c)
	for _, l := range found.Items {
		one := line{Line: l}
		if l.State == existing.Failed {
			says := tr.Fault(fault.Error{Code: l.Failure.Code, Message: l.Failure.Text, Args: l.Failure.Args})
			one.Says = &says
		}
		data.Lines = append(data.Lines, one)
	}
	for _, f := range done {
		one := filed{Filed: f}
		if f.Why != nil {
			says := tr.Fault(*f.Why)
			one.Says = &says
		}
		data.Filed = append(data.Filed, one)
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Import(id), why
	return h.Pages.Render(c, status, "registrations/import", data)
}
