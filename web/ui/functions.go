package ui

import (
	"html/template"
	"strings"

	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

func functions(w *wording.Translator, a *assets) template.FuncMap {
	return template.FuncMap{
		"t":           w.Text,
		"count":       w.Count,
		"date":        w.Date,
		"moment":      w.Moment,
		"until":       w.Until,
		"since":       w.Since,
		"asset":       a.url,
		"text":        w.Pick,
		"join":        strings.Join,
		"urgency":     w.Urgency,
		"lifetime":    w.Lifetime,
		"enum":        w.Enum,
		"short":       wording.ShortID,
		"fingerprint": wording.Groups,
		"nav":         newNavItem,
		"caller":      w.Caller,
		"who":         w.Person,
		"day":         day,
		"size":        w.Size,
		"euro":        w.OrderAmount,
		"money":       w.Money,
		"failure":     w.Failure,
		"recorded":    w.Recorded,
		"isodate":     w.ISODate,
	}
}
