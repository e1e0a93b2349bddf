package approvals

import (
	"context"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
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

// byName says by its bank's name which former version a line is about.
func (h *Handler) byName(
	ctx context.Context, v session.Visit, tr *wording.Translator, c approval.Change,
) approval.Change {
	id, number, is := strings.Cut(c.Before, " version ")
	if c.Field != "bundle" || !is || !v.Caller.May(access.InstitutionRead) {
		return c
	}
	in, err := h.Institutions.Institution(ctx, v.Caller, id)
	if err != nil {
		return c // the catalogue has it no longer
	}
	said := tr.Say("approval.version_of", in.Name, number).Text
	c.Consequence = strings.Replace(c.Consequence, c.Before, said, 1)
	c.Before, c.Args = said, []string{said}
	return c
}

// sayChange says a line of the difference of what a request is about.
func sayChange(tr *wording.Translator, object string, c approval.Change) changeRow {
	field, fact, composed := strings.Cut(c.Field, ".")
	row := changeRow{
		What:   tr.Enum("change_field", field),
		Before: sayValue(tr, field, object, c.Before, c.BeforeCertificate),
		After:  sayValue(tr, field, object, c.After, c.AfterCertificate),
		Says:   tr.Translate(c.Code, sayFacts(tr, field, c.Args), c.Consequence),
	}
	if field == "policy" {
		row.What = tr.Setting(object)
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

// valueSets are the sets that the values of a field are of, where it has some of its own.
var valueSets = map[string][]string{
	"state":    {"state"},
	"key":      {"key_mode", "state"},
	"incident": {"revocation_reason", "change_value"},
}

func sayValue(tr *wording.Translator, field, object, text string, certificate *approval.Certificate) changeValue {
	switch {
	case field == "policy":
		return changeValue{Text: tr.SettingValue(object, text)}
	case valueSets[field] != nil:
		said := text
		for _, set := range valueSets[field] {
			if said == text {
				said = tr.Enum(set, text)
			}
		}
		return changeValue{Text: said}
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
