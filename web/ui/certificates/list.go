package certificates

import (
	"context"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type listPage struct {
	page.Page
	List     lists.List
	Rows     []line
	Requests listing.Page[vault.CSR] // whose certificate has not come
}

// line is a certificate in the list, in which nothing stands twice.
type line struct{ vault.Summary }

// ShortName is its name without its end, which has a column of its own.
func (l line) ShortName() string {
	return strings.TrimSuffix(l.Name, " ("+certs.Day(l.NotAfter).Format(time.DateOnly)+")")
}

// Number is the number of its holder's authorisation, "" where the name has it.
func (l line) Number() string {
	if strings.Contains(l.Name, l.OrganizationIdentifier) {
		return ""
	}
	return l.OrganizationIdentifier
}

// endsFirst is the order of the page: what ends first is what one looks for.
const endsFirst = "not_after"

// filters are those that the page offers, in order.
var filters = [][2]string{
	{vault.FilterEndsIn, "60"},
	{vault.FilterFinding, "error"},
	{vault.FilterFinding, "warning"},
	{vault.FilterKind, "qwac"},
	{vault.FilterKind, "qsealc"},
	{vault.FilterEnded, "true"},
}

// List shows a page of the certificates, those that end first coming first.
func (h *Handler) List(c echo.Context, v session.Visit) error { return h.list(c, v, nil) }

func (h *Handler) list(c echo.Context, v session.Visit, refused error) error {
	ctx := c.Request().Context()
	q, err := query(c)
	if err != nil {
		return err
	}
	found, err := h.Vault.Page(ctx, v.Caller, q)
	if err != nil {
		return err
	}
	status, why := h.Pages.Refusal(c, refused)
	data := listPage{
		Page: h.Pages.Page(c, "certificates", "certificates.title"),
		List: lists.At(c, "/certificates", q, found),
	}
	for _, s := range found.Items {
		data.Rows = append(data.Rows, line{s})
	}
	data.Path, data.Problem = "/certificates", why
	if refused == nil {
		data.Path = c.Request().URL.RequestURI()
	}
	data.List.Offer("/certificates/list.csv")
	data.List.Sort(q.Sort, endsFirst, "-created_at", "name")
	if err := h.countFilters(ctx, v, q, &data.List); err != nil {
		return err
	}
	if q.Cursor.None() && data.List.Clear == "" {
		if data.Requests, err = h.waiting(ctx, v.Caller); err != nil {
			return err
		}
	}
	return h.Pages.Render(c, status, "certificates/list", data)
}

// countFilters offers the filters, each with how many would be left.
func (h *Handler) countFilters(ctx context.Context, v session.Visit, q listing.Query, l *lists.List) error {
	queries := make([]listing.Query, len(filters))
	for i, f := range filters {
		queries[i] = q.With(f[0], f[1])
	}
	counts, err := h.Vault.Counts(ctx, v.Caller, queries)
	if err != nil {
		return err
	}
	for i, f := range filters {
		l.Add(f[0], f[1], counts[i])
	}
	return nil
}
