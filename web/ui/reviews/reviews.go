// Package reviews is the pages of reviews of who may do what: the list, the lines of one with what is proposed and
// confirmed, and its evidence to be printed.
package reviews

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/review"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Service keeps reviews.
type Service interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[review.Review], error)
	Get(ctx context.Context, caller access.Caller, id string) (review.Review, error)
	LinePage(
		ctx context.Context, caller access.Caller, id string, q listing.Query,
	) (listing.Page[review.Line], error)
	Evidence(ctx context.Context, caller access.Caller, id string) (*review.Evidence, error)
}

// Acts change reviews.
type Acts interface {
	Start(ctx context.Context, caller access.Caller) (review.Review, error)
	Propose(
		ctx context.Context, caller access.Caller, id string, shown []review.Shown, remove bool, reason string,
	) error
	Confirm(ctx context.Context, caller access.Caller, id string, shown []review.Shown) error
	Close(ctx context.Context, caller access.Caller, id, remark string) error
}

// Needs is what the handler works with.
type Needs struct {
	Pages   *page.Responder
	Service Service
	Acts    Acts
	Parts   choice.Organizations // names of those that grants are on
}

// Handler answers on the pages. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

type listPage struct {
	page.Page
	List    lists.List
	Rows    []review.Review
	Running bool // one is open
}

// List shows the reviews, the newest first.
func (h *Handler) List(c echo.Context, v session.Visit) error { return h.list(c, v, nil) }

func (h *Handler) list(c echo.Context, v session.Visit, refused error) error {
	q := review.Listed.Query()
	var err error
	if refused == nil {
		if q, err = review.Listed.Parse(c.QueryParams()); err != nil {
			return err
		}
	}
	found, err := h.Service.Page(c.Request().Context(), v.Caller, q)
	if err != nil {
		return err
	}
	status, why := h.Pages.Refusal(c, refused)
	data := listPage{
		Page: h.Pages.Page(c, "people", "reviews.title"),
		List: lists.At(c, link.Reviews, q, found),
		Rows: found.Items,
	}
	if data.Running, err = h.running(c, v); err != nil {
		return err
	}
	data.Path, data.Problem = link.Reviews, why
	return h.Pages.Render(c, status, "reviews/list", data)
}

// running reports whether a review is open: it is the newest one then.
func (h *Handler) running(c echo.Context, v session.Visit) (bool, error) {
	q := review.Listed.Query()
	q.Limit = 1
	newest, err := h.Service.Page(c.Request().Context(), v.Caller, q)
	return err == nil && len(newest.Items) > 0 && newest.Items[0].IsOpen(), err
}

// Start begins a review.
func (h *Handler) Start(c echo.Context, v session.Visit) error {
	r, err := h.Acts.Start(c.Request().Context(), v.Caller)
	if err != nil {
		return h.list(c, v, err)
	}
	return h.Pages.Done(c, "notice.review_started", link.Review(r.ID))
}

// row is a line in the reader's words.
type row struct {
	review.Line
	On     string // the part, by its name
	Own    bool   // about the reader
	May    bool   // the reader can confirm what is proposed
	Ticked bool   // in a form that was refused
}

// Value is the line as forms name it: with the proposal that was shown, by its time.
func (r row) Value() string {
	if r.Proposed.At.IsZero() {
		return strconv.Itoa(r.Number)
	}
	return strconv.Itoa(r.Number) + "@" + strconv.FormatInt(r.Proposed.At.UnixMicro(), 10)
}

// IsDecided reports whether what was proposed is confirmed.
func (r row) IsDecided() bool { return r.State == review.Kept || r.State == review.Removed }

// Purposes are those of a service account.
func (r row) Purposes() []string { return strings.Split(r.What, ", ") }

type reviewPage struct {
	page.Page
	Review      review.Review
	List        lists.List
	Rows        []row
	Proposable  bool // of some line on the page
	Confirmable bool
	Asked       map[string]string
	States      []review.State
	Kinds       []review.Kind
	Reason      string // when it was refused
	Remark      string
	Acts, Query string // address below which things are done, and what the page was asked for with
}

// Ticks reports whether lines can be chosen.
func (p reviewPage) Ticks() bool { return p.Review.IsOpen() }

// Show shows a review with a page of its lines.
func (h *Handler) Show(c echo.Context, v session.Visit) error { return h.show(c, v, nil) }

