package wording

import (
	"slices"

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
	"request_approved":              {0: "action"},
	"request_rejected":              {0: "action"},
	"request_withdrawn":             {0: "action"},
	"request_expired":               {0: "action"},
	"request_failed":                {0: "action"},
	"request_found":                 {0: "action", 2: "approval_state"},
}

// Note says what a record has noted: a person's own words as they are, what a service
// wrote in the reader's language. Its code is that of a note, or of a fault.
func (t *Translator) Note(n note.Note) Sentence {
	if n.Code == "" || t.Lang() == i18n.English {
		return Sentence{Text: n.Text}
	}
	args, people := slices.Clone(n.Args), ""
	if last := len(args) - 1; last >= 0 && (args[last] == note.OnePerson || args[last] == note.TwoPeople) {
		args, people = args[:last], " ; "+t.Enum("note", args[last])
	}
	for i, set := range noteSets[n.Code] {
		if i < len(args) {
			args[i] = t.Enum(set, args[i])
		}
	}
	if text, ok := t.lookup("note."+n.Code, args); ok {
		return Sentence{Text: text + t.Typeset(people)}
	}
	return t.Fault(fault.Error{Code: n.Code, Message: n.Text, Args: n.Args})
}
