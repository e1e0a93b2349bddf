// Package incidents is the pages of certificates that were declared compromised: the list, and of each what is frozen,
// who has to be told, and how far the way out is.
package incidents

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Service keeps the way out of incidents.
type Service interface {
	Declare(ctx context.Context, caller access.Caller, d incident.Declaration) (incident.Incident, error)
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[incident.Incident], error)
	Get(ctx context.Context, caller access.Caller, id string) (incident.Facts, error)
	Uses(ctx context.Context, caller access.Caller, id string, q listing.Query) (listing.Page[incident.Use], error)
	Letter(ctx context.Context, caller access.Caller, id, recipient, language string) (email.Draft, error)
	Told(ctx context.Context, caller access.Caller, id, recipient string) error
	Withdraw(ctx context.Context, caller access.Caller, id, why string) error
}

// Registrations are where certificates are used.
type Registrations interface {
	Registration(ctx context.Context, caller access.Caller, id string) (registration.View, error)
}

// Services says which services use a registration.
type Services interface {
	Overview(ctx context.Context, caller access.Caller, v registration.View) (usage.Overview, error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages         *page.Responder
	Service       Service
	Registrations Registrations
	Services      Services
	People        wording.People
	Now           func() time.Time
}

// Handler answers on the pages of incidents. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

type listPage struct {
	page.Page
	List lists.List
	Rows []incident.Incident
}

// List shows a page of the incidents, the newest first.
func (h *Handler) List(c echo.Context, v session.Visit) error {
	q, found, err := lists.Read(c, v.Caller, incident.Listed, h.Service.Page)
	if err != nil {
		return err
	}
	data := listPage{
		Page: h.Pages.Page(c, "certificates", "incidents.title"),
		List: lists.Of(c, q, found),
		Rows: found.Items,
	}
	data.Path = c.Request().URL.RequestURI()
	return h.Pages.Render(c, http.StatusOK, "incidents/list", data)
}

// use is a registration as the page shows it.
type use struct {
	incident.Use
	Institution, Application string
	Live                     bool
	Services                 []string // that present the certificate, as far as they have said
}

type incidentPage struct {
	page.Page
	incident.Facts
	DeclaredBy, WithdrawnBy, ToldBy string
	List                            lists.List
	Rows                            []use
	Why                             string // as typed, when it was refused
}

// usesShown is how many registrations a page has: each is read with what its services say.
const usesShown = 20

// Show shows an incident.
func (h *Handler) Show(c echo.Context, v session.Visit) error { return h.show(c, v, nil) }

func (h *Handler) show(c echo.Context, v session.Visit, refused error) error {
	ctx, id := c.Request().Context(), c.Param("id")
	f, err := h.Service.Get(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	q := incident.ListedUses.Query()
	if refused == nil {
		if q, err = incident.ListedUses.Parse(c.QueryParams()); err != nil {
			return err
		}
	}
	q.Limit = usesShown
	data := incidentPage{
		Page:        h.Pages.Named(c, "certificates", f.CertificateName),
		Facts:       f,
		DeclaredBy:  h.People.Name(ctx, f.DeclaredBy),
		WithdrawnBy: h.People.Name(ctx, f.Withdrawal.By),
		ToldBy:      h.People.Name(ctx, f.Told.By),
		Why:         c.FormValue("why"),
	}
	if v.Caller.MaySomewhere(access.RegistrationRead) {
		found, err := h.Service.Uses(ctx, v.Caller, id, q)
		if err != nil {
			return err
		}
		data.List = lists.Of(c, q, found)
		if data.Rows, err = h.uses(ctx, v, found.Items); err != nil {
			return err
		}
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Incident(id), why
	return h.Pages.Render(c, status, "incidents/incident", data)
}

func (h *Handler) uses(ctx context.Context, v session.Visit, found []incident.Use) ([]use, error) {
	rows := make([]use, len(found))
	for i, u := range found {
		view, err := h.Registrations.Registration(ctx, v.Caller, u.RegistrationID)
		if err != nil {
			return nil, err
		}
		rows[i] = use{
			Use:         u,
			Institution: view.Institution.Name,
			Application: view.Application.Name,
			Live:        view.Institution.Environment == "live",
		}
		if !u.InUse || !v.Caller.May(access.ServiceRead) {
			continue
		}
		overview, err := h.Services.Overview(ctx, v.Caller, view)
		if err != nil {
			return nil, err
		}
		for _, s := range overview.Services {
			if s.State != usage.Stopped && s.State != usage.Unused && !slices.Contains(rows[i].Services, s.Account) {
				rows[i].Services = append(rows[i].Services, s.Account)
			}
		}
	}
	return rows, nil
}

// Declare declares a certificate compromised.
func (h *Handler) Declare(c echo.Context, v session.Visit) error {
	on, err := form.ParseDay(form.Text(c, "on"))
	if err != nil {
		return err
	}
	i, err := h.Service.Declare(c.Request().Context(), v.Caller, incident.Declaration{
		CertificateID: c.FormValue("certificate"),
		Reason:        c.FormValue("reason"),
		What:          form.Text(c, "what"),
		HappenedAt:    on,
	})
	if err != nil {
		return err
	}
	return h.Pages.Done(c, "notice.incident_declared", link.Incident(i.ID))
}

// Told notes that a letter was sent.
func (h *Handler) Told(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	if err := h.Service.Told(c.Request().Context(), v.Caller, id, c.FormValue("to")); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.incident_told", link.Incident(id))
}

// Withdraw requests to withdraw it.
func (h *Handler) Withdraw(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	if err := h.Service.Withdraw(c.Request().Context(), v.Caller, id, form.Text(c, "why")); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.requested", link.Incident(id))
}

type letterPage struct {
	page.Page
	ID, To, Language string
	Letter           email.Draft
}

// Letter shows the letter to the QTSP, or to the bank of a registration, in the language that is chosen.
func (h *Handler) Letter(c echo.Context, v session.Visit) error {
	draft, err := h.letter(c, v)
	if err != nil {
		return err
	}
	data := letterPage{
		Page:     h.Pages.Page(c, "certificates", "incidents.letter"),
		ID:       c.Param("id"),
		To:       c.Param("to"),
		Language: draft.Language,
		Letter:   draft,
	}
	data.Path = c.Request().URL.RequestURI()
	return h.Pages.Render(c, http.StatusOK, "incidents/letter", data)
}

// DownloadLetter is the letter as a file for a mail program.
func (h *Handler) DownloadLetter(c echo.Context, v session.Visit) error {
	draft, err := h.letter(c, v)
	if err != nil {
		return err
	}
	return h.Pages.Download(c, "incident.eml", "message/rfc822", draft.EML(h.Now()))
}

func (h *Handler) letter(c echo.Context, v session.Visit) (email.Draft, error) {
	language := c.QueryParam("in")
	if language == "" {
		language = string(v.Lang)
	}
	return h.Service.Letter(c.Request().Context(), v.Caller, c.Param("id"), c.Param("to"), language)
}
