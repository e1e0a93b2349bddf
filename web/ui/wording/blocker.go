package wording

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/remedy"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// Blocker is one reason why a registration cannot be used, with the place where it is removed.
type Blocker struct {
	Says Sentence
	URL  string
	Code string
}

// Blocker says a blocker in the reader's words. findings are those of the
// certificates in custody, for the blockers that are findings.
func (t *Translator) Blocker(
	view registration.View, b registration.Blocker, findings map[string][]rules.Finding,
) Blocker {
	said := Blocker{Says: t.reason(view, b, findings), URL: remedy.Page(b.Remedy), Code: b.Code}
	english := said.Says.Lang == i18n.English || t.Lang() == i18n.English // it names the certificate itself
	if b.Slot != "" && !english && !strings.HasSuffix(b.Code, "_unusable") {
		first, size := utf8.DecodeRuneInString(said.Says.Text)
		said.Says.Text = t.Say("blocker_slot."+string(b.Slot),
			string(unicode.ToLower(first))+said.Says.Text[size:]).Text
	}
	return said
}

// reason is what is wrong, without the name of the certificate it is wrong with.
func (t *Translator) reason(
	view registration.View, b registration.Blocker, findings map[string][]rules.Finding,
) Sentence {
	if b.Code == "step_open" {
		return t.openStep(view, b)
	}
	for _, args := range [][]string{b.Args, nil} { // a text need not repeat the values
		for _, set := range []string{"blocker.", "gate."} { // a gate that is shut is a blocker
			if text, ok := t.lookup(set+b.Code, args); ok {
				return Sentence{Text: text}
			}
		}
	}
	said := t.English(b.Message)
	for _, f := range findings[b.Object] {
		if f.Code == b.Code && f.Severity == rules.SeverityError {
			finding := t.Finding(f)
			said = Sentence{
				Text: finding.Message.Text + " " + finding.Remedy.Text,
				Lang: finding.Message.Lang,
			}
		}
	}
	return said
}

// openStep says that a step of the checklist is not done.
func (t *Translator) openStep(view registration.View, b registration.Blocker) Sentence {
	for _, step := range view.Steps {
		if step.ID == b.Object {
			return t.Translate("blocker.step_open", []string{t.Pick(step.Title)}, b.Message)
		}
	}
	return t.English(b.Message)
}
