// Package alerts is the pages of what ends or has broken: the open cases, who is told of them, and what will be told.
package alerts

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Cases are what ends or has broken.
type Cases interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[cases.Case], error)
	Get(ctx context.Context, caller access.Caller, id string) (cases.Case, []cases.Event, error)
	Ahead(ctx context.Context, caller access.Caller, within time.Duration) ([]cases.Coming, bool, error)
}

// Changes say who sees to a case.
type Changes interface {
	Acknowledge(
		ctx context.Context, caller access.Caller, id string, until time.Time, reason string,
	) (cases.Case, error)
	Assign(ctx context.Context, caller access.Caller, id, owner string, deputies []string) (cases.Case, error)
}

// Channels are who is told.
type Channels interface {
	Standings(ctx context.Context, caller access.Caller) ([]alerts.Standing, error)
	Latest(ctx context.Context, caller access.Caller) ([]alerts.Row, error)
	Test(ctx context.Context, caller access.Caller, channel string) (alerts.Row, error)
	NextDigest() time.Time
}

// Calendars are addresses that calendar programs read.
type Calendars interface {
	Own(ctx context.Context, caller access.Caller) ([]alerts.Feed, error)
	Make(ctx context.Context, caller access.Caller) (alerts.Feed, secret.Text, error)
	Revoke(ctx context.Context, caller access.Caller, id string) error
	Read(ctx context.Context, token string, language alerts.Language) ([]byte, error)
}

// Needs is what the handler works with. PublicURL may be empty.
type Needs struct {
	Pages     *page.Responder
	Cases     Cases
	Changes   Changes
	Channels  Channels
	Calendars Calendars
	Location  *time.Location // by whose clock days are told
	Now       func() time.Time
	PublicURL string
}

// Handler answers on the pages. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

// words say cases in the reader's language.
func (h *Handler) words(c echo.Context) alerts.Words {
	return h.Pages.Translator(c).Cases(h.Location, h.Now())
}

// ListFile is the list as a file for spreadsheets, in the reader's language.
func (h *Handler) ListFile(c echo.Context, v session.Visit) error {
	q, err := cases.Listed.Parse(c.QueryParams())
	if err != nil {
		return err
	}
	words := h.words(c)
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	data, err := lists.Table[cases.Case]{
		Head: []string{"id", "kind", "environment", "what", "to_do", "owner", "opened_at", "ends_at", "closed_at"},
		Row: func(one cases.Case) []string {
			return []string{one.ID, string(one.Kind), string(one.Environment), words.Sentence(one), words.Todo(one),
				one.Owner, day(one.OpenedAt), day(one.EndsAt), day(one.ClosedAt)}
		},
		Page: func(q listing.Query) (listing.Page[cases.Case], error) {
			return h.Cases.Page(c.Request().Context(), v.Caller, q)
		},
	}.File(q)
	if err != nil {
		return err
	}
	return h.Pages.Download(c, "alerts.csv", lists.CSV, data)
}

// row is a case in words.
type row struct {
	cases.Case
	Says, Todo, What string
	Quiet            bool // somebody sees to it
}

func (h *Handler) row(w alerts.Words, c cases.Case) row {
	return row{c, w.Sentence(c), w.Todo(c), w.What(c.Threshold), c.Acknowledged(h.Now())}
}

// announcement is what will be told on a day.
type announcement struct {
	At         time.Time
	Name, What string
	Kind       string
	Urgent     bool
}

type listPage struct {
	page.Page
	List      lists.List
	Closed    bool
	Rows      []row
	Channels  []alerts.Standing
	Messages  []alerts.Row
	Coming    []announcement
	More      bool // there is more to come than is listed
	Digest    time.Time
	Calendars []alerts.Feed
	Address   string // of a calendar just made, shown this once
}

const (
	aheadDays  = 90
	aheadShown = 100
)

