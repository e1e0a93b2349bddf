package ui

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// compared is one of two certificates next to each other.
type compared struct {
	Name   string
	URL    string // "" when it is not stored
	Leaf   *certs.Certificate
	stored time.Time // the zero time when it is not
}

// before reports whether c is the older of the two: valid first, or else stored first.
func (c compared) before(other compared) bool {
	if d := c.Leaf.NotBefore.Compare(other.Leaf.NotBefore); d != 0 {
		return d < 0
	}
	return !c.stored.IsZero() && (other.stored.IsZero() || c.stored.Before(other.stored))
}

// comparison is what changes from one certificate to another.
type comparison struct {
	Older, Newer compared
	Changed      []difference // the most serious first
	Same         []difference
}

// difference is one fact of two certificates in the reader's words.
type difference struct {
	certs.Difference
	Consequence wording.Sentence
}

type comparePage struct {
	page.Page
	comparison
}

func (u *UI) compare(c echo.Context, v session.Visit) error {
	if c.QueryParam("with") == "" {
		return u.compareWith(c, v)
	}
	ctx := c.Request().Context()
	var pair [2]compared
	for i, id := range []string{c.Param("id"), c.QueryParam("with")} {
		r, err := u.cfg.Vault.Get(ctx, v.Caller, id)
		if err != nil {
			return err
		}
		pair[i] = storedOne(r)
	}
	data := comparePage{
		Page:       u.pages.Page(c, "certificates", "compare.title"),
		comparison: compare(u.pages.Translator(c), pair[0], pair[1]),
	}
	return u.pages.Render(c, http.StatusOK, "certificates/comparison", data)
}

func storedOne(r vault.Record) compared {
	return compared{Name: r.Name, URL: link.Certificate(r.ID), Leaf: r.Leaf, stored: r.CreatedAt}
}

// compare puts two certificates next to each other, the older one first.
func compare(w *wording.Translator, a, b compared) comparison {
	if b.before(a) {
		a, b = b, a
	}
	c := comparison{Older: a, Newer: b}
	for _, d := range certs.Diff(a.Leaf, b.Leaf) {
		said := difference{Difference: d, Consequence: consequence(w, d, a.Leaf, b.Leaf)}
		said.Old, said.New = fact(w, d.Field, d.Old, a.Leaf), fact(w, d.Field, d.New, b.Leaf)
		if d.Same {
			c.Same = append(c.Same, said)
		} else {
			c.Changed = append(c.Changed, said)
		}
	}
	slices.SortStableFunc(c.Changed, func(a, b difference) int { return rank(a.Severity) - rank(b.Severity) })
	return c
}

// fact is a value of certs.Diff as the reader writes it.
func fact(w *wording.Translator, field, value string, of *certs.Certificate) string {
	switch {
	case value == "" || value == "none":
		return "—"
	case field == "kind":
		return w.Enum("kind", of.Kind)
	case field == "key":
		return wording.Groups(value)
	case field == "validity":
		return w.Date(of.NotBefore) + " – " + w.Date(of.NotAfter)
	}
	return value
}

// consequence says what follows from a difference. A field has one text for
// staying the same and one for each severity its change can have.
func consequence(w *wording.Translator, d certs.Difference, older, newer *certs.Certificate) wording.Sentence {
	outcome := string(d.Severity)
	if d.Same {
		outcome = "same"
	}
	var args []string
	if d.Field == "validity" && outcome == string(certs.SeverityNotice) {
		args = []string{fmt.Sprint(int(older.NotAfter.Sub(newer.NotBefore) / (24 * time.Hour)))}
	}
	if text, ok := w.Translate("consequence."+d.Field+"."+outcome, args); ok {
		return wording.Sentence{Text: text}
	}
	return w.English(d.Consequence)
}

// comparable are the stored certificates of the same kind as leaf, other than
// it, those of the same organization first and then those that end last.
func comparable(records []vault.Record, leaf *certs.Certificate) []vault.Record {
	var found []vault.Record
	for _, r := range records {
		if r.State == vault.Stored && r.Leaf.Kind == leaf.Kind && r.Leaf.SHA256 != leaf.SHA256 {
			found = append(found, r)
		}
	}
	stranger := func(r vault.Record) int {
		if r.Leaf.OrganizationIdentifier == leaf.OrganizationIdentifier {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(found, func(a, b vault.Record) int {
		if d := stranger(a) - stranger(b); d != 0 {
			return d
		}
		return b.Leaf.NotAfter.Compare(a.Leaf.NotAfter)
	})
	return found
}

// rank puts errors before warnings before the rest.
func rank(s certs.Severity) int {
	return slices.Index([]certs.Severity{certs.SeverityError, certs.SeverityWarning, certs.SeverityNotice}, s)
}
