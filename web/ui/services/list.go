package services

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type listPage struct {
	page.Page
	List lists.List
	Rows []row
}

// row is one account of the list.
type row struct {
	service.Account
	Waiting string // id of the request that waits for a second person
}

// List shows a page of the accounts.
func (h *Handler) List(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	q, found, err := lists.Read(c, v.Caller, service.Listed, h.Accounts.Page)
	if err != nil {
		return err
	}
	waiting, err := h.Accounts.Waiting(ctx, "")
	if err != nil {
		return err
	}
	data := listPage{Page: h.Pages.Page(c, "services", "services.title"), List: lists.Of(c, q, found)}
	data.Path = c.Request().URL.RequestURI()
	data.List.Sort(q.Sort, service.Listed.Sorts...)
	err = data.List.Filter(service.FilterEnded, "true", func(name, value string) (listing.Count, error) {
		return h.Accounts.Count(ctx, v.Caller, q.With(name, value))
	})
	if err != nil {
		return err
	}
	for _, a := range found.Items {
		data.Rows = append(data.Rows, row{Account: a, Waiting: waiting[a.ID]})
	}
	return h.Pages.Render(c, http.StatusOK, "services/list", data)
}