func (h *Handler) show(c echo.Context, v session.Visit, refused error) error {
	ctx, id := c.Request().Context(), c.Param("id")
	q, err := review.ListedLines.Parse(c.QueryParams())
	if err != nil {
		return err
	}
	q.Limit = min(q.Limit, listing.DefaultLimit)
	r, err := h.Service.Get(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	found, err := h.Service.LinePage(ctx, v.Caller, id, q)
	if err != nil {
		return err
	}
	status, why := h.Pages.Refusal(c, refused)
	data := reviewPage{
		Page:   h.Pages.Page(c, "people", "review.title"),
		Review: r,
		List:   lists.At(c, link.Review(id), q, found),
		Asked:  q.Filters,
		States: []review.State{review.Open, review.Proposed, review.Kept, review.Removed},
		Kinds:  []review.Kind{review.KindRole, review.KindGrant, review.KindService, review.KindToken},
		Reason: c.FormValue("reason"),
		Remark: c.FormValue("remark"),
		Acts:   link.Review(id),
		Query:  query(c),
	}
	if data.Rows, err = h.rows(ctx, v.Caller, found.Items); err != nil {
		return err
	}
	if refused != nil {
		data.tick(c)
	}
	for _, one := range data.Rows {
		data.Proposable = data.Proposable || r.IsOpen() && one.Proposable()
		data.Confirmable = data.Confirmable || r.IsOpen() && one.May
	}
	data.Path, data.Problem = link.Review(id), why
	return h.Pages.Render(c, status, "reviews/review", data)
}

// tick keeps the ticks of a form that was refused, also on lines that have changed since: what has changed is said
// beside them.
func (p *reviewPage) tick(c echo.Context) {
	all, err := chosen(c)
	for i, r := range p.Rows {
		p.Rows[i].Ticked = err == nil && slices.ContainsFunc(all, func(one review.Shown) bool {
			return one.Number == r.Number
		})
	}
}

// Proposable reports whether the reader can propose what becomes of the line.
func (r row) Proposable() bool {
	return !r.Own && (r.State == review.Open || r.State == review.Proposed)
}

func (h *Handler) rows(ctx context.Context, caller access.Caller, lines []review.Line) ([]row, error) {
	var ids []string
	for _, l := range lines {
		if l.Scope.Kind == access.ScopeOrganization {
			ids = append(ids, l.Scope.Value)
		}
	}
	organizations, err := h.Parts.OrganizationsByID(ctx, caller, ids)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, o := range organizations {
		names[o.ID] = o.LegalName
	}
	rows := make([]row, len(lines))
	for i, l := range lines {
		rows[i] = row{Line: l, On: l.Scope.Value, Own: l.HolderID == caller.ID}
		if name, known := names[l.Scope.Value]; known {
			rows[i].On = name
		}
		rows[i].May = l.State == review.Proposed && !rows[i].Own && l.Proposed.By != caller.ID
	}
	return rows, nil
}

// query is what a page was asked for with.
func query(c echo.Context) string {
	if raw := c.QueryParams().Encode(); raw != "" {
		return "?" + raw
	}
	return ""
}

// chosen are the lines that were ticked.
func chosen(c echo.Context) ([]review.Shown, error) {
	values, err := form.Values(c)
	if err != nil {
		return nil, err
	}
	var all []review.Shown
	for _, value := range values["line"] {
		number, at, proposed := strings.Cut(value, "@")
		n, err := strconv.Atoi(number)
		if err != nil {
			continue
		}
		shown := review.Shown{Number: n}
		if micros, err := strconv.ParseInt(at, 10, 64); proposed && err == nil {
			shown.ProposedAt = time.UnixMicro(micros)
		}
		all = append(all, shown)
	}
	return all, nil
}

// Propose says of the ticked lines that they are to be kept or removed.
func (h *Handler) Propose(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	all, err := chosen(c)
	if err != nil {
		return err
	}
	remove := c.FormValue("decision") == "remove"
	err = h.Acts.Propose(c.Request().Context(), v.Caller, id, all, remove, form.Text(c, "reason"))
	if err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.review_proposed", link.Review(id)+query(c))
}

// Confirm confirms what was proposed of the ticked lines.
func (h *Handler) Confirm(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	all, err := chosen(c)
	if err != nil {
		return err
	}
	if err := h.Acts.Confirm(c.Request().Context(), v.Caller, id, all); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.review_confirmed", link.Review(id)+query(c))
}

// Close ends a review.
func (h *Handler) Close(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	if err := h.Acts.Close(c.Request().Context(), v.Caller, id, form.Text(c, "remark")); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.review_closed", link.Review(id))
}

// printMost bounds the page to be printed; the file has all of it.
const printMost = 1000

type printPage struct {
	page.Page
	Review review.Review
	Rows   []row
	More   bool
}

// Ticks reports whether lines can be chosen: on paper they are not.
func (printPage) Ticks() bool { return false }

// Print is a closed review as a page to be printed, with the digest that the signed file has.
func (h *Handler) Print(c echo.Context, v session.Visit) error {
	ctx, id := c.Request().Context(), c.Param("id")
	r, err := h.Service.Get(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	if r.IsOpen() {
		return h.Pages.Redirect(c, link.Review(id))
	}
	q := review.ListedLines.Query()
	q.Limit = min(printMost, r.Lines+1)
	found, err := h.Service.LinePage(ctx, v.Caller, id, q)
	if err != nil {
		return err
	}
	data := printPage{
		Page:   h.Pages.Page(c, "people", "review.evidence"),
		Review: r,
		More:   found.Next != "",
	}
	if data.Rows, err = h.rows(ctx, v.Caller, found.Items); err != nil {
		return err
	}
	data.Path = c.Request().URL.Path
	return h.Pages.Render(c, http.StatusOK, "reviews/print", data)
}

// Download is the evidence as a file.
func (h *Handler) Download(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	evidence, err := h.Service.Evidence(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	return h.Pages.Stream(c, evidence.FileName(), audit.ExportType, func() error {
		return evidence.Write(ctx, c.Response())
	})
}
