package ui

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// approvalsPage is what waits for this reader, what this reader waits for, and what was decided.
type approvalsPage struct {
	page.Page
	Mine    []approval.Request // wait for this reader
	Asked   []approval.Request // this reader asked, and somebody else has to agree
	Others  []approval.Request // wait for others
	Decided []approval.Request
	Policy  []policyRow
}

// policyRow is how many people a change takes in an environment.
type policyRow struct {
	Environment string
	TwoPeople   bool
}

// approvalsDecided is how many decided requests the list shows.
const approvalsDecided = 20

func (u *UI) approvals(c echo.Context, v session.Visit) error {
	all, err := u.cfg.Approvals.List(c.Request().Context(), v.Caller, approval.Filter{})
	if err != nil {
		return err
	}
	data := approvalsPage{Page: u.pages.Page(c, "approvals", "approvals.title"), Policy: u.policy()}
	for _, r := range all {
		switch {
		case !open(r):
			if len(data.Decided) < approvalsDecided {
				data.Decided = append(data.Decided, r)
			}
		case r.RequestedBy == v.Caller.ID:
			data.Asked = append(data.Asked, r)
		case u.cfg.Approvals.MayDecide(v.Caller, r):
			data.Mine = append(data.Mine, r)
		default:
			data.Others = append(data.Others, r)
		}
	}
	return u.pages.Render(c, http.StatusOK, "approvals/list", data)
}

func open(r approval.Request) bool { return r.State == approval.Open || r.State == approval.Applying }

func (u *UI) policy() []policyRow {
	rows := []policyRow{}
	for _, environment := range []string{catalogue.Sandbox, catalogue.Live} {
		rows = append(rows, policyRow{environment, u.cfg.Approvals.Required(environment)})
	}
	return rows
}

// approvalPage is one request: exactly what would change, and who says so.
type approvalPage struct {
	page.Page
	approval.Request
	Rows      []changeRow
	MayDecide bool
	Own       bool
	Open      bool
	URL       string // of the object
	Note      string // what was typed, when it was refused
	NoteSays  wording.Sentence
}

// changeRow is one line of the difference in the reader's words.
type changeRow struct {
	What          string
	Before, After changeValue
	Says          wording.Sentence
}

// changeValue is a value, and of a certificate what tells it from others and when it ends.
type changeValue struct{ Text, SHA256, Until string }

func (u *UI) approval(c echo.Context, v session.Visit) error {
	return u.approvalPage(c, v, http.StatusOK, nil)
}

