// Package campaigns is the pages of changes of certificates and client secrets at banks: the list, the plan of a new
// one, one campaign with its registrations, and one registration with what is to be done there; and the year ahead.
package campaigns

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/ahead"
	"github.com/sealkeeper/sealkeeper/web/ui/ending"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Reader knows the campaigns there are.
type Reader interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[campaign.Campaign], error)
	Campaign(ctx context.Context, caller access.Caller, id string) (
		campaign.Campaign, campaign.Counts, *approval.Request, error)
	Lines(ctx context.Context, caller access.Caller, id string, q listing.Query) (listing.Page[campaign.Line], error)
	Line(ctx context.Context, caller access.Caller, id, registrationID string) (
		campaign.Line, catalogue.Institution, error)
	Report(ctx context.Context, caller access.Caller, id string) (*campaign.Report, error)
	SecretUses(ctx context.Context, caller access.Caller) ([]campaign.SecretUse, error)
	Forecast(ctx context.Context, caller access.Caller) (campaign.Forecast, error)
}

// Acts change whole campaigns.
type Acts interface {
	Create(ctx context.Context, caller access.Caller, n campaign.Intent) (campaign.Campaign, error)
	Replan(ctx context.Context, caller access.Caller, id string) error
	Request(ctx context.Context, caller access.Caller, id, reason string) (approval.Request, bool, error)
	Start(ctx context.Context, caller access.Caller, id string) error
	Pause(ctx context.Context, caller access.Caller, id string) error
	End(ctx context.Context, caller access.Caller, id string) error
	RollBack(ctx context.Context, caller access.Caller, id string) (int, error)
	Keep(ctx context.Context, caller access.Caller, id, certificateID, reason string) error
}

// LineActs change one registration of a campaign.
type LineActs interface {
	PrepareEmail(ctx context.Context, caller access.Caller, id, registrationID, language string) (email.Draft, error)
	Announce(ctx context.Context, caller access.Caller, id, registrationID string) error
	RecordAnswer(ctx context.Context, caller access.Caller, id, registrationID string, a campaign.Answer) error
	Schedule(ctx context.Context, caller access.Caller, id, registrationID string, at time.Time) error
	Retry(ctx context.Context, caller access.Caller, id, registrationID string) error
	LeaveOut(ctx context.Context, caller access.Caller, id, registrationID string) error
	RollBackLine(ctx context.Context, caller access.Caller, id, registrationID string) error
	RecordSecret(ctx context.Context, caller access.Caller, id, registrationID string, n campaign.NewSecret) error
	EndFormer(ctx context.Context, caller access.Caller, id, registrationID string) error
	Test(ctx context.Context, caller access.Caller, id, registrationID string) (issuer.TestReport, error)
}

// Service keeps campaigns.
type Service interface {
	Reader
	Acts
	LineActs
}

// Certificates are those in custody.
type Certificates interface {
	Named(ctx context.Context, caller access.Caller, ids []string) (map[string]vault.Summary, error)
	Line(ctx context.Context, caller access.Caller, id string) ([]vault.Record, error)
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[vault.Summary], error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages        *page.Responder
	Service      Service
	Certificates Certificates
	Endings      ending.Reader
	People       wording.People
	WriteReport  WriteReport
	Ahead        ahead.Reader
	Now          func() time.Time
}

// Handler answers on the pages of campaigns. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

type listPage struct {
	page.Page
	List lists.List
	Rows []campaign.Campaign
}

// List shows a page of the campaigns.
func (h *Handler) List(c echo.Context, v session.Visit) error {
	q, err := campaign.Campaigns.Parse(c.QueryParams())
	if err != nil {
		return err
	}
	found, err := h.Service.Page(c.Request().Context(), v.Caller, q)
	if err != nil {
		return err
	}
	return h.Pages.Render(c, http.StatusOK, "campaigns/list", listPage{
		Page: h.Pages.Page(c, "campaigns", "campaigns.title"),
		List: lists.Of(c, q, found),
		Rows: found.Items,
	})
}

