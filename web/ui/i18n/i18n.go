// Package i18n answers one question: how is this said in the reader's
// language? It holds the console's catalogues, and writes dates and distances.
package i18n

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
)

//go:embed *.yaml
var files embed.FS

// Lang is a language of the console, as HTML's lang attribute names it.
type Lang string

// The languages. The first is the one to fall back to.
const (
	English Lang = "en"
	French  Lang = "fr"
)

// Languages are all languages of the console.
var Languages = []Lang{English, French}

// Known reports whether the console speaks the language.
func Known(l Lang) bool { return l == English || l == French }

// Catalogue is the console's text in one language. It is safe for concurrent use.
type Catalogue struct {
	lang  Lang
	texts map[string]string
}

// Load returns the catalogues built into the program. They are read once a process.
func Load() (map[Lang]*Catalogue, error) {
	all, err := loadOnce()
	return maps.Clone(all), err
}

var loadOnce = sync.OnceValues(loadAll)

func loadAll() (map[Lang]*Catalogue, error) {
	all := map[Lang]*Catalogue{}
	for _, lang := range Languages {
		c, err := load(lang)
		if err != nil {
			return nil, err
		}
		all[lang] = c
	}
	french := all[French].texts
	if err := addFindings(french); err != nil {
		return nil, err
	}
	for _, c := range all {
		if err := addNotes(c); err != nil {
			return nil, err
		}
	}
	for key, text := range french {
		french[key] = frenchSpaces.Replace(text)
	}
	return all, nil
}

// load reads a language's texts: those of all pages in en.yaml, and those of one
// part of the console in a file of its own, approvals.en.yaml.
func load(lang Lang) (*Catalogue, error) {
	parts, err := fs.Glob(files, "*."+string(lang)+".yaml")
	if err != nil {
		return nil, err
	}
	c := &Catalogue{lang: lang, texts: map[string]string{}}
	for _, name := range append(parts, string(lang)+".yaml") {
		if name == findings || strings.HasPrefix(name, notes) {
			continue
		}
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var texts map[string]string
		if err := yaml.Unmarshal(data, &texts); err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", name, err)
		}
		for key, text := range texts {
			if c.Has(key) {
				return nil, fmt.Errorf("catalogue %s: %q is in another file too", name, key)
			}
			c.texts[key] = text
		}
	}
	return c, nil
}

// findings has a shape of its own: message and remedy of each.
const findings = "findings.fr.yaml"

// addFindings adds the findings of package certs: "finding." and "remedy." before a rule's code.
func addFindings(texts map[string]string) error {
	data, err := files.ReadFile(findings)
	if err != nil {
		return err
	}
	var both map[string][2]string
	if err := yaml.Unmarshal(data, &both); err != nil {
		return fmt.Errorf("catalogue of findings: %w", err)
	}
	for code, said := range both {
		texts["finding."+code], texts["remedy."+code] = said[0], said[1]
	}
	return nil
}

// notes has what records say, by code: in French all of it, in English what is not in the records as it is to be read.
const notes = "notes."

// addNotes adds them: "note." before a note's code.
func addNotes(c *Catalogue) error {
	data, err := files.ReadFile(notes + string(c.lang) + ".yaml")
	if err != nil {
		return err
	}
	var says map[string]string
	if err := yaml.Unmarshal(data, &says); err != nil {
		return fmt.Errorf("catalogue of notes: %w", err)
	}
	for code, said := range says {
		c.texts["note."+code] = said
	}
	return nil
}

// frenchSpaces keeps French punctuation from being wrapped onto a line of its own.
var frenchSpaces = strings.NewReplacer(
	" :", "\u00a0:",
	" ;", "\u00a0;",
	" ?", "\u00a0?",
	" !", "\u00a0!",
	"« ", "«\u00a0",
	" »", "\u00a0»",
)

// Typeset puts the spaces of the catalogue's language into a text from elsewhere.
func (c *Catalogue) Typeset(text string) string {
	if c.lang == French {
		return frenchSpaces.Replace(text)
	}
	return text
}