func (u *UI) approvalPage(c echo.Context, v session.Visit, status int, why *wording.Sentence) error {
	r, err := u.cfg.Approvals.Get(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	w := u.pages.Translator(c)
	data := approvalPage{
		Page:      u.pages.Named(c, "approvals", w.Enum("approval_kind", r.Kind)),
		Request:   r,
		MayDecide: u.cfg.Approvals.MayDecide(v.Caller, r),
		Own:       r.RequestedBy == v.Caller.ID,
		Open:      open(r),
		URL:       approvalObject(r),
		Note:      c.FormValue("note"),
		NoteSays:  approvalNote(w, r),
	}
	data.Path, data.Problem = link.Approval(r.ID), why
	for _, change := range r.Changes {
		data.Rows = append(data.Rows, sayChange(w, change))
	}
	return u.pages.Render(c, status, "approvals/approval", data)
}

// sayChange says a line of the difference.
func sayChange(w *wording.Translator, c approval.Change) changeRow {
	field, fact, composed := strings.Cut(c.Field, ".")
	row := changeRow{
		What:   w.Enum("change_field", field),
		Before: sayValue(w, field, c.Before, c.BeforeCertificate),
		After:  sayValue(w, field, c.After, c.AfterCertificate),
		Says:   w.English(c.Consequence),
	}
	if composed {
		row.What += w.Say("layout.colon").Text + " " + w.Enum("fact", fact)
	}
	if text, ok := w.Translate(c.Code, sayFacts(w, field, c.Args)); ok {
		row.Says = wording.Sentence{Text: text}
	}
	return row
}

// approvalNote says the note of a decision: people's words, or why the program could not carry it out.
func approvalNote(w *wording.Translator, r approval.Request) wording.Sentence {
	said := w.Recorded(r.Note)
	if r.State != approval.Failed && said.Text == r.Note {
		said.Lang = ""
	}
	return said
}

// changeFacts are the sets of what a bank's catalogue says, by the field of a change: one for each value in it.
var changeFacts = map[string][]string{"bank": {"recognises", "channel", "known"}, "consents": {"impact"}}

// sayFacts says the values of a change.
func sayFacts(w *wording.Translator, field string, values []string) []string {
	said := slices.Clone(values)
	for i, set := range changeFacts[field][:min(len(values), len(changeFacts[field]))] {
		said[i] = w.Enum(set, said[i])
	}
	return said
}

func sayValue(w *wording.Translator, field, text string, named *approval.Certificate) changeValue {
	switch {
	case named != nil:
		return changeValue{
			Text:   strings.ReplaceAll(named.Subject, ",", ", "),
			SHA256: named.SHA256,
			Until:  w.Date(named.NotAfter),
		}
	case changeFacts[field] != nil:
		return changeValue{Text: sayFacts(w, field, []string{text})[0]}
	}
	return changeValue{Text: w.Enum("change_value", text)}
}

// approvalObject is where what changes is shown.
func approvalObject(r approval.Request) string {
	switch r.Kind {
	case approval.CertificateRetire, approval.CertificateDestroy, approval.CertificateKeepStored:
		return link.Certificate(r.Object)
	}
	return link.Registration(r.Object)
}

func (u *UI) approve(c echo.Context, v session.Visit) error {
	return u.decide(c, v, u.cfg.Approvals.Approve, "notice.approved")
}

func (u *UI) reject(c echo.Context, v session.Visit) error {
	return u.decide(c, v, u.cfg.Approvals.Reject, "notice.rejected")
}

func (u *UI) withdraw(c echo.Context, v session.Visit) error {
	return u.decide(c, v, u.cfg.Approvals.Withdraw, "notice.withdrawn")
}

type decision func(ctx context.Context, caller access.Caller, id, note string) (approval.Request, error)

func (u *UI) decide(c echo.Context, v session.Visit, how decision, notice string) error {
	if _, err := how(c.Request().Context(), v.Caller, c.Param("id"),
		strings.TrimSpace(c.FormValue("note"))); err != nil {
		return u.approvalPage(c, v, problem.Of(err).Status, u.pages.Translator(c).Problem(err))
	}
	u.sessions.Confirm(c, notice)
	return u.pages.Redirect(c, link.Approval(c.Param("id")))
}

// homeApprovals has the home page say what waits for the reader's decision, and what the reader waits for.
func (u *UI) homeApprovals(ctx context.Context, v session.Visit, w *wording.Translator, data *homePage) error {
	if !v.Caller.May(access.ApprovalRead) {
		return nil
	}
	all, err := u.cfg.Approvals.List(ctx, v.Caller, approval.Filter{States: []approval.State{approval.Open}})
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b approval.Request) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	for _, r := range all {
		t := task{What: r.ObjectName, URL: link.Approval(r.ID)}
		switch {
		case u.cfg.Approvals.MayDecide(v.Caller, r):
			t.Group, t.Says = taskApproval, w.Say("home.approve", r.RequestedByName, w.Enum("approval_kind", r.Kind),
				w.Until(r.ExpiresAt))
		case r.RequestedBy == v.Caller.ID:
			t.Group, t.Says = taskWaiting, w.Say("home.approval_waits", w.Enum("approval_kind", r.Kind),
				w.Until(r.ExpiresAt))
		default:
			continue
		}
		data.Tasks = append(data.Tasks, t)
	}
	return nil
}
