package ui

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// start is how far a newcomer is on the way to the first registration.
type start struct{ Certificates, Firm, Registration bool }

type homePage struct {
	page.Page
	Start    *start // nil once there is a registration
	Tasks    []task
	Expiring []certificateRow
	Recent   []activity
	Parts    []part

	findings map[string][]certs.Finding // by certificate id
	named    map[string]named           // by id: what the page has read
}

// part is something the service consists of, and whether it is as it should be.
type part struct {
	Name, Says string // keys
	Severity   certs.Severity
}

// parts says whether custody answers and agrees with the records, and whether live
// takes two people. That the database answers the page itself shows.
func (u *UI) parts(ctx context.Context, v session.Visit) []part {
	custody := part{Name: "home.part_custody", Says: "home.part_up"}
	if err := u.cfg.Vault.Health(ctx); err != nil {
		custody.Says, custody.Severity = "home.part_down", certs.SeverityError
	}
	eyes := part{Name: "home.part_four_eyes", Says: "home.four_eyes_on"}
	if !u.cfg.Approvals.Required(catalogue.Live) {
		eyes.Says, eyes.Severity = "home.four_eyes_off", certs.SeverityWarning
	}
	parts := []part{{Name: "home.part_database", Says: "home.part_up"}, custody}
	if v.Caller.May(access.AuditRead) { // else asking would be recorded as a refusal
		if found, err := u.cfg.Vault.Comparison(ctx, v.Caller); err == nil && found != nil {
			parts = append(parts, custodyPart(found))
		}
	}
	return append(parts, eyes)
}

func custodyPart(found *vault.Checked) part {
	if len(found.Orphans) > 0 {
		return part{Name: "home.part_records", Says: "home.records_differ", Severity: certs.SeverityWarning}
	}
	return part{Name: "home.part_records", Says: "home.records_agree"}
}

const (
	soonDays     = 60
	homeExpiring = 5
	homeRecent   = 8
)

func (u *UI) home(c echo.Context, v session.Visit) error {
	data := homePage{Page: u.pages.Page(c, "home", "home.title")}
	ctx := c.Request().Context()
	if err := u.homeCertificates(ctx, v, u.pages.Translator(c), &data); err != nil {
		return err
	}
	for _, part := range []func(context.Context, session.Visit, *wording.Translator, *homePage) error{
		u.homeRequests, u.homeApprovals, u.homeRegistrations, u.homeConsents,
	} {
		if err := part(ctx, v, u.pages.Translator(c), &data); err != nil {
			return err
		}
	}
	sortTasks(data.Tasks)
	data.Parts = u.parts(ctx, v)
	if err := u.activities(ctx, v, u.pages.Translator(c), &data); err != nil {
		return err
	}
	return u.pages.Render(c, http.StatusOK, "home/home", data)
}

func (u *UI) homeCertificates(ctx context.Context, v session.Visit, w *wording.Translator, data *homePage) error {
	if !v.Caller.May(access.CertList) {
		return nil
	}
	records, err := u.cfg.Vault.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	rows := u.certificateRows(records)
	data.findings = wording.FindingsByID(records, u.cfg.Now())
	for _, row := range rows {
		data.name(row.ID, named{row.Name, link.Certificate(row.ID)})
		findings := data.findings[row.ID]
		days := i18n.Days(u.cfg.Now(), row.Leaf.NotAfter)
		t := task{Group: taskCertificate, What: row.Name, URL: link.Certificate(row.ID), At: row.Leaf.NotAfter}
		switch {
		case row.Worst == certs.SeverityError:
			t.Severity, t.Says, t.More = row.Worst, w.Finding(findings[0]).Message, len(findings)-1
		case days < soonDays:
			t.Says = w.Say("home.expires", w.Until(row.Leaf.NotAfter))
		default:
			continue
		}
		data.Tasks = append(data.Tasks, t)
	}
	data.Expiring = rows[:min(len(rows), homeExpiring)]
	data.Start = &start{Certificates: len(rows) > 0}
	return nil
}

func (u *UI) homeRegistrations(ctx context.Context, v session.Visit, w *wording.Translator, data *homePage) error {
	if !v.Caller.May(access.RegistrationRead) {
		data.Start = nil
		return nil
	}
	views, err := u.cfg.Registrations.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	data.nameRegistrations(views)
	today, err := u.cfg.Registrations.Today(ctx, v.Caller)
	if err != nil {
		return err
	}
	data.Tasks = append(data.Tasks, registrationTasks(w, views, today, data.findings)...)
	if len(views) > 0 {
		data.Start = nil
		return nil
	}
	applications, err := u.cfg.Registrations.Applications(ctx, v.Caller)
	if data.Start != nil {
		data.Start.Firm = len(applications) > 0
	}
	return err
}
