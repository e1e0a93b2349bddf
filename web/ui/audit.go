package ui

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

const auditShown = 200

type auditPage struct {
	page
	Rows []audit.Entry
}

func (u *UI) audit(c echo.Context, v visit) error {
	entries, err := u.cfg.Audit.Latest(c.Request().Context(), v.Caller, auditShown)
	if err != nil {
		return err
	}
	return u.render(c, http.StatusOK, "audit", auditPage{
		page: u.page(c, "audit", u.title(c, "audit.title")),
		Rows: entries,
	})
}

// auditDetail says what the log says besides, which is English: a code of what was
// refused or failed, what somebody gave as the reason, or a wording.Sentence of a service.
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
