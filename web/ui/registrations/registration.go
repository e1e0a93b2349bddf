package registrations

import (
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

type registrationPage struct {
	page.Page
	registration.View
	Standing checklist.Standing
	FourEyes bool // this registration's activations take two people

	Waiting []blocker // what still blocks the version that would be used next, in the order of work
	Stopped []blocker // what blocks the active version, when the draft has blockers of its own

	Shared       []checklist.Step // done once for all registrations of the enrolment
	Own          []checklist.Step
	EnrolmentURL string

	Slots          []slot
	Hosts          []string          // of the bank, as its profile has them
	Pair           []wording.Finding // what is to be said of the two certificates together
	Newest         registration.Bundle
	Form           bundleForm
	QWACs, QSealCs choice.Choice  // that the form offers
	records        []vault.Record // of the versions in use and prepared

	Services usage.Overview // which version each service uses
	Report   *testResult    // of the connection test just made
	Versions []version

	Archive   page.Archive
	TestLogin catalogue.SCAUser // with which accounts can be read at once
}

// Show shows a registration.
func (h *Handler) Show(c echo.Context, v session.Visit) error {
	return h.show(c, v, nil, nil)
}

// Refuse shows a registration again, with the reason why something was not done.
func (h *Handler) Refuse(c echo.Context, v session.Visit, why error) error {
	return h.show(c, v, nil, why)
}

// show shows a registration. typed is a bundle's form that was refused, nil for none.
func (h *Handler) show(c echo.Context, v session.Visit, typed *bundleForm, refused error) error {
	ctx, tr := c.Request().Context(), h.Pages.Translator(c)
	view, err := h.Service.Registration(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := registrationPage{
		Page: h.Pages.Named(c, "registrations",
			tr.Say("registration.at", view.Application.Name, view.Institution.Name).Text),
		View:     view,
		Standing: checklist.StandingOf(tr, view),
		FourEyes: h.Approvals.Required(c.Request().Context(), view.Institution.Environment),
		Form:     newBundleForm(view, typed),
	}
	data.TestLogin = testLogin(view, link.Callback(c, h.Callback))
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Registration(view.Registration.ID), why
	data.Archive = page.ArchiveOf(data.Page, data.Path, view.Registration.ArchivedAt)
	if err := h.fillBundles(c, v, &data); err != nil {
		return err
	}
	if err := h.fillChecklist(c, v, &data); err != nil {
		return err
	}
	if v.Caller.MayEverywhere(access.ServiceRead) { // an account may serve several organizations
		if data.Services, err = h.Services.Overview(ctx, v.Caller, view); err != nil {
			return err
		}
	}
	if data.Report, err = h.takeReport(ctx, tr, view.Registration.ID); err != nil {
		return err
	}
	return h.Pages.Render(c, status, "registrations/registration", data)
}

// fillChecklist says the steps: those shared by all registrations of the enrolment, and this one's own.
func (h *Handler) fillChecklist(c echo.Context, v session.Visit, data *registrationPage) error {
	ctx := c.Request().Context()
	history, err := h.Service.HistoryOf(ctx, v.Caller, data.View)
	if err != nil {
		return err
	}
	data.EnrolmentURL = link.Enrolment(data.Enrolment.ID)
	list := checklist.List{
		Base:        data.Path,
		Application: data.Application.ID,
		Account:     data.Enrolment.PortalAccount,
		Steps:       data.Steps,
		Emails:      data.Emails,
		History:     history,
		Caller:      v.Shown(),
		Zone:        data.Institution.Zone(),
	}
	for _, step := range list.Say(ctx, h.Pages.Translator(c), h.People) {
		if step.Scope == catalogue.EnrolmentScope {
			data.Shared = append(data.Shared, step)
		} else {
			data.Own = append(data.Own, step)
		}
	}
	return nil
}

// fillBundles says what the versions hold, and what blocks them.
func (h *Handler) fillBundles(c echo.Context, v session.Visit, data *registrationPage) error {
	ctx, tr := c.Request().Context(), h.Pages.Translator(c)
	if len(data.Bundles) > 0 {
		data.Newest = data.Basis()
	}
	records, err := h.certificates(ctx, v.Caller, append(named(data.Bundles), data.Form.QWACID, data.Form.QSealCID))
	if err != nil {
		return err
	}
	if err := h.offer(c, v, data); err != nil {
		return err
	}
	data.records = records
	findings := wording.FindingsByID(records, h.Now())
	if pair := pairFindings(data.Newest, records, h.Now()); len(pair) > 0 {
		data.Pair = tr.Findings(pair)
		findings[data.Newest.QSealCID] = append(findings[data.Newest.QSealCID], pair...)
	}
	data.Hosts = hosts(data.Institution.Profile)
	data.Slots = h.slots(ctx, tr, data, len(records) > 0)
	data.fillBlockers(tr, findings)
	data.Versions = h.versions(ctx, v, data.View, records)
	return nil
}

// offer says which certificates the form offers: those of the registration's own organization.
func (h *Handler) offer(c echo.Context, v session.Visit, data *registrationPage) error {
	for _, f := range []struct {
		field, selected string
		kind            certs.Kind
		into            *choice.Choice
	}{
		{"qwac", data.Form.QWACID, certs.QWAC, &data.QWACs},
		{"qsealc", data.Form.QSealCID, certs.QSealC, &data.QSealCs},
	} {
		var err error
		*f.into, err = choice.Of(c, v.Caller, h.Certificates, choice.Ask{
			Field:        f.field,
			Kind:         f.kind,
			Organization: data.Organization.OrganizationIdentifier,
			Selected:     f.selected,
		})
		if err != nil {
			return err
		}
		f.into.Path = data.Path
		f.into.SelectOnly(data.Organization.OrganizationIdentifier)
	}
	return nil
}

func (p *registrationPage) fillBlockers(tr *wording.Translator, findings map[string][]rules.Finding) {
	if p.Draft() != nil { // else Waiting says it
		p.Stopped = p.inOrder(tr, findings, p.InUse)
	}
	p.Waiting = p.inOrder(tr, findings, p.Blockers)
}
