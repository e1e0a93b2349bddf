package alerts

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/cases"
)

// Language is what a channel is told in.
type Language string

// The languages.
const (
	English Language = "en"
	French  Language = "fr"
)

// Words say cases in one language and by one clock.
type Words struct {
	Language Language
	Location *time.Location
	Now      time.Time
}

func (w Words) phrase(key string, args ...any) string {
	all := phrases[French]
	if w.Language != French {
		all = phrases[English]
	}
	if len(args) == 0 {
		return all[key]
	}
	return fmt.Sprintf(all[key], args...)
}

// Name is what a case is about, in a word or two.
func (w Words) Name(c cases.Case) string {
	if c.Kind == cases.BankSilent && w.Language == French && len(c.Args) > 0 {
		return c.Args[0]
	}
	return c.Name
}

// Sentence says what a case is about.
func (w Words) Sentence(c cases.Case) string {
	args := []any{w.Name(c), w.Day(c.EndsAt), w.until(c.EndsAt), c.PlaceCount, "", "", ""}
	for i, a := range c.Args {
		if 4+i < len(args) {
			args[4+i] = a
		}
	}
	if c.Kind == cases.BankUntrusted {
		args[5] = w.phrase(fmt.Sprintf("untrusted.%s", args[5]))
	}
	key := string(c.Kind)
	if c.Kind == cases.Unreviewed && len(c.Args) == 1 {
		key = "emergency.alone"
	}
	text := w.phrase(key, args...)
	if i := strings.Index(text, "%!(EXTRA"); i >= 0 { // a phrase need not use every value
		text = text[:i]
	}
	return text
}

// Kind names a kind of case.
func (w Words) Kind(k cases.Kind) string { return w.phrase("kind." + string(k)) }

// Todo says what is to be done about a case.
func (w Words) Todo(c cases.Case) string { return w.phrase("todo." + string(c.Kind)) }

// What says what happened to a case.
func (w Words) What(what string) string {
	return w.phrase("what." + cases.Name(what))
}

// Fact says what closed a case.
func (w Words) Fact(fact string) string { return w.phrase("fact." + fact) }

// Day is a day as people of the language write it.
func (w Words) Day(at time.Time) string {
	local := at.In(w.Location)
	if w.Language != French {
		return local.Format("2 January 2006")
	}
	months := []string{
		"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
		"décembre",
	}
	day := strconv.Itoa(local.Day())
	if local.Day() == 1 {
		day = "1er"
	}
	return day + " " + months[local.Month()-1] + " " + strconv.Itoa(local.Year())
}

// until counts the days by the calendar.
func (w Words) until(at time.Time) string {
	date := func(t time.Time) time.Time {
		year, month, day := t.In(w.Location).Date()
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	switch n := int(date(at).Sub(date(w.Now)) / (24 * time.Hour)); {
	case n == 0:
		return w.phrase("today")
	case n == 1:
		return w.phrase("day")
	case n > 0:
		return w.phrase("days", n)
	case n == -1:
		return w.phrase("ago")
	default:
		return w.phrase("agos", -n)
	}
}

// lines say one item: the sentence, what happened, what to do, and whose it is.
func (w Words) lines(item Item) []string {
	c := item.Case
	lines := []string{w.Sentence(c)}
	if c.Lead > 0 && c.EndsAt.Add(-c.Lead).After(w.Now) {
		lines = append(lines, w.phrase("safe", w.Day(c.EndsAt.Add(-c.Lead))))
	}
	lines = append(lines, w.Todo(c))
	if c.Owner != "" {
		lines = append(lines, w.phrase("owner", c.Owner))
	}
	if len(c.Deputies) > 0 && item.Event.What == cases.Escalated {
		lines = append(lines, w.phrase("deputies", strings.Join(c.Deputies, ", ")))
	}
	return lines
}

// group is what is one thing to do: its first case is told, the others are counted.
type group struct {
	first  Item
	others int
}

// most is how many groups a message tells; the others are counted.
const most = 30

func groupsOf(items []Item) (groups []group, left int) {
	at := map[string]int{}
	for _, item := range items {
		key := string(item.Case.Kind) + "\n" + item.Case.Todo
		if i, there := at[key]; there {
			groups[i].others++
			continue
		}
		at[key] = len(groups)
		groups = append(groups, group{first: item})
	}
	if len(groups) > most {
		for _, g := range groups[most:] {
			left += 1 + g.others
		}
		groups = groups[:most]
	}
	return groups, left
}

func (m Message) words() Words {
	return Words{Language: m.Channel.Language, Location: m.Location, Now: m.At}
}

// subject is a message in one line.
func (m Message) subject() string {
	w := m.words()
	urgent, escalated := 0, 0
	for _, item := range m.Items {
		if item.Case.Urgent {
			urgent++
		}
		if item.Event.What == cases.Escalated {
			escalated++
		}
	}
	switch {
	case m.Test:
		return w.phrase("subject_test")
	case escalated > 0:
		return w.phrase("subject_escalated", escalated)
	case urgent > 0:
		return w.phrase("subject_urgent", urgent, len(m.Items))
	}
	return w.phrase("subject", len(m.Items))
}

// paragraph is one thing to do.
type paragraph struct {
	Title string // what happened
	Lines []string
	URL   string
}

// paragraphs are a message in parts. The last one is of what is left.
func (m Message) paragraphs() []paragraph {
	w := m.words()
	if m.Test {
		return []paragraph{{Lines: []string{w.phrase("test", m.Channel.Name)}, URL: m.PageURL}}
	}
	groups, left := groupsOf(m.Items)
	all := make([]paragraph, 0, len(groups)+1)
	for _, g := range groups {
		p := paragraph{
			Title: w.What(g.first.Event.What),
			Lines: w.lines(g.first),
			URL:   m.PageURL + "/" + g.first.Case.ID,
		}
		if g.first.Case.Urgent {
			p.Title = w.phrase("urgent") + " · " + p.Title
		}
		if g.others > 0 {
			p.Lines = append(p.Lines, w.phrase("more", g.others))
		}
		all = append(all, p)
	}
	last := paragraph{URL: m.PageURL}
	if m.Left+left > 0 {
		last.Lines = []string{w.phrase("left", m.Left+left)}
	}
	return append(all, last)
}

// text is a message as plain text.
func (m Message) text() string {
	var b strings.Builder
	for _, p := range m.paragraphs() {
		if p.Title != "" {
			b.WriteString("[" + p.Title + "]\n")
		}
		for _, line := range p.Lines {
			b.WriteString(line + "\n")
		}
		b.WriteString(p.URL + "\n\n")
	}
	return b.String()
}
