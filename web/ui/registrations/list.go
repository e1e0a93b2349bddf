package registrations

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

type listPage struct {
	page.Page
	List lists.List
	Rows []row
}

// row is one registration of the list.
type row struct {
	registration.View
	Standing checklist.Standing
	Next     *wording.Blocker // nil: nothing blocks it
}

// List shows a page of the registrations.
func (h *Handler) List(c echo.Context, v session.Visit) error {
	ctx, tr := c.Request().Context(), h.Pages.Translator(c)
	q, err := registration.Listed.Parse(c.QueryParams())
	if err != nil {
		return err
	}
	found, err := h.Service.Page(ctx, v.Caller, q)
	if err != nil {
		return err
	}
	data := listPage{Page: h.Pages.Page(c, "registrations", "registrations.title"), List: lists.Of(c, q, found)}
	data.Path = c.Request().URL.RequestURI()
	data.List.Offer("/registrations/list.csv")
	data.List.Sort(q.Sort, "created_at", "-created_at")
	for _, env := range []environment.Name{environment.Sandbox, environment.Live} {
		err := data.List.Filter(registration.FilterEnvironment, string(env),
			func(name, value string) (listing.Count, error) {
				return h.Service.Count(ctx, v.Caller, q.With(name, value))
			})
		if err != nil {
			return err
		}
	}
	if task := q.Filters[registration.FilterTask]; task != "" {
		err := data.List.Filter(registration.FilterTask, task, func(name, value string) (listing.Count, error) {
			return h.Service.Count(ctx, v.Caller, q.With(name, value))
		})
		if err != nil {
			return err
		}
	}
	err = data.List.FilterIfAny(registration.FilterArchived, "true", func(name, value string) (listing.Count, error) {
		return h.Service.Count(ctx, v.Caller, q.With(name, value))
	})
	if err != nil {
		return err
	}
	findings, err := h.findings(ctx, v, found.Items)
	if err != nil {
		return err
	}
	for _, view := range found.Items {
		one := row{View: view, Standing: checklist.StandingOf(tr, view)}
		if len(view.Blockers) > 0 {
			next := tr.Blocker(view, view.Blockers[0], wording.WorstByID(findings))
			one.Next = &next
		}
		data.Rows = append(data.Rows, one)
	}
	return h.Pages.Render(c, http.StatusOK, "registrations/list", data)
}

// ListFile is the list as a file for spreadsheets.
func (h *Handler) ListFile(c echo.Context, v session.Visit) error {
	q, err := registration.Listed.Parse(c.QueryParams())
	if err != nil {
		return err
	}
	data, err := lists.Table[registration.View]{
		Head: []string{"id", "institution_id", "institution", "environment", "application", "organization",
			"organization_identifier", "version_in_use", "blockers", "created_at"},
		Row: func(r registration.View) []string {
			inUse, blockers := "", make([]string, len(r.Blockers))
			if b := r.Active(); b != nil {
				inUse = strconv.Itoa(b.Version)
			}
			for i, b := range r.Blockers {
				blockers[i] = b.Code
			}
			return []string{r.Registration.ID, r.Institution.ID, r.Institution.Name, string(r.Institution.Environment),
				r.Application.Name, r.Organization.LegalName, r.Organization.OrganizationIdentifier, inUse,
				strings.Join(blockers, " "), r.Registration.CreatedAt.UTC().Format(time.RFC3339)}
		},
		Page: func(q listing.Query) (listing.Page[registration.View], error) {
			return h.Service.Page(c.Request().Context(), v.Caller, q)
		},
	}.File(q)
	if err != nil {
		return err
	}
	return h.Pages.Download(c, "registrations.csv", lists.CSV, data)
}

// findings are what lists say of the certificates of a page's registrations.
func (h *Handler) findings(
	ctx context.Context, v session.Visit, views []registration.View,
) (map[string]vault.Summary, error) {
	if !v.Caller.MaySomewhere(access.CertList) {
		return map[string]vault.Summary{}, nil
	}
	var ids []string
	for _, view := range views {
		ids = append(ids, named(view.Bundles)...)
	}
	return h.Certificates.Named(ctx, v.Caller, ids)
}
