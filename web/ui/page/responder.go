// Package page answers one question: how does the console answer a request? With a page in the reader's language, by
// sending the browser on, with a file, or with what went wrong.
package page

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Inbox knows which requests wait for a person's decision.
type Inbox interface {
	Inbox(ctx context.Context, caller access.Caller) ([]approval.Request, error)
}

// Policy knows whether a change in an environment takes two people.
type Policy interface {
	Required(ctx context.Context, env environment.Name) bool
}

// Passkeys knows whether somebody can confirm with a passkey that it is them.
type Passkeys interface {
	Usable(ctx context.Context, caller access.Caller) bool
}

// Accounts knows with which accounts somebody can confirm that it is them.
type Accounts interface {
	AccountsOf(ctx context.Context, caller access.Caller) ([]identity.Account, error)
}

// Config is what answers are made with. Evaluation may be empty.
type Config struct {
	Files      fs.FS // with the folders templates and static
	Sessions   *session.Manager
	Inbox      Inbox
	Policy     Policy
	Passkeys   Passkeys
	Accounts   Accounts
	Now        func() time.Time
	Evaluation string
	Support    Support
	Desk       string // page that helps to evaluate; may be empty
}

// Responder answers requests. It is safe for concurrent use.
type Responder struct {
	cfg       Config
	assets    assets
	languages languages
}

// New reads the static files and catalogues, and parses the templates that all pages share. A broken one is an error
// here.
func New(cfg Config) (*Responder, error) {
	r := &Responder{cfg: cfg}
	var err error
	if r.assets, err = loadAssets(cfg.Files); err != nil {
		return nil, err
	}
	r.languages, err = loadLanguages(cfg.Files, cfg.Now, r.assets)
	return r, err
}

// Page starts a page. titleKey is a key of the catalogue.
func (r *Responder) Page(c echo.Context, section, titleKey string) Page {
	return r.Named(c, section, r.Translator(c).Say(titleKey).Text)
}

// Named starts a page whose title is a name.
func (r *Responder) Named(c echo.Context, section, title string) Page {
	v := session.VisitOf(c)
	p := Page{
		Title:      title,
		Section:    section,
		Path:       "/",
		Lang:       v.Lang,
		Theme:      v.Theme,
		Caller:     v.Shown(),
		ofOne:      c.Param("id") != "",
		Evaluation: r.cfg.Evaluation,
		Desk:       r.cfg.Desk,
		Support:    r.cfg.Support,
		Notice:     r.cfg.Sessions.Notice(c),
		Inbox:      r.inbox(c.Request().Context(), v.Caller),
		OnePerson:  v.Caller.ID != "" && !r.cfg.Policy.Required(c.Request().Context(), environment.Live),
		Confirm:    confirmation(c),
	}
	if c.Request().Method == http.MethodGet {
		p.Path = c.Request().URL.RequestURI()
	} else {
		p.Posted = c.Request().URL.Path
	}
	return p
}

// inbox counts what waits for the reader, for the navigation. Not knowing is no
// reason to show no page: the inbox itself says what is wrong.
func (r *Responder) inbox(ctx context.Context, caller access.Caller) int {
	if !caller.May(access.ApprovalDecide) && !caller.MayOnPart(access.ApprovalDecide) {
		return 0
	}
	waiting, err := r.cfg.Inbox.Inbox(ctx, caller)
	if err != nil {
		return 0
	}
	return len(waiting)
}

// Translator speaks the reader's language.
func (r *Responder) Translator(c echo.Context) *wording.Translator {
	return r.languages[session.VisitOf(c).Lang].translator
}

// Refusal is the status and the problem of a page that is shown again because something was refused. No error, no
// problem.
func (r *Responder) Refusal(c echo.Context, refused error) (status int, why *wording.Sentence) {
	if refused == nil {
		return http.StatusOK, nil
	}
	r.needConfirmation(c, refused)
	problem.SetRetryAfter(c, refused)
	return problem.Of(refused).Status, r.Translator(c).Problem(refused)
}

// SayLimit says how many more may come of the most at once, and when all are there again.
func (r *Responder) SayLimit(
	c echo.Context, name string, most int, window time.Duration, left int, full time.Duration,
) {
	problem.SetRateLimit(c, name, most, window, left, full)
}

// ChangeRequested reports whether what was refused was requested instead, because it takes two people.
func (r *Responder) ChangeRequested(refused error) bool {
	code := fault.Code(refused)
	return refused != nil && code == "change_requested"
}

// Render answers with a page: the template of that name, "certificates/upload". Nothing is sent
// before the whole page is there.
func (r *Responder) Render(c echo.Context, status int, name string, data any) error {
	html, err := r.languages[session.VisitOf(c).Lang].execute(name, data)
	if err != nil {
		return err
	}
	if err := r.cfg.Sessions.Save(c); err != nil {
		return err
	}
	return c.HTMLBlob(status, html)
}

// Redirect sends the browser on, after a form to the page that shows its result.
func (r *Responder) Redirect(c echo.Context, to string) error {
	if err := r.cfg.Sessions.Save(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// Done confirms on the page the browser is sent to that something was done. notice is a key of the catalogue.
func (r *Responder) Done(c echo.Context, notice, to string) error {
	r.cfg.Sessions.Confirm(c, notice)
	return r.Redirect(c, to)
}
