package institutions

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

type listPage struct {
	page.Page
	Groups []*group
}

// group is the institutions of one bank, a row for each segment.
type group struct {
	Group    catalogue.Group
	Segments []*segment
}

// segment has an institution per environment.
type segment struct {
	Name          string
	Sandbox, Live *cell
}

// cell is one institution and our registrations with it.
type cell struct {
	catalogue.Institution
	Registrations []checklist.Registration   // the first of them
	Total         listing.Count              // how many there are
	Begin         []registration.Application // with which one may be started right here
}

// More reports whether there are more registrations than the cell names.
func (c cell) More() bool { return c.Total.N > len(c.Registrations) }

// List shows all institutions.
func (h *Handler) List(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	all, err := h.Service.Institutions(ctx, v.Caller)
	if err != nil {
		return err
	}
	data := listPage{Page: h.Pages.Page(c, "institutions", "institutions.title")}
	cells := make([]*cell, len(all))
	for i, in := range all {
		if cells[i], err = h.cell(ctx, v, h.Pages.Translator(c), in, fewRegistrations); err != nil {
			return err
		}
	}
	if err := h.begin(ctx, v, data.May(access.RegistrationWrite), cells); err != nil {
		return err
	}
	data.Groups = groups(cells)
	return h.Pages.Render(c, http.StatusOK, "institutions/list", data)
}

// begin offers to start a registration where there is none.
func (h *Handler) begin(ctx context.Context, v session.Visit, may bool, cells []*cell) error {
	if !may || !v.Caller.May(access.RegistrationRead) {
		return nil
	}
	q := registration.Applications.Query()
	q.Limit = 2 // one is offered at once, several are chosen from on the institution's page
	applications, err := h.Service.ApplicationPage(ctx, v.Caller, q)
	for _, one := range cells {
		if one.Total.N == 0 {
			one.Begin = applications.Items
		}
	}
	return err
}

const (
	fewRegistrations  = 3  // of an institution in the list
	manyRegistrations = 50 // on its own page
)

// cell is an institution with the newest of our registrations there, as far as the reader may see them.
func (h *Handler) cell(
	ctx context.Context, v session.Visit, tr *wording.Translator, in catalogue.Institution, limit int,
) (*cell, error) {
	one := &cell{Institution: in}
	if !v.Caller.MaySomewhere(access.RegistrationRead) {
		return one, nil
	}
	q := registration.Listed.Query().With(registration.FilterInstitution, in.ID)
	q.Limit, q.Sort = limit, "-created_at"
	found, err := h.Service.Page(ctx, v.Caller, q)
	one.Total = found.Count
	one.Registrations = checklist.Registrations(tr, found.Items, func(registration.View) bool { return true })
	return one, err
}

// groups puts the two environments of a segment side by side.
func groups(all []*cell) []*group {
	var found []*group
	for _, in := range all {
		i := slices.IndexFunc(found, func(g *group) bool { return g.Group.ID == in.Group.ID })
		if i < 0 {
			i = len(found)
			found = append(found, &group{Group: in.Group})
		}
		s := found[i].segment(in.Segment)
		if in.Environment == environment.Live {
			s.Live = in
		} else {
			s.Sandbox = in
		}
	}
	return found
}

// segment is the row of that name, a new one if there was none.
func (g *group) segment(name string) *segment {
	i := slices.IndexFunc(g.Segments, func(s *segment) bool { return s.Name == name })
	if i < 0 {
		i = len(g.Segments)
		g.Segments = append(g.Segments, &segment{Name: name})
	}
	return g.Segments[i]
}
