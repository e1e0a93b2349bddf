package ui

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

// approvalsPage is what waits for this reader, what this reader waits for, and what was decided.
type approvalsPage struct {
	page
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

func (u *UI) approvals(c echo.Context, v visit) error {
	all, err := u.cfg.Approvals.List(c.Request().Context(), v.Caller, approval.Filter{})
	if err != nil {
		return err
	}
	data := approvalsPage{page: u.page(c, "approvals", u.title(c, "approvals.title")), Policy: u.policy()}
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
	return u.render(c, http.StatusOK, "approvals", data)
}

func open(r approval.Request) bool { return r.State == approval.Open || r.State == approval.Applying }

// approvalIcon goes with the state's word.
func approvalIcon(s approval.State) string {
	switch s {
	case approval.Open, approval.Applying:
		return "clock"
	case approval.Approved:
		return "check"
	case approval.Rejected, approval.Failed:
		return "error"
	}
	return "skip"
}

func (u *UI) policy() []policyRow {
	rows := []policyRow{}
	for _, environment := range []string{catalogue.Sandbox, catalogue.Live} {
		rows = append(rows, policyRow{environment, u.cfg.Approvals.Required(environment)})
	}
	return rows
}

// approvalPage is one request: exactly what would change, and who says so.
type approvalPage struct {
	page
	approval.Request
	Rows      []changeRow
	MayDecide bool
	Own       bool
	Open      bool
	URL       string // of the object
	Note      string // what was typed, when it was refused
}

// changeRow is one line of the difference in the reader's words.
type changeRow struct {
	What          string
	Before, After changeValue
	Says          sentence
}

// changeValue is a value, and of a certificate what tells it from others and when it ends.
type changeValue struct{ Text, SHA256, Until string }

func (u *UI) approval(c echo.Context, v visit) error {
	return u.approvalPage(c, v, http.StatusOK, nil)
}

func (u *UI) approvalPage(c echo.Context, v visit, status int, why *sentence) error {
	r, err := u.cfg.Approvals.Get(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	w := u.words(c)
	data := approvalPage{
		page:      u.page(c, "approvals", w.enum("approval_kind", r.Kind)),
		Request:   r,
		MayDecide: u.cfg.Approvals.MayDecide(v.Caller, r),
		Own:       r.RequestedBy == v.Caller.ID,
		Open:      open(r),
		URL:       approvalObject(r),
		Note:      c.FormValue("note"),
	}
	data.Path, data.Problem = "/approvals/"+r.ID, why
	for _, change := range r.Changes {
		data.Rows = append(data.Rows, w.change(change))
	}
	return u.render(c, status, "approval", data)
}

// change says a line of the difference.
func (w *words) change(c approval.Change) changeRow {
	field, fact, composed := strings.Cut(c.Field, ".")
	row := changeRow{
		What:   w.enum("change_field", field),
		Before: w.changeValue(field, c.Before, c.BeforeCertificate),
		After:  w.changeValue(field, c.After, c.AfterCertificate),
		Says:   w.english(c.Consequence),
	}
	if composed {
		row.What += w.own("layout.colon").Text + " " + w.enum("fact", fact)
	}
	if text, ok := w.said(c.Code, w.facts(field, c.Args)); ok {
		row.Says = sentence{Text: text}
	}
	return row
}

// approvalNote says the note of a decision: people's words, or why the program could not carry it out.
func (w *words) approvalNote(r approval.Request) sentence {
	said := w.recorded(r.Note)
	if r.State != approval.Failed && said.Text == r.Note {
		said.Lang = ""
	}
	return said
}

// changeFacts are the sets of what a bank's catalogue says, by the field of a change: one for each value in it.
var changeFacts = map[string][]string{"bank": {"recognises", "channel", "known"}, "consents": {"impact"}}

// facts says the values of a change.
func (w *words) facts(field string, values []string) []string {
	said := slices.Clone(values)
	for i, set := range changeFacts[field][:min(len(values), len(changeFacts[field]))] {
		said[i] = w.enum(set, said[i])
	}
	return said
}

func (w *words) changeValue(field, text string, named *approval.Certificate) changeValue {
	switch {
	case named != nil:
		return changeValue{
			Text:   strings.ReplaceAll(named.Subject, ",", ", "),
			SHA256: named.SHA256,
			Until:  w.Date(named.NotAfter),
		}
	case changeFacts[field] != nil:
		return changeValue{Text: w.facts(field, []string{text})[0]}
	}
	return changeValue{Text: w.enum("change_value", text)}
}

// approvalObject is where what changes is shown.
func approvalObject(r approval.Request) string {
	switch r.Kind {
	case approval.CertificateRetire, approval.CertificateDestroy, approval.CertificateKeepStored:
		return "/certificates/" + r.Object
	}
	return "/registrations/" + r.Object
}

func (u *UI) approve(c echo.Context, v visit) error {
	return u.decide(c, v, u.cfg.Approvals.Approve, "notice.approved")
}

func (u *UI) reject(c echo.Context, v visit) error {
	return u.decide(c, v, u.cfg.Approvals.Reject, "notice.rejected")
}

func (u *UI) withdraw(c echo.Context, v visit) error {
	return u.decide(c, v, u.cfg.Approvals.Withdraw, "notice.withdrawn")
}

type decision func(ctx context.Context, caller access.Caller, id, note string) (approval.Request, error)

func (u *UI) decide(c echo.Context, v visit, how decision, notice string) error {
	if _, err := how(c.Request().Context(), v.Caller, c.Param("id"),
		strings.TrimSpace(c.FormValue("note"))); err != nil {
		return u.approvalPage(c, v, problem.Of(err).Status, u.words(c).problem(err))
	}
	u.confirm(c, notice)
	return u.redirect(c, "/approvals/"+c.Param("id"))
}

// inbox counts what waits for the reader, for the navigation. Not knowing is no
// reason to show no page: the inbox itself says what is wrong.
func (u *UI) inbox(ctx context.Context, caller access.Caller) int {
	if !caller.May(access.ApprovalDecide) {
		return 0
	}
	waiting, err := u.cfg.Approvals.Inbox(ctx, caller)
	if err != nil {
		return 0
	}
	return len(waiting)
}

// homeApprovals has the home page say what waits for the reader's decision, and what the reader waits for.
func (u *UI) homeApprovals(ctx context.Context, v visit, w *words, data *homePage) error {
	if !v.Caller.May(access.ApprovalRead) {
		return nil
	}
	all, err := u.cfg.Approvals.List(ctx, v.Caller, approval.Filter{States: []approval.State{approval.Open}})
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b approval.Request) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	for _, r := range all {
		t := task{What: r.ObjectName, URL: "/approvals/" + r.ID}
		switch {
		case u.cfg.Approvals.MayDecide(v.Caller, r):
			t.Group, t.Says = taskApproval, w.own("home.approve", r.RequestedByName, w.enum("approval_kind", r.Kind),
				w.until(r.ExpiresAt))
		case r.RequestedBy == v.Caller.ID:
			t.Group, t.Says = taskWaiting, w.own("home.approval_waits", w.enum("approval_kind", r.Kind),
				w.until(r.ExpiresAt))
		default:
			continue
		}
		data.Tasks = append(data.Tasks, t)
	}
	return nil
}

// since is for how long something has been so.
func (w *words) since(t time.Time) string {
	text, err := w.Since(w.now(), t)
	if err != nil {
		return w.Date(t)
	}
	return text
}

// until is how far a time is, and the day.
func (w *words) until(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	distance, err := w.Distance(w.now(), t)
	if err != nil {
		return w.Date(t)
	}
	return distance
}
