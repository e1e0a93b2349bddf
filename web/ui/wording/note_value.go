package wording

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// noteSets says which values of a note are of a closed set, by their place: the rest are said as they are.
var noteSets = map[string]map[int]string{
	"step":                          {0: "step_name"},
	"step_state":                    {0: "step_name", 1: "step_state"},
	"evidence_added":                {1: "step_name"},
	"email_sent":                    {0: "step_name"},
	"bank_answered":                 {0: "step_name"},
	"export_link_made":              {0: "key_format"},
	"incident_declared":             {0: "revocation_reason"},
	"records_forgotten":             {0: "records"},
	"terminal_allowed":              {1: lasting},
	"group_grants_changed":          {2: groups, 3: groups},
	"log_read_part":                 {0: question},
	"policy_began":                  {0: settings},
	"configuration_differs":         {0: settings},
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

	lasting  = "lasting"  // a length of time, 168h0m0s
	groups   = "groups"   // what groups stand for, as note.Parts has it
	settings = "settings" // of the policy, with what they are
	question = "question" // what was asked of the audit log: object=x outcome=denied
)

// noteWords say values that depend on each other.
var noteWords = map[string]func(t *Translator, args []string){
	"policy_changed": func(t *Translator, args []string) { t.change(args, 2) },
	"policy_broken":  func(t *Translator, args []string) { t.change(args, 3) },
	"bank_said": func(t *Translator, args []string) {
		if len(args) > 1 {
			args[0], args[1] = t.Enum("acceptance", args[0]), t.BankFact(args[0], args[1])
		}
	},
}

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
	case lasting:
		return t.Lasting(value)
	case groups:
		return t.groups(value)
	case question:
		return t.question(value)
	case settings:
		return t.settings(value)
	case "step_name":
		if said := t.Enum("step_name", value); said != value {
			return said
		}
		return words // of a bank of the firm's own
	case "payment_reason":
		if t.Lang() == i18n.English {
			return words
		}
	}
	return t.Enum(set, value)
}

// groups says what somebody's groups at an identity provider stand for on parts.
func (t *Translator) groups(value string) string {
	var said []string
	parts := json.NewDecoder(strings.NewReader(value))
	if begin, err := parts.Token(); err != nil || begin != json.Delim('[') {
		return value
	}
	for parts.More() {
		var p note.Part
		if err := parts.Decode(&p); err != nil { // a long value was cut
			said = append(said, "…")
			break
		}
		on := t.Enum("scope", p.Scope)
		if p.Scope == "environment" {
			p.On = t.Enum("environment", p.On)
		}
		if p.On != "" {
			on += " " + p.On
		}
		said = append(said, t.Say("grants.of_group", t.Enum("role", p.Role), on, p.Group).Text)
	}
	if len(said) == 0 {
		return t.Say("grants.of_no_group").Text
	}
	return strings.Join(said, t.Typeset(t.semicolon()))
}

// asked is a filter in what was asked of the audit log.
var asked = regexp.MustCompile(`(?:^| )(object|person|action|outcome|from|until)=`)

func (t *Translator) question(value string) string {
	var said []string
	at := asked.FindAllStringSubmatchIndex(value, -1)
	for i, m := range at {
		end := len(value)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		name, of := value[m[2]:m[3]], value[m[1]:end]
		switch name {
		case "action", "outcome":
			of = t.Enum(name, of)
		default:
			of = t.value(ShortID(of))
		}
		said = append(said, t.Enum("asked", name)+" "+of)
	}
	if len(said) == 0 {
		return value
	}
	return strings.Join(said, ", ")
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