// List shows the cases.
func (h *Handler) List(c echo.Context, v session.Visit) error { return h.list(c, v, "", nil) }

func (h *Handler) list(c echo.Context, v session.Visit, address string, refused error) error {
	ctx := c.Request().Context()
	status, why := h.Pages.Refusal(c, refused)
	q := cases.Listed.Query()
	if c.Request().Method == http.MethodGet {
		var err error
		if q, err = cases.Listed.Parse(c.QueryParams()); err != nil {
			return err
		}
	}
	found, err := h.Cases.Page(ctx, v.Caller, q)
	if err != nil {
		return err
	}
	data := listPage{
		Page:    h.Pages.Page(c, "alerts", "cases.title"),
		List:    lists.At(c, "/alerts", q, found),
		Closed:  q.Filters[cases.FilterState] == cases.StateClosed,
		Digest:  h.Channels.NextDigest(),
		Address: address,
	}
	data.List.Offer("/alerts/list.csv")
	words := h.words(c)
	for _, one := range found.Items {
		data.Rows = append(data.Rows, h.row(words, one))
	}
	if err := h.told(ctx, v, words, &data); err != nil {
		return err
	}
	data.Path, data.Problem = link.Alerts, why
	return h.Pages.Render(c, status, "alerts/list", data)
}

// told is what was told and what will be, and by which ways.
func (h *Handler) told(ctx context.Context, v session.Visit, words alerts.Words, data *listPage) (err error) {
	if data.Calendars, err = h.Calendars.Own(ctx, v.Caller); err != nil {
		return err
	}
	if !v.Caller.MayEverywhere(access.CaseRead) { // channels tell everybody of everything
		return nil
	}
	if data.Channels, err = h.Channels.Standings(ctx, v.Caller); err != nil {
		return err
	}
	if data.Messages, err = h.Channels.Latest(ctx, v.Caller); err != nil {
		return err
	}
	ahead, more, err := h.Cases.Ahead(ctx, v.Caller, aheadDays*24*time.Hour)
	if err != nil {
		return err
	}
	data.More = more || len(ahead) > aheadShown
	for _, one := range ahead[:min(len(ahead), aheadShown)] {
		data.Coming = append(data.Coming, announcement{
			one.At,
			words.Name(one.Case),
			words.What(one.What),
			words.Kind(one.Kind),
			one.Urgent,
		})
	}
	return nil
}

// Test sends a test message to a channel.
func (h *Handler) Test(c echo.Context, v session.Visit) error {
	if _, err := h.Channels.Test(c.Request().Context(), v.Caller, c.Param("name")); err != nil {
		return h.list(c, v, "", err)
	}
	return h.Pages.Done(c, "notice.alert_tested", link.Alerts)
}

// MakeCalendar makes an address for a calendar program and shows it, this once.
func (h *Handler) MakeCalendar(c echo.Context, v session.Visit) error {
	_, token, err := h.Calendars.Make(c.Request().Context(), v.Caller)
	if err != nil {
		return h.list(c, v, "", err)
	}
	address := link.Calendar(c, h.PublicURL, token.Reveal(), string(h.Pages.Translator(c).Lang()))
	return h.list(c, v, address, nil)
}

// RevokeCalendar ends an address.
func (h *Handler) RevokeCalendar(c echo.Context, v session.Visit) error {
	if err := h.Calendars.Revoke(c.Request().Context(), v.Caller, c.Param("id")); err != nil {
		return h.list(c, v, "", err)
	}
	return h.Pages.Done(c, "notice.calendar_revoked", link.Alerts)
}

// Calendar serves the calendar whose address it is, to whoever has the address.
func (h *Handler) Calendar(c echo.Context) error {
	text, err := h.Calendars.Read(c.Request().Context(), c.Param("token"), alerts.Language(c.QueryParam("lang")))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.Blob(http.StatusOK, "text/calendar; charset=utf-8", text)
}
