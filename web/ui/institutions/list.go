package institutions

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
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
	Registrations []checklist.Registration
}

// List shows all institutions.
func (h *Handler) List(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	all, err := h.Service.Institutions(ctx, v.Caller)
	if err != nil {
		return err
	}
	var views []registration.View
	if v.Caller.May(access.RegistrationRead) {
		if views, err = h.Service.List(ctx, v.Caller); err != nil {
			return err
		}
	}
	return h.Pages.Render(c, http.StatusOK, "institutions/list", listPage{
		Page:   h.Pages.Page(c, "institutions", "institutions.title"),
		Groups: groups(h.Pages.Translator(c), all, views),
	})
}

// groups puts the two environments of a segment side by side.
func groups(tr *wording.Translator, all []catalogue.Institution, views []registration.View) []*group {
	var found []*group
	for _, in := range all {
		i := slices.IndexFunc(found, func(g *group) bool { return g.Group.ID == in.Group.ID })
		if i < 0 {
			i = len(found)
			found = append(found, &group{Group: in.Group})
		}
		s := found[i].segment(in.Segment)
		one := &cell{Institution: in, Registrations: registeredAt(tr, views, in.ID)}
		if in.Environment == environment.Live {
			s.Live = one
		} else {
			s.Sandbox = one
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

// registeredAt are the registrations with an institution.
func registeredAt(tr *wording.Translator, views []registration.View, id string) []checklist.Registration {
	return checklist.Registrations(tr, views, func(v registration.View) bool { return v.Institution.ID == id })
}
