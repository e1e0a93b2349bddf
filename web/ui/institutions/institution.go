package institutions

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type institutionPage struct {
	page.Page
	cell
	Applications choice.Choice           // that can be registered here
	Recorded     []registration.BankFact // what the bank has said, the newest first
	Servers      []server
	Hosts        []bankservers.History
	Trustable    []bankservers.Presented // newest certificates that are not trusted, and came with their issuer's
}

// server is a certificate that a host of the bank has presented.
type server struct {
	bankservers.Presented
	State string // of its end: ended, soon, or ""
}

func (h *Handler) servers(ctx context.Context, v session.Visit, id string) (all []server, err error) {
	presented, err := h.Servers.OfInstitution(ctx, v.Caller, id)
	now, host := h.Now(), ""
	for _, p := range presented {
		one := server{Presented: p}
		switch { // a former certificate may end
		case p.Host == host:
		case p.Ended(now):
			one.State = "ended"
		case p.EndsSoon(now):
			one.State = "soon"
		}
		all, host = append(all, one), p.Host
	}
	return all, err
}

// Show shows what is known of an institution.
func (h *Handler) Show(c echo.Context, v session.Visit) error {
	return h.show(c, v, c.Param("id"), nil)
}

func (h *Handler) show(c echo.Context, v session.Visit, id string, refused error) error {
	ctx := c.Request().Context()
	in, err := h.Service.Institution(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	data := institutionPage{Page: h.Pages.Named(c, "institutions", in.Name)}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Institution(in.ID), why
	one, err := h.cell(ctx, v, h.Pages.Translator(c), in, manyRegistrations)
	if err != nil {
		return err
	}
	data.cell = *one
	if v.Caller.MayEverywhere(access.CampaignRead) { // what a bank does and has said is of no organization
		if data.Recorded, err = h.Service.BankFacts(ctx, v.Caller, in.ID); err != nil {
			return err
		}
		if data.Servers, err = h.servers(ctx, v, in.ID); err != nil {
			return err
		}
		if data.Hosts, err = h.Servers.History(ctx, v.Caller, in.ID); err != nil {
			return err
		}
		data.Trustable = trustable(data.Hosts)
	}
	data.Applications, err = choice.Application(c, v.Caller, h.Service, choice.Ask{
		Field:    "application",
		Selected: c.FormValue("application"),
		Path:     data.Path,
	})
	if err != nil {
		return err
	}
	return h.Pages.Render(c, status, "institutions/institution", data)
}

// Register starts a registration from an institution's page.
func (h *Handler) Register(c echo.Context, v session.Visit) error {
	id := c.FormValue("institution")
	r, err := h.Service.Register(c.Request().Context(), v.Caller, c.FormValue("application"), id)
	if err != nil {
		return h.show(c, v, id, err)
	}
	return h.Pages.Done(c, "notice.registered", link.Registration(r.ID))
}
