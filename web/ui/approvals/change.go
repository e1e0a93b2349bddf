package approvals

import (
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// changeRow is one line of the difference in the reader's words.
type changeRow struct {
	What          string
	Before, After changeValue
	Says          wording.Sentence
}

// changeValue is a value, and of a certificate what tells it from others and when it ends.
type changeValue struct{ Text, SHA256, Until string }

// sayChange says a line of the difference.
func sayChange(tr *wording.Translator, c approval.Change) changeRow {
	field, fact, composed := strings.Cut(c.Field, ".")
	row := changeRow{
		What:   tr.Enum("change_field", field),
		Before: sayValue(tr, field, c.Before, c.BeforeCertificate),
		After:  sayValue(tr, field, c.After, c.AfterCertificate),
		Says:   tr.Translate(c.Code, sayFacts(tr, field, c.Args), c.Consequence),
	}
	if composed {
		row.What += tr.Say("layout.colon").Text + " " + tr.Enum("fact", fact)
	}
	return row
}

// factSets are the sets of what a bank's catalogue says, by the field of a change: one for each value in it.
var factSets = map[string][]string{"bank": {"recognises", "channel", "known"}, "consents": {"impact"}}

// sayFacts says the values of a change.
func sayFacts(tr *wording.Translator, field string, values []string) []string {
	said := slices.Clone(values)
	for i, set := range factSets[field][:min(len(values), len(factSets[field]))] {
		said[i] = tr.Enum(set, said[i])
	}
	return said
}

func sayValue(tr *wording.Translator, field, text string, certificate *approval.Certificate) changeValue {
	switch {
	case certificate != nil:
		return changeValue{
			Text:   strings.ReplaceAll(certificate.Subject, ",", ", "),
			SHA256: certificate.SHA256,
			Until:  tr.Date(certs.Day(certificate.NotAfter)),
		}
	case field == "service": // a line for each of its parts
		parts := strings.Split(text, "\n")
		for i, part := range parts {
			parts[i] = tr.Enum("service_purpose", part)
		}
		return changeValue{Text: strings.Join(parts, "; ")}
	case field == "announced_tokens": // the value, where it was read and where that is kept
		value, more, _ := strings.Cut(text, "\n")
		return changeValue{Text: strings.TrimSpace(tr.Enum("change_value", value) + "\n" + more)}
	case factSets[field] != nil:
		return changeValue{Text: sayFacts(tr, field, []string{text})[0]}
	}
	return changeValue{Text: tr.Enum("change_value", text)}
}
