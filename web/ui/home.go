package ui

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// task is something that needs somebody today.
type task struct {
	Severity certs.Severity
	Label    string // key of a word in place of the severity's
	What     string // the certificate or registration
	Says     sentence
	URL      string
	More     int // further things about the same
}

// start is how far a newcomer is on the way to the first registration.
type start struct{ Certificates, Firm, Registration bool }

type homePage struct {
	page
	Start    *start // nil once there is a registration
	Tasks    []task
	Expiring []certificateRow
	Recent   []audit.Entry

	findings map[string][]certs.Finding // by certificate id
}

const (
	soonDays     = 60
	homeExpiring = 5
	homeRecent   = 8
)

func (u *UI) home(c echo.Context, v visit) error {
	data := homePage{page: u.page(c, "home", u.title(c, "home.title"))}
	ctx := c.Request().Context()
	if err := u.homeCertificates(ctx, v, u.words(c), &data); err != nil {
		return err
	}
	if err := u.homeRequests(ctx, v, u.words(c), &data); err != nil {
		return err
	}
	if err := u.homeRegistrations(ctx, v, u.words(c), &data); err != nil {
		return err
	}
	slices.SortStableFunc(data.Tasks, func(a, b task) int { return rank(a.Severity) - rank(b.Severity) })
	if v.Caller.May(access.AuditRead) {
		entries, err := u.cfg.Audit.Latest(ctx, v.Caller, 4*homeRecent)
		if err != nil {
			return err
		}
		// What was begun is told by how it ended.
		entries = slices.DeleteFunc(entries, func(e audit.Entry) bool { return e.Outcome == audit.Allowed })
		data.Recent = entries[:min(len(entries), homeRecent)]
	}
	return u.render(c, http.StatusOK, "home", data)
}

// rank puts errors before warnings before the rest.
func rank(s certs.Severity) int {
	return slices.Index([]certs.Severity{certs.SeverityError, certs.SeverityWarning, certs.SeverityNotice}, s)
}

func (u *UI) homeCertificates(ctx context.Context, v visit, w *words, data *homePage) error {
	if !v.Caller.May(access.CertList) {
		return nil
	}
	records, err := u.cfg.Vault.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	rows := u.certificateRows(records)
	data.findings = u.findingsByID(records)
	for _, row := range rows {
		findings := data.findings[row.ID]
		days := i18n.Days(u.cfg.Now(), row.Leaf.NotAfter)
		t := task{What: row.Name, URL: "/certificates/" + row.ID}
		switch {
		case row.Worst == certs.SeverityError:
			t.Severity, t.Says, t.More = row.Worst, w.finding(findings[0]).Message, len(findings)-1
		case days < soonDays:
			t.Severity = certs.SeverityWarning
			text, err := w.Text("home.expires")
			if err != nil {
				return err
			}
			t.Says = sentence{Text: text}
		default:
			continue
		}
		data.Tasks = append(data.Tasks, t)
	}
	data.Expiring = rows[:min(len(rows), homeExpiring)]
	data.Start = &start{Certificates: len(rows) > 0}
	return nil
}

func (u *UI) homeRegistrations(ctx context.Context, v visit, w *words, data *homePage) error {
	if !v.Caller.May(access.RegistrationRead) {
		data.Start = nil
		return nil
	}
	views, err := u.cfg.Registrations.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	for _, view := range views {
		if t, needed := registrationTask(w, view, data.findings, v.Caller); needed {
			data.Tasks = append(data.Tasks, t)
		}
	}
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

// registrationTask is the next thing to do for a registration, if there is one.
func registrationTask(w *words, view registration.View, findings map[string][]certs.Finding, caller access.Caller) (task, bool) {
	t := task{Severity: certs.SeverityNotice, Label: "home.todo", What: view.Institution.Name, URL: "/registrations/" + view.Registration.ID}
	draft := view.Draft()
	switch {
	case len(view.InUse) > 0: // what is in use has stopped being usable, whatever the draft is
		b := w.blocker(view, view.InUse[0], findings)
		t.Says, t.More = b.Says, len(view.InUse)-1
		t.Severity, t.Label = certs.SeverityError, ""
	case len(view.Blockers) > 0:
		b := w.blocker(view, view.Blockers[0], findings)
		t.Says, t.More = b.Says, len(view.Blockers)-1
	case draft != nil && view.WaitingFor(draft.Version) != nil && view.WaitingFor(draft.Version).RequestedBy != caller.ID:
		t.Says, t.Severity = w.own("home.confirm"), certs.SeverityWarning
	case draft != nil && view.WaitingFor(draft.Version) != nil:
		t.Says, t.Label = w.own("home.requested"), "home.waiting"
	case draft != nil:
		t.Says = w.own("home.activate")
	default:
		return t, false
	}
	return t, true
}
