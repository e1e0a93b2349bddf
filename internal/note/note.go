// Package note has the sentences that records keep about what happened: each with a
// code and its arguments, which programs and translations go by, beside the English text.
package note

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Note is such a sentence. Its parts are fixed when it is written, because a record is
// never changed; it holds no secret.
type Note struct {
	Code string   // stable, snake_case; empty where Text is a person's own words
	Args []string // the values in Text, in order
	Text string   // English, or a person's own words
}

// MaxReason is how many characters a person may give as a reason. Longer ones are
// refused: the audit log keeps them whole.
const MaxReason = 500

// longest is how many bytes of a value or a sentence are kept; a reason and what is said around it fit.
const longest = MaxReason*utf8.UTFMax + 1000

// Bounded refuses a reason that is too long to be kept whole.
func Bounded(reason string) error {
	if n := utf8.RuneCountInString(strings.TrimSpace(reason)); n > MaxReason {
		return fault.New(fault.Invalid, "reason_too_long",
			"This reason has %d characters, and at most %d are recorded: say it more briefly, and attach the rest as "+
				"evidence.", n, MaxReason)
	}
	return nil
}

// New makes a note with values filled into its format, as in fmt.Sprintf.
func New(code, format string, args ...any) Note {
	n := Note{Code: code, Text: cut(fmt.Sprintf(format, args...))}
	for _, a := range args {
		n.Args = append(n.Args, cut(fmt.Sprint(a)))
	}
	return n
}

// The last value of a note that says how many people an act took.
const (
	OnePerson   = "one_person"    // one was enough
	TwoPeople   = "two_people"    // two agreed
	OnCallAlone = "on_call_alone" // it takes two, and one who was on call went without the second
)

// People are the values, with how English says them.
var People = map[string]string{
	OnePerson:   "one person",
	TwoPeople:   "two people",
	OnCallAlone: "one person on call, without the second",
}

// Agreed adds how many people the act took: a key of People.
func (n Note) Agreed(who string) Note {
	n.Args = append(slices.Clone(n.Args), who)
	n.Text += "; " + People[who]
	return n
}

// Part is a role on a part of the installation that a group of an identity provider stands for. A value of a note that
// has several is JSON.
type Part struct {
	Role  string `json:"role"`
	Scope string `json:"scope"`
	On    string `json:"on,omitempty"` // the part's name
	Group string `json:"group"`
}

// Parts says parts in a sentence.
func Parts(all []Part) string {
	if len(all) == 0 {
		return "none"
	}
	said := make([]string, len(all))
	for i, p := range all {
		on := "everywhere"
		if p.On != "" {
			on = "on " + p.On
		}
		said[i] = fmt.Sprintf("%s %s (group %s)", p.Role, on, p.Group)
	}
	slices.Sort(said)
	return strings.Join(said, ", ")
}

// Length says a length of time in the largest unit that is whole.
func Length(d time.Duration) string {
	const day = 24 * time.Hour
	n, unit := d/time.Minute, "minute"
	switch {
	case d%day == 0:
		n, unit = d/day, "day"
	case d%time.Hour == 0:
		n, unit = d/time.Hour, "hour"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// Words is what a person wrote.
func Words(text string) Note { return Note{Text: strings.TrimSpace(text)} }

// Of is what may be said of a failure.
func Of(err error) Note {
	_, code, message := fault.Public(err)
	n := Note{Code: code, Text: cut(message)}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		for _, a := range e.Args {
			n.Args = append(n.Args, cut(a))
		}
	}
	return n
}

// OfCode is what may be kept for ever of a failure: its code, and its sentence without
// values. They come from requests, and somebody may have pasted a secret into one.
func OfCode(err error) Note {
	n := Of(err)
	if len(n.Args) == 0 {
		return n
	}
	n.Args, n.Text = nil, n.Code
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Outline() != "" {
		n.Text = cut(e.Outline())
	}
	return n
}

// cut ends a text after a whole character.
func cut(text string) string {
	if len(text) <= longest {
		return text
	}
	end := longest
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
