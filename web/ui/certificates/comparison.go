package certificates

import (
	"fmt"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// side is one of two certificates next to each other.
type side struct {
	Name   string
	URL    string // "" when it is not stored
	Leaf   *certs.Certificate
	stored time.Time // the zero time when it is not
}

func storedSide(r vault.Record) side {
	return side{Name: r.Name, URL: link.Certificate(r.ID), Leaf: r.Leaf, stored: r.CreatedAt}
}

// before reports whether s is the older of the two: valid first, or else stored first.
func (s side) before(other side) bool {
	if d := s.Leaf.NotBefore.Compare(other.Leaf.NotBefore); d != 0 {
		return d < 0
	}
	return !s.stored.IsZero() && (other.stored.IsZero() || s.stored.Before(other.stored))
}

// comparison is what changes from one certificate to another.
type comparison struct {
	Older, Newer side
	Changed      []difference // the most serious first
	Same         []difference
}

// difference is one fact of two certificates in the reader's words.
type difference struct {
	rules.Difference
	Consequence wording.Sentence
}

// compare puts two certificates next to each other, the older one first.
func compare(tr *wording.Translator, a, b side) comparison {
	if b.before(a) {
		a, b = b, a
	}
	c := comparison{Older: a, Newer: b}
	for _, d := range rules.Diff(a.Leaf, b.Leaf) {
		said := difference{Difference: d, Consequence: consequence(tr, d, a.Leaf, b.Leaf)}
		said.Old, said.New = fact(tr, d.Field, d.Old, a.Leaf), fact(tr, d.Field, d.New, b.Leaf)
		if d.Same {
			c.Same = append(c.Same, said)
		} else {
			c.Changed = append(c.Changed, said)
		}
	}
	slices.SortStableFunc(c.Changed, func(a, b difference) int { return rank(a.Severity) - rank(b.Severity) })
	return c
}

// fact is a value of rules.Diff as the reader writes it.
func fact(tr *wording.Translator, field, value string, of *certs.Certificate) string {
	switch {
	case value == "" || value == "none":
		return "—"
	case field == "kind":
		return tr.Enum("kind", of.Kind)
	case field == "key":
		return wording.Groups(value)
	case field == "validity":
		return tr.Date(certs.Day(of.NotBefore)) + " – " + tr.Date(certs.Day(of.NotAfter))
	}
	return value
}

// consequence says what follows from a difference. A field has one text for
// staying the same and one for each severity its change can have.
func consequence(tr *wording.Translator, d rules.Difference, older, newer *certs.Certificate) wording.Sentence {
	outcome := string(d.Severity)
	if d.Same {
		outcome = "same"
	}
	var args []string
	if d.Field == "validity" && outcome == string(rules.SeverityNotice) {
		args = []string{fmt.Sprint(int(older.NotAfter.Sub(newer.NotBefore) / (24 * time.Hour)))}
	}
	return tr.Translate("consequence."+d.Field+"."+outcome, args, d.Consequence)
}

// rank puts errors before warnings before the rest.
func rank(s rules.Severity) int {
	return slices.Index([]rules.Severity{rules.SeverityError, rules.SeverityWarning, rules.SeverityNotice}, s)
}
