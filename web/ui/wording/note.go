package wording

import (
	"regexp"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// Note says what a record has noted: a person's own words as they are, what a service
// wrote in the reader's language. Its code is that of a note, or of a fault.
func (t *Translator) Note(n note.Note) Sentence {
	if n.Code == "" {
		return Sentence{Text: n.Text}
	}
	if text, ok := t.noted(n); ok {
		return Sentence{Text: text}
	}
	if t.Lang() == i18n.English {
		if n.Code == n.Text { // a failure whose sentence was not kept
			return Sentence{Text: strings.ReplaceAll(n.Text, "_", " ")}
		}
		return Sentence{Text: n.Text}
	}
	said := t.Fault(fault.Error{Code: n.Code, Message: n.Text, Args: n.Args})
	if said.Text != n.Text {
		return said
	}
	for _, key := range []string{"fault." + n.Code + ".with", "fault." + n.Code} {
		if text, err := t.Text(key); err == nil { // its values were not kept
			return Sentence{Text: value.ReplaceAllString(text, "…")}
		}
	}
	return t.English(n.Text)
}

// noted is what the catalogue says of a note. The English one has the notes that have values of a set or times in them:
// the rest is in the records as it is to be read.
func (t *Translator) noted(n note.Note) (string, bool) {
	args, people := slices.Clone(n.Args), ""
	if last := len(args) - 1; last >= 0 && note.People[args[last]] != "" {
		args, people = args[:last], t.Typeset(t.semicolon())+t.Enum("note", args[last])
	}
	if say := noteWords[n.Code]; say != nil {
		say(t, args)
	}
	for i, set := range noteSets[n.Code] {
		if i < len(args) {
			args[i] = t.noteValue(set, args[i])
		}
	}
	text, ok := t.filled("note."+n.Code, args)
	return strings.TrimSpace(text) + people, ok
}

func (t *Translator) semicolon() string {
	if t.Lang() == i18n.French {
		return " ; "
	}
	return "; "
}

// value is where a sentence has one.
var value = regexp.MustCompile(`%(\[\d\])?[sd]`)
