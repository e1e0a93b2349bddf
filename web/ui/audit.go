package ui

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

const auditShown = 200

type auditPage struct {
	page.Page
	Rows []auditRow
}

// auditRow is an entry of the log in the reader's words.
type auditRow struct {
	audit.Entry
	Says wording.Sentence // what the log says besides
	URL  string           // of what it is about, "" when it has no page
}

func (u *UI) audit(c echo.Context, v session.Visit) error {
	entries, err := u.cfg.Audit.Latest(c.Request().Context(), v.Caller, auditShown)
	if err != nil {
		return err
	}
	w := u.pages.Translator(c)
	data := auditPage{Page: u.pages.Page(c, "audit", "audit.title")}
	for _, e := range entries {
		data.Rows = append(data.Rows, auditRow{Entry: e, Says: auditDetail(w, e), URL: objectURL(e)})
	}
	return u.pages.Render(c, http.StatusOK, "auditlog/audit", data)
}

// auditDetail says what the log says besides, which is English: a code of what was
// refused or failed, what somebody gave as the reason, or a sentence of a service.
func auditDetail(w *wording.Translator, e audit.Entry) wording.Sentence {
	switch {
	case e.Detail == "" || w.Lang() == i18n.English:
		return wording.Sentence{Text: e.Detail}
	case e.Outcome == audit.Failed || e.Outcome == audit.Denied:
		if said := w.Failure(e.Detail, ""); said.Text != "" {
			return said
		}
	case e.Action == access.CertRetire:
		return wording.Sentence{Text: e.Detail}
	}
	return w.Recorded(e.Detail)
}

// objectURL is the page of what an entry is about, "" when it has none.
func objectURL(e audit.Entry) string {
	if strings.Count(e.Object, "-") != 4 || len(e.Object) != 36 {
		return ""
	}
	if e.Action == access.CertRequest {
		if e.Outcome != audit.Done {
			return "" // nothing came of it
		}
		return link.CSR(e.Object)
	}
	kind, _, _ := strings.Cut(string(e.Action), ".")
	switch kind {
	case "cert":
		return link.Certificate(e.Object)
	case "bundle", "connection", "client":
		return link.Registration(e.Object)
	case "consent", "accounts", "tokens":
		return link.Consent(e.Object)
	case "approval":
		return link.Approval(e.Object)
	}
	return ""
}
