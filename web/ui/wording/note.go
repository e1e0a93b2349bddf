package wording

import (
	"regexp"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// noteSets says which values of a note are of a closed set, by their place: the rest are said as they are.
var noteSets = map[string]map[int]string{
	"step_state":                    {1: "step_state"},
	"csr_made":                      {0: "kind"},
	"imported":                      {0: "kind"},
	"imported_successor":            {0: "kind"},
	"imported_exportable":           {0: "kind"},
	"imported_successor_exportable": {0: "kind"},
	"payment_reason":                {0: "payment_reason"},
	"payment_became":                {0: "payment_state"},
	"request_opened":                {0: "action"},
	"request_alone":                 {0: "action"},
	"request_approved":              {0: "action"},
	"request_rejected":              {0: "action"},
	"request_withdrawn":             {0: "action"},
	"request_expired":               {0: "action"},
	"request_failed":                {0: "action"},
	"request_found":                 {0: "action", 2: "approval_state"},
	"role_granted":                  {0: "role", 1: "scope", 2: "environment", 3: until},
	"grant_revoked":                 {0: "role", 1: "scope", 2: "environment"},
	"repeated":                      {0: failure},
	"revocation_found":              {2: "revocation_reason"},
	"roles_changed":                 {0: given, 1: given},
	"person_invited":                {1: given},
	"user_created":                  {0: given},
	"user_joined":                   {2: given},
	"review_keep_proposed":          {1: given},
	"review_removal_proposed":       {1: given},
	"review_kept":                   {1: given},
	"review_removed":                {1: given},
}

// What is no set of the catalogue.
const (
	given   = "given"   // what somebody was given: roles or purposes, or a name in quotation marks
	until   = "until"   // until when something holds, or a dash
	failure = "failure" // the code of a refusal
)

func (t *Translator) noteValue(set, value string) string {
	words := strings.ReplaceAll(value, "_", " ") // of a code that no catalogue has
	switch set {
	case given:
		return t.given(value)
	case until:
		if value == "-" {
			return t.Say("grants.no_end").Text
		}
		return t.Say("grants.until", t.value(value)).Text
	case failure:
		return strings.TrimSuffix(t.Failure(value, words).Text, ".")
	case "payment_reason":
		if t.Lang() == i18n.English {
			return words
		}
	}
	return t.Enum(set, value)
}

func (t *Translator) given(value string) string {
	if strings.HasPrefix(value, "“") {
		return value
	}
	words := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' })
	for i, word := range words {
		if words[i] = t.Enum("role", word); words[i] == word {
			words[i] = t.Enum("service_purpose", word)
		}
	}
	return strings.Join(words, ", ")
}

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
