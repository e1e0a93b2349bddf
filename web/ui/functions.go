package ui

import (
	"html/template"
	"strings"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

func functions(w *wording.Translator, a *assets) template.FuncMap {
	return template.FuncMap{
		"t":            w.Text,
		"count":        w.Count,
		"date":         w.Date,
		"moment":       w.Moment,
		"until":        w.Until,
		"since":        w.Since,
		"asset":        a.url,
		"text":         w.Pick,
		"join":         strings.Join,
		"urgency":      w.Urgency,
		"lifetime":     w.Lifetime,
		"enum":         w.Enum,
		"short":        wording.ShortID,
		"fingerprint":  wording.Groups,
		"objectURL":    objectURL,
		"nav":          newNavItem,
		"caller":       w.Caller,
		"who":          w.Person,
		"approvalIcon": approvalIcon,
		"slotOf":       slotOf,
		"day":          day,
		"size":         w.Size,
		"consentLook":  consentLook,
		"paymentIcon":  paymentIcon,
		"euro":         w.OrderAmount,
		"money":        w.Money,
		"statusSays":   func(s connector.PaymentStatus) wording.Sentence { return paymentStatus(w, s) },
		"reasonSays":   func(r connector.PaymentReason) wording.Sentence { return paymentReason(w, r) },
		"failure":      w.Failure,
		"recorded":     w.Recorded,
		"gateSays":     func(g registration.Gate) wording.Sentence { return sayGate(w, g).Says },
		"approvalNote": func(r approval.Request) wording.Sentence { return approvalNote(w, r) },
		"auditDetail":  func(e audit.Entry) wording.Sentence { return auditDetail(w, e) },
		"reported":     func(r report) wording.Sentence { return reported(w, r) },
		"probed":       func(p probe) wording.Sentence { return probed(w, p) },
		"isodate":      w.ISODate,
		"requestURL":   link.CSR,
	}
}
