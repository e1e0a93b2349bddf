package wording

import (
	"regexp"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
)

// Setting names a setting of the policy.
func (t *Translator) Setting(name string) string {
	if id, ok := strings.CutPrefix(name, "institutions."); ok {
		return t.Say("policy.correction", id).Text
	}
	return t.Enum("policy_setting", name)
}

// SettingValue says the value of a setting of the policy. A correction of the catalogue stays as it is.
func (t *Translator) SettingValue(name, value string) string {
	if strings.HasPrefix(name, "institutions.") {
		return value
	}
	if said := t.Enum("policy_value", name+"."+value); said != name+"."+value {
		return said
	}
	return t.Lasting(value)
}

// Lasting says a length of time in the largest unit that is whole; what is none stays as it is.
func (t *Translator) Lasting(text string) string {
	const day = 24 * time.Hour
	d, err := time.ParseDuration(text)
	if err != nil {
		return text
	}
	unit, n := "policy.minutes", int(d/time.Minute)
	switch {
	case d%day == 0:
		unit, n = "policy.days", int(d/day)
	case d%time.Hour == 0:
		unit, n = "policy.hours", int(d/time.Hour)
	}
	if said, err := t.Count(unit, n); err == nil {
		return said
	}
	return text
}

// Requested names what a request wants to change.
func (t *Translator) Requested(r approval.Request) string {
	if r.Kind == access.PolicyChange {
		return t.Setting(r.ObjectName)
	}
	return r.ObjectName
}

// setting is one in a record, with its value and, in parentheses, with what a configuration has in place of it.
var setting = regexp.MustCompile(`([a-z_]+\.[\w.-]+)(?: ([^\s;,()]+))?(?: \(([^\s;,()]+)\))?`)

// settings says settings that a record names.
func (t *Translator) settings(value string) string {
	var said []string
	for _, m := range setting.FindAllStringSubmatch(value, -1) {
		is := t.Setting(m[1])
		if m[2] != "" {
			is += t.Say("layout.colon").Text + " " + t.SettingValue(m[1], m[2])
		}
		if m[3] != "" {
			is += " (" + t.SettingValue(m[1], m[3]) + ")"
		}
		said = append(said, is)
	}
	return strings.Join(said, t.Typeset(t.semicolon()))
}

// change says a change of the policy, of which the first two values are before and after. at is the place of the
// setting's name, which entries of former versions have not.
func (t *Translator) change(args []string, at int) {
	if at < len(args) {
		args[0], args[1] = t.SettingValue(args[at], args[0]), t.SettingValue(args[at], args[1])
	}
}

// BankFact says the value of a fact of how a bank takes a change of certificates.
func (t *Translator) BankFact(key, value string) string {
	if value == "" {
		return t.Enum("known", "unknown")
	}
	switch key {
	case "recognises_by":
		return t.Enum("recognises", value)
	case "channel":
		return t.Enum("channel", value)
	case "consent_impact":
		return t.Enum("impact", value)
	case "effect":
		return t.Enum("effect", value)
	}
	return t.Enum("known", value)
}