// Lang returns the catalogue's language.
func (c *Catalogue) Lang() Lang { return c.lang }

// Has reports whether there is a text under key.
func (c *Catalogue) Has(key string) bool { _, ok := c.texts[key]; return ok }

// Keys returns the keys of all texts, in no order.
func (c *Catalogue) Keys() []string {
	keys := make([]string, 0, len(c.texts))
	for key := range c.texts {
		keys = append(keys, key)
	}
	return keys
}

// Text returns the text under key with args in the places of its verbs. A
// missing key is an error: a page never shows a key.
func (c *Catalogue) Text(key string, args ...any) (string, error) {
	text, ok := c.texts[key]
	if !ok {
		return "", fmt.Errorf("catalogue %s has no text %q", c.lang, key)
	}
	if len(args) == 0 {
		return text, nil
	}
	return fmt.Sprintf(text, args...), nil
}

// Count returns the text under key.one or key.other, whichever n takes in this
// language, with n and args in the places of its verbs.
func (c *Catalogue) Count(key string, n int, args ...any) (string, error) {
	form := ".other"
	if n == 1 || (n == 0 && c.lang == French) {
		form = ".one"
	}
	return c.Text(key+form, append([]any{n}, args...)...)
}

var frenchMonths = []string{
	"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
	"décembre",
}

// EnglishDate is how dates are written in English, also by the packages below.
const EnglishDate = "2 January 2006"

// Date writes the day that Days counts: "23 January 2027", "23 janvier 2027".
func (c *Catalogue) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return c.day(dayOf(t))
}

func (c *Catalogue) day(t time.Time) string {
	if c.lang != French {
		return t.Format(EnglishDate)
	}
	day := fmt.Sprint(t.Day())
	if day == "1" {
		day = "1er"
	}
	return fmt.Sprintf("%s %s %d", day, frenchMonths[t.Month()-1], t.Year())
}

// Moment writes day and minute in UTC.
func (c *Catalogue) Moment(t time.Time) string { return c.MomentIn(t, time.UTC) }

// MomentIn writes day and minute by a clock, and which one: "27 January 2027, 10:00 Europe/Paris".
func (c *Catalogue) MomentIn(t time.Time, clock *time.Location) string {
	if t.IsZero() {
		return ""
	}
	between := ", "
	if c.lang == French {
		between = " à "
	}
	t = t.In(clock)
	return c.day(t) + between + t.Format("15:04 ") + clock.String()
}

// zone has the days that the console counts: those of the banks of the catalogue.
var zone = mustZone("Europe/Paris")

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // package calendar brings the zones along
	}
	return zone
}

// Days counts the calendar days from one time to another as the banks' clock has them;
// negative when to is earlier. A day that was named, as midnight in UTC or, by certificates, as
// its last second, is that day.
func Days(from, to time.Time) int {
	const aDay = 24 * 60 * 60 // counted in seconds: a time.Duration ends after 292 years
	return int((dayOf(to).Unix() - dayOf(from).Unix()) / aDay)
}

// dayOf is the day that a time is on, as midnight in UTC.
func dayOf(t time.Time) time.Time {
	if end := t.Add(time.Second); end.Equal(end.Truncate(24 * time.Hour)) {
		t = end.Add(-24 * time.Hour)
	}
	return calendar.Noted(t, zone).UTC()
}

// Since says for how long something has been so: "since today", "for 8 days".
func (c *Catalogue) Since(now, from time.Time) (string, error) {
	switch n := Days(from, now); {
	case n <= 0:
		return c.Text("since.today")
	case n == 1:
		return c.Text("since.yesterday")
	default:
		return c.Text("since.days", n)
	}
}

// Distance says how far to is from now: "in 23 days", "yesterday".
func (c *Catalogue) Distance(now, to time.Time) (string, error) {
	switch n := Days(now, to); {
	case n == 0:
		return c.Text("days.today")
	case n == 1:
		return c.Text("days.tomorrow")
	case n == -1:
		return c.Text("days.yesterday")
	case n > 0:
		return c.Text("days.in", n)
	default:
		return c.Text("days.ago", -n)
	}
}
