package steps

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/web/ui/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// emailPage is the e-mail to the bank: its text, what is attached, and how far the exchange is.
type emailPage struct {
	page.Page
	Email   *email.Draft // nil: it cannot be written yet, and Missing says why
	Missing *wording.Sentence
	Step    checklist.Step
	Parent  parent
	Written i18n.Lang     // language of the e-mail
	QWACs   choice.Choice // that it can be about
	Today   string        // of date fields: the bank's
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

// ShowEmail shows the e-mail.
func (h *Handler) ShowEmail(c echo.Context, v session.Visit) error {
	return h.showEmail(c, v, nil)
}

func (h *Handler) showEmail(c echo.Context, v session.Visit, refused error) error {
	ctx, tr := c.Request().Context(), h.Pages.Translator(c)
	p, err := h.find(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	if err := p.step(c.Param("step")); err != nil {
		return err
	}
	data := emailPage{
		Page:    h.Pages.Page(c, "registrations", "email.title"),
		Parent:  p,
		Step:    p.Say(ctx, tr, h.People)[0],
		Written: emailLang(c),
		Today:   calendar.Of(h.Now(), p.Zone).String(),
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = h.emailURL(c), why
	draft, err := h.prepare(c, v)
	if err == nil {
		data.Email = &draft
	} else {
		data.Missing = tr.Problem(err)
	}
	ask := choice.Ask{Field: "certificate", Kind: certs.QWAC}
	if data.Email != nil {
		ask.Selected = data.Email.CertificateID
	}
	if data.QWACs, err = choice.Of(c, v.Caller, h.Certificates, ask); err != nil {
		return err
	}
	return h.Pages.Render(c, status, "steps/email", data)
}

func (h *Handler) emailURL(c echo.Context) string {
	return h.parentURL(c) + "/steps/" + c.Param("step") + "/email"
}

// prepare has the e-mail written in the language and about the certificate that were asked for.
func (h *Handler) prepare(c echo.Context, v session.Visit) (email.Draft, error) {
	return h.Service.PrepareEmail(c.Request().Context(), v.Caller, c.Param("id"), c.Param("step"),
		string(emailLang(c)), c.FormValue("certificate"))
}

// emailLang is the language asked for, or else the reader's.
func emailLang(c echo.Context) i18n.Lang {
	if lang := i18n.Lang(c.QueryParam("lang")); i18n.Known(lang) {
		return lang
	}
	return session.VisitOf(c).Lang
}

// DownloadEmail is the e-mail as a file that mail programs open as a draft.
func (h *Handler) DownloadEmail(c echo.Context, v session.Visit) error {
	draft, err := h.prepare(c, v)
	if err != nil {
		return h.showEmail(c, v, err)
	}
	return h.Pages.Download(c, "sealkeeper-"+draft.Language+".eml", "message/rfc822", draft.EML(h.Now()))
}

// DownloadAttachment is one of the e-mail's files, for those who write it by hand.
func (h *Handler) DownloadAttachment(c echo.Context, v session.Visit) error {
	draft, err := h.prepare(c, v)
	if err != nil {
		return h.showEmail(c, v, err)
	}
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil || n < 0 || n >= len(draft.Attachments) {
		return fault.New(fault.NotFound, "attachment_unknown", "The e-mail has no such attachment.")
	}
	a := draft.Attachments[n]
	return h.Pages.Download(c, a.Name, a.Type, a.Data)
}
