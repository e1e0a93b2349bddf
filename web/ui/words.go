package ui

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// words says in one language what the services say in codes and in English.
type words struct {
	*i18n.Catalogue
	fallback *i18n.Catalogue
	now      func() time.Time
}

// sentence is text that may be in another language than the page.
type sentence struct {
	Text string
	Lang i18n.Lang // "" when it is the page's own
}

func (w *words) functions(a *assets) template.FuncMap {
	return template.FuncMap{
		"t":            w.Text,
		"count":        w.Count,
		"date":         w.Date,
		"moment":       w.Moment,
		"until":        func(t time.Time) (string, error) { return w.Distance(w.now(), t) },
		"since":        func(t time.Time) (string, error) { return w.Since(w.now(), t) },
		"asset":        a.url,
		"text":         w.pick,
		"says":         func(s string) sentence { return sentence{Text: s} },
		"join":         strings.Join,
		"urgency":      func(t time.Time) string { return urgency(i18n.Days(w.now(), t)) },
		"lifetime":     func(c *certs.Certificate) int { return lifetime(c, w.now()) },
		"enum":         w.enum,
		"short":        short,
		"fingerprint":  fingerprint,
		"objectURL":    objectURL,
		"nav":          newNavItem,
		"caller":       w.caller,
		"who":          w.who,
		"approvalIcon": approvalIcon,
		"slotOf":       slotOf,
		"day":          day,
		"size":         w.size,
		"consentLook":  consentLook,
		"paymentIcon":  paymentIcon,
		"euro":         w.planned,
		"money":        w.money,
		"statusSays":   w.paymentStatus,
		"reasonSays":   w.paymentReason,
		"failure":      w.failure,
		"recorded":     w.recorded,
		"gateSays":     func(g checklist.Gate) sentence { return w.gate(g).Says },
		"approvalNote": w.approvalNote,
		"auditDetail":  w.auditDetail,
		"reported":     w.reported,
		"probed":       w.probed,
		"isodate":      w.isoDate,
		"requestURL":   requestURL,
		"compareURL":   compareURL,
	}
}

// enum says a value of a closed set, "state.pending"; a value nobody knows stays as it is.
func (w *words) enum(set string, value any) string {
	text, err := w.Text(set + "." + fmt.Sprint(value))
	if err != nil {
		return fmt.Sprint(value)
	}
	return text
}

// pick is the catalogue file's text in the reader's language.
func (w *words) pick(t catalogue.Text) string {
	if w.Lang() == i18n.French && t.FR != "" {
		return w.Typeset(t.FR)
	}
	return t.EN
}

// english marks text of a service as the English it is.
func (w *words) english(text string) sentence {
	if w.Lang() == i18n.English {
		return sentence{Text: text}
	}
	return sentence{Text: text, Lang: i18n.English}
}

// said returns the catalogue's text under key with args, if it has one that takes so many.
func (w *words) said(key string, args []string) (string, bool) {
	if w.Lang() == i18n.English || !w.Has(key) {
		return "", false
	}
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a
		for _, layout := range []string{i18n.EnglishDate, time.DateOnly} {
			if day, err := time.Parse(layout, a); err == nil {
				values[i] = w.Date(day)
			}
		}
	}
	text, err := w.Text(key, values...)
	if err != nil || strings.Contains(text, "%!") {
		return "", false // fmt's mark for verbs and arguments that do not match
	}
	return text, true
}

// check is a finding in the reader's words.
type check struct {
	Severity certs.Severity
	Message  sentence
	Remedy   sentence
	Clause   string
	Code     string
}

func (w *words) finding(f certs.Finding) check {
	c := check{
		Severity: f.Severity,
		Clause:   f.Clause,
		Code:     f.Code,
		Message:  w.english(f.Message),
		Remedy:   w.english(f.Remedy),
	}
	if text, ok := w.said("finding."+f.Code, f.Args); ok {
		c.Message = sentence{Text: text}
		if remedy, ok := w.said("remedy."+f.Code, nil); ok {
			c.Remedy = sentence{Text: remedy}
		}
	}
	return c
}

func (w *words) findings(all []certs.Finding) []check {
	checks := make([]check, len(all))
	for i, f := range all {
		checks[i] = w.finding(f)
	}
	return checks
}

// worst is the most serious of the findings, "" when there are none. Judge puts it first.
func worst(findings []certs.Finding) certs.Severity {
	if len(findings) == 0 {
		return ""
	}
	return findings[0].Severity
}

// urgency is how a number of days left looks.
func urgency(days int) string {
	switch {
	case days < 14:
		return "error"
	case days < 60:
		return "warning"
	}
	return "calm"
}

// lifetime is how much of a certificate's validity period has passed, in percent.
func lifetime(c *certs.Certificate, now time.Time) int {
	whole, passed := c.NotAfter.Sub(c.NotBefore), now.Sub(c.NotBefore)
	if whole <= 0 {
		return 100
	}
	return int(min(max(100*passed/whole, 0), 100))
}

// short is the end of an id: enough to tell two apart.
func short(id string) string {
	if len(id) > 36 || strings.Count(id, "-") != 4 {
		return id
	}
	return id[strings.LastIndex(id, "-")+1:]
}

// fingerprint groups a hash so that two can be compared by eye.
func fingerprint(hash string) string {
	var groups []string
	for len(hash) > 4 {
		groups = append(groups, hash[:4])
		hash = hash[4:]
	}
	return strings.Join(append(groups, hash), " ")
}

// isoDate writes a date, "2026-11-01", in words; of a bank's moment its day, as the bank counts it.
func (w *words) isoDate(text string) string {
	t, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))])
	if err != nil {
		return text
	}
	return w.Date(t)
}
