package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/remedy"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// blocker is one reason why a registration cannot be used, with the place where it is removed.
type blocker struct {
	Says sentence
	URL  string
	Code string
}

// blocker says a blocker in the reader's words. findings are those of the
// certificates in custody, for the blockers that are findings.
func (w *words) blocker(view registration.View, b registration.Blocker, findings map[string][]certs.Finding) blocker {
	said := w.reason(view, b, findings)
	// the English names it
	if b.Slot != "" && said.Says.Lang != i18n.English && w.Lang() != i18n.English && !strings.HasSuffix(b.Code,
		"_unusable") {
		first, size := utf8.DecodeRuneInString(said.Says.Text)
		said.Says.Text = w.own("blocker_slot."+string(b.Slot),
			string(unicode.ToLower(first))+said.Says.Text[size:]).Text
	}
	return said
}

// reason is what is wrong, without the name of the certificate it is wrong with.
func (w *words) reason(view registration.View, b registration.Blocker, findings map[string][]certs.Finding) blocker {
	said := blocker{Says: w.english(b.Message), Code: b.Code, URL: remedy.Page(b.Remedy)}
	if b.Code == "step_open" {
		for _, step := range view.Steps {
			if step.ID == b.Object {
				if text, ok := w.said("blocker.step_open", []string{w.pick(step.Title)}); ok {
					said.Says = sentence{Text: text}
				}
			}
		}
		return said
	}
	for _, args := range [][]string{b.Args, nil} { // a text need not repeat the values
		for _, set := range []string{"blocker.", "gate."} { // a gate that is shut is a blocker
			if text, ok := w.said(set+b.Code, args); ok {
				said.Says = sentence{Text: text}
				return said
			}
		}
	}
	for _, f := range findings[b.Object] {
		if f.Code == b.Code && f.Severity == certs.SeverityError {
			c := w.finding(f)
			said.Says = sentence{Text: c.Message.Text + " " + c.Remedy.Text, Lang: c.Message.Lang}
		}
	}
	return said
}

// findingsByID judges certificates, for the blockers that name them.
func (u *UI) findingsByID(records []vault.Record) map[string][]certs.Finding {
	all := map[string][]certs.Finding{}
	for _, r := range records {
		all[r.ID] = r.Findings(u.cfg.Now())
	}
	return all
}

// own is a text of the catalogue whose key is a constant of this package.
func (w *words) own(key string, args ...any) sentence {
	text, err := w.Text(key, args...)
	if err != nil {
		return sentence{Text: key}
	}
	return sentence{Text: text}
}
