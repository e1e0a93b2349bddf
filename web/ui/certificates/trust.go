package certificates

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/trust"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Trust knows what trusted lists say of certificates.
type Trust interface {
	Unread() trust.Unread
	Journal() time.Time
	OfCertificate(ctx context.Context, caller access.Caller, id string) (trust.Verdict, error)
	Lists(ctx context.Context, caller access.Caller) ([]trust.List, error)
}

// trustRow is what the page says of the service that issued the certificate.
type trustRow struct {
	trust.Verdict
	Unread trust.Unread
	now    time.Time
}

// Late reports whether the list is past its next update.
func (t trustRow) Late() bool { return t.Overdue(t.now) }

// Changed reports whether the state was another one when the certificate was issued.
func (t trustRow) Changed() bool { return t.Found() && t.AtIssue != t.State }

func (h *Handler) trust(c echo.Context, v session.Visit, data *certificatePage) error {
	verdict, err := h.Trust.OfCertificate(c.Request().Context(), v.Caller, data.Record.ID)
	data.Trust = trustRow{verdict, h.Trust.Unread(), h.Now()}
	return err
}

type trustedListsPage struct {
	page.Page
	Unread  trust.Unread
	Journal time.Time // zero: nobody has said
	Lists   []listRow
}

// listRow is a list on the page of lists.
type listRow struct {
	trust.List
	Late bool
}

// TrustedLists shows the lists and how they stand.
func (h *Handler) TrustedLists(c echo.Context, v session.Visit) error {
	lists, err := h.Trust.Lists(c.Request().Context(), v.Caller)
	if err != nil {
		return err
	}
	data := trustedListsPage{Page: h.Pages.Page(c, "certificates", "trust.lists"), Unread: h.Trust.Unread()}
	data.Journal = h.Trust.Journal()
	for _, l := range lists {
		data.Lists = append(data.Lists, listRow{l, l.Overdue(h.Now())})
	}
	return h.Pages.Render(c, http.StatusOK, "certificates/trusted_lists", data)
}
