package ui

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// emailPage is the e-mail to the bank: its text, what is attached, and how far the exchange is.
type emailPage struct {
	page
	Email   *email.Draft // nil: it cannot be written yet, and Missing says why
	Missing *sentence
	Step    stepView
	Subject subject
	Written i18n.Lang // language of the e-mail
	QWACs   []vault.Record
	Today   string // of date fields
}

// Text is the e-mail as one text to copy.
func (p emailPage) Text() string {
	return p.Email.Subject + "\n\n" + p.Email.Body
}

// URL is the page's address in a language, about the same certificate.
func (p emailPage) URL(kind, lang string) string {
	address := p.Step.Base + "/steps/" + p.Step.ID + "/" + kind + "?lang=" + lang
	if p.Email != nil {
		address += "&certificate=" + p.Email.CertificateID
	}
	return address
}

func (u *UI) email(c echo.Context, v visit) error {
	return u.emailPage(c, v, http.StatusOK, nil)
}

func (u *UI) emailFailed(c echo.Context, v visit, err error) error {
	return u.emailPage(c, v, problem.Of(err).Status, u.words(c).problem(err))
}

func (u *UI) emailPage(c echo.Context, v visit, status int, why *sentence) error {
	ctx, w := c.Request().Context(), u.words(c)
	s, err := u.subject(ctx, v, c)
	if err != nil {
		return err
	}
	step, err := s.step(c.Param("step"))
	if err != nil {
		return err
	}
	data := emailPage{
		page:    u.page(c, "registrations", u.title(c, "email.title")),
		Subject: s,
		Written: emailLang(c),
		Today:   day(u.cfg.Now()),
	}
	data.Path, data.Problem = s.Base+"/steps/"+step.ID+"/email", why
	s.steps = []checklist.Step{step}
	data.Step = u.checklist(ctx, w, s.checklistPage)[0]
	draft, err := u.prepare(c, v)
	if err == nil {
		data.Email = &draft
	} else {
		data.Missing = w.problem(err)
	}
	if v.Caller.May(access.CertList) {
		if data.QWACs, err = u.qwacs(ctx, v); err != nil {
			return err
		}
	}
	return u.render(c, status, "letter", data)
}

// prepare has the e-mail written in the language and about the certificate that were asked for.
func (u *UI) prepare(c echo.Context, v visit) (email.Draft, error) {
	return u.cfg.Registrations.PrepareEmail(c.Request().Context(), v.Caller, c.Param("id"), c.Param("step"),
		string(emailLang(c)), c.FormValue("certificate"))
}

// emailLang is the language asked for, or else the reader's.
func emailLang(c echo.Context) i18n.Lang {
	if lang := i18n.Lang(c.QueryParam("lang")); i18n.Known(lang) {
		return lang
	}
	return visitOf(c).Lang
}

func (u *UI) qwacs(ctx context.Context, v visit) ([]vault.Record, error) {
	records, err := u.cfg.Vault.List(ctx, v.Caller)
	var found []vault.Record
	for _, r := range records {
		if r.State == vault.Stored && r.Leaf.Kind == certs.QWAC {
			found = append(found, r)
		}
	}
	return found, err
}

// emailFile is the e-mail as a file that mail programs open as a draft.
func (u *UI) emailFile(c echo.Context, v visit) error {
	draft, err := u.prepare(c, v)
	if err != nil {
		return u.emailFailed(c, v, err)
	}
	return u.download(c, "sealkeeper-"+draft.Language+".eml", "message/rfc822", draft.EML(u.cfg.Now()))
}

// attachment is one of its files, for those who write the e-mail by hand.
func (u *UI) attachment(c echo.Context, v visit) error {
	draft, err := u.prepare(c, v)
	if err != nil {
		return u.emailFailed(c, v, err)
	}
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil || n < 0 || n >= len(draft.Attachments) {
		return fault.New(fault.NotFound, "attachment_unknown", "The e-mail has no such attachment.")
	}
	a := draft.Attachments[n]
	return u.download(c, a.Name, a.Type, a.Data)
}

func (u *UI) download(c echo.Context, name, contentType string, data []byte) error {
	if err := u.saveSession(c); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+fileName(name)+`"`)
	return c.Blob(http.StatusOK, contentType, data)
}

func (u *UI) emailSent(c echo.Context, v visit) error {
	at, err := u.dayField(c, "day")
	if err != nil {
		return u.emailFailed(c, v, err)
	}
	sent := email.Dispatch{
		At:            at,
		CertificateID: c.FormValue("certificate"),
		Note:          strings.TrimSpace(c.FormValue("note")),
	}
	if _, err := u.cfg.Registrations.RecordSent(c.Request().Context(), v.Caller, c.Param("id"), c.Param("step"),
		sent); err != nil {
		return u.emailFailed(c, v, err)
	}
	u.confirm(c, "notice.email_sent")
	return u.redirect(c, baseOf(c)+"/steps/"+c.Param("step")+"/email")
}

func (u *UI) emailAnswered(c echo.Context, v visit) error {
	at, err := u.dayField(c, "day")
	if err != nil {
		return u.emailFailed(c, v, err)
	}
	answer := email.Answer{
		At:        at,
		From:      strings.TrimSpace(c.FormValue("from")),
		Confirmed: c.FormValue("answer") == "confirmed",
		Note:      strings.TrimSpace(c.FormValue("note")),
	}
	if err := u.cfg.Registrations.RecordAnswer(c.Request().Context(), v.Caller, c.Param("id"), c.Param("step"),
		answer); err != nil {
		return u.emailFailed(c, v, err)
	}
	u.confirm(c, "notice.email_answered")
	return u.redirect(c, baseOf(c)+"#step-"+c.Param("step"))
}

// dayField reads a date field. Today is the zero time, by which the services
// mean now: what happened today has happened already.
func (u *UI) dayField(c echo.Context, name string) (time.Time, error) {
	text := strings.TrimSpace(c.FormValue(name))
	if text == "" || text == day(u.cfg.Now()) {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fault.Wrap(err, fault.Invalid, "day_invalid", "Give the day as year-month-day, 2026-11-30.")
	}
	return t, nil
}
