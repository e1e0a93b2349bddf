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
	"role_granted":                  {0: "role", 1: "scope"},
	"grant_revoked":                 {0: "role", 1: "scope"},
	"roles_changed":                 {0: given, 1: given},
	"person_invited":                {1: given},
	"user_created":                  {0: given},
	"user_joined":                   {2: given},
	"review_keep_proposed":          {1: given},
	"review_removal_proposed":       {1: given},
	"review_kept":                   {1: given},
	"review_removed":                {1: given},
}

// given is what somebody was given: roles or purposes, or a name in quotation marks.
const given = "given"

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
	if n.Code == "" || t.Lang() == i18n.English {
		if n.Code == n.Text { // of a failure whose sentence has values, the code alone is kept
			return Sentence{Text: strings.ReplaceAll(n.Text, "_", " ")}
		}
		return Sentence{Text: n.Text}
	}
	args, people := slices.Clone(n.Args), ""
	if last := len(args) - 1; last >= 0 && (args[last] == note.OnePerson || args[last] == note.TwoPeople) {
		args, people = args[:last], " ; "+t.Enum("note", args[last])
	}
	for i, set := range noteSets[n.Code] {
		if i < len(args) {
			if set == given {
				args[i] = t.given(args[i])
			} else {
				args[i] = t.Enum(set, args[i])
			}
		}
	}
	if text, ok := t.lookup("note."+n.Code, args); ok {
		return Sentence{Text: text + t.Typeset(people)}
	}
	said := t.Fault(fault.Error{Code: n.Code, Message: n.Text, Args: n.Args})
	if n.Text != n.Code || said.Text != n.Text {
		return said
	}
	text, err := t.Text("fault." + n.Code) // its values were not kept
	if err != nil {
		return t.English(n.Text)
	}
	return Sentence{Text: value.ReplaceAllString(text, "…")}
}

// value is where a sentence has one.
var value = regexp.MustCompile(`%(\[\d\])?[sd]`)
