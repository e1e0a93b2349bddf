package ui

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// bankGroup is the institutions of one bank, a row for each segment.
type bankGroup struct {
	Group    catalogue.Group
	Segments []*segment
}

// segment has an institution per environment.
type segment struct {
	Name          string
	Sandbox, Live *institutionCell
}

// institutionCell is one institution and our registrations with it.
type institutionCell struct {
	catalogue.Institution
	Registrations []registered
}

// registered is a registration with where it is.
type registered struct {
	registration.View
	Standing standing
}

type institutionsPage struct {
	page.Page
	Groups []*bankGroup
}

func (u *UI) institutions(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	all, err := u.cfg.Registrations.Institutions(ctx, v.Caller)
	if err != nil {
		return err
	}
	var views []registration.View
	if v.Caller.May(access.RegistrationRead) {
		if views, err = u.cfg.Registrations.List(ctx, v.Caller); err != nil {
			return err
		}
	}
	data := institutionsPage{
		Page:   u.pages.Page(c, "institutions", "institutions.title"),
		Groups: groups(u.pages.Translator(c), all, views),
	}
	return u.pages.Render(c, http.StatusOK, "institutions/list", data)
}

// groups puts the two environments of a segment side by side.
func groups(w *wording.Translator, all []catalogue.Institution, views []registration.View) []*bankGroup {
	var groups []*bankGroup
	for _, in := range all {
		i := slices.IndexFunc(groups, func(g *bankGroup) bool { return g.Group.ID == in.Group.ID })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &bankGroup{Group: in.Group})
		}
		g := groups[i]
		j := slices.IndexFunc(g.Segments, func(s *segment) bool { return s.Name == in.Segment })
		if j < 0 {
			j = len(g.Segments)
			g.Segments = append(g.Segments, &segment{Name: in.Segment})
		}
		cell := &institutionCell{Institution: in, Registrations: registeredAt(w, views, in.ID)}
		if in.Environment == catalogue.Live {
			g.Segments[j].Live = cell
		} else {
			g.Segments[j].Sandbox = cell
		}
	}
	return groups
}

func registeredAt(w *wording.Translator, views []registration.View, institutionID string) []registered {
	var found []registered
	for _, v := range views {
		if v.Institution.ID == institutionID {
			found = append(found, registered{View: v, Standing: standingOf(w, v)})
		}
	}
	return found
}

type institutionPage struct {
	page.Page
	institutionCell
	Applications []registration.Application
}

func (u *UI) institution(c echo.Context, v session.Visit) error {
	return u.institutionPage(c, v, c.Param("id"), http.StatusOK, nil)
}

func (u *UI) institutionPage(c echo.Context, v session.Visit, id string, status int, problem *wording.Sentence) error {
	ctx := c.Request().Context()
	in, err := u.cfg.Registrations.Institution(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	data := institutionPage{Page: u.pages.Named(c, "institutions", in.Name), institutionCell: institutionCell{Institution: in}}
	data.Path, data.Problem = link.Institution(in.ID), problem
	if v.Caller.May(access.RegistrationRead) {
		views, err := u.cfg.Registrations.List(ctx, v.Caller)
		if err != nil {
			return err
		}
		data.Registrations = registeredAt(u.pages.Translator(c), views, in.ID)
		if data.Applications, err = u.cfg.Registrations.Applications(ctx, v.Caller); err != nil {
			return err
		}
	}
	return u.pages.Render(c, status, "institutions/institution", data)
}