// pair is two certificates with what tells them from others.
type pair struct{ Old, New vault.Summary }

type newPage struct {
	page.Page
	Name   string
	Eves   bool
	Pairs  []pair
	Others []vault.Summary // renewals that no bank knows yet either: one campaign at a time is open for a bank
}

// NewForm asks for a campaign by which a renewal takes the place of the certificate before it in its line.
func (h *Handler) NewForm(c echo.Context, v session.Visit) error { return h.newForm(c, v, nil) }

func (h *Handler) newForm(c echo.Context, v session.Visit, refused error) error {
	ctx := c.Request().Context()
	data := newPage{
		Page: h.Pages.Page(c, "campaigns", "campaign.new"),
		Name: form.Text(c, "name"),
		Eves: c.FormValue("eves") != "",
	}
	values, err := form.Values(c)
	if err != nil {
		return err
	}
	for _, id := range values["certificate"] {
		one, err := h.renewal(ctx, v.Caller, id)
		if err != nil {
			return err
		}
		data.Pairs = append(data.Pairs, one)
	}
	if len(data.Pairs) > 0 {
		data.Name = cmp.Or(data.Name, data.Pairs[0].New.Name)
		if data.Others, err = h.others(ctx, v.Caller, data.Pairs); err != nil {
			return err
		}
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Problem = why
	return h.Pages.Render(c, status, "campaigns/new", data)
}

// others are newest versions of the organization's certificates that no registration uses yet.
func (h *Handler) others(ctx context.Context, caller access.Caller, chosen []pair) ([]vault.Summary, error) {
	q := vault.Certificates.Query().
		With(vault.FilterOrganization, chosen[0].New.OrganizationIdentifier).
		With(vault.FilterState, string(vault.Stored))
	q.Limit = listing.MaxLimit
	page, err := h.Certificates.Page(ctx, caller, q)
	return slices.DeleteFunc(page.Items, func(s vault.Summary) bool {
		return s.Line.Version < 2 || s.Successor != "" || s.Uses > 0 || !s.NotAfter.After(h.Now()) ||
			slices.ContainsFunc(chosen, func(p pair) bool { return p.New.ID == s.ID })
	}), err
}

// renewal is a certificate and the one before it in its line.
func (h *Handler) renewal(ctx context.Context, caller access.Caller, id string) (pair, error) {
	versions, err := h.Certificates.Line(ctx, caller, id)
	if err != nil {
		return pair{}, err
	}
	before := ""
	for _, r := range versions {
		if r.ID == id {
			break
		}
		if r.State == vault.Stored {
			before = r.ID
		}
	}
	if before == "" {
		return pair{}, fault.New(fault.Conflict, "campaign_no_predecessor",
			"The certificate takes the place of no other that is stored; say on its page which one it renews.")
	}
	named, err := h.Certificates.Named(ctx, caller, []string{before, id})
	return pair{Old: named[before], New: named[id]}, err
}

// Create plans it.
func (h *Handler) Create(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	values, err := form.Values(c)
	if err != nil {
		return err
	}
	n := campaign.Intent{Name: form.Text(c, "name"), Eves: c.FormValue("eves") != ""}
	for _, id := range values["certificate"] {
		one, err := h.renewal(ctx, v.Caller, id)
		if err != nil {
			return err
		}
		n.Pairs = append(n.Pairs, campaign.Pair{Old: one.Old.ID, New: one.New.ID})
	}
	return h.create(c, v, n, h.newForm)
}

// create plans a campaign, or shows the form again with what is wrong.
func (h *Handler) create(
	c echo.Context, v session.Visit, n campaign.Intent, again func(echo.Context, session.Visit, error) error,
) error {
	created, err := h.Service.Create(c.Request().Context(), v.Caller, n)
	if err != nil {
		return again(c, v, err)
	}
	return h.Pages.Done(c, "notice.campaign_planned", link.Campaign(created.ID))
}
