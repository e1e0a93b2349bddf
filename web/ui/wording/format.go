package wording

import (
	"fmt"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// Since is for how long something has been so.
func (t *Translator) Since(from time.Time) string {
	text, err := t.Catalogue.Since(t.now(), from)
	if err != nil {
		return t.Date(from)
	}
	return text
}

// Until is how far a time is.
func (t *Translator) Until(to time.Time) string {
	if to.IsZero() {
		return ""
	}
	text, err := t.Distance(t.now(), to)
	if err != nil {
		return t.Date(to)
	}
	return text
}

// ISODate writes a date, "2026-11-01", in words; of a bank's moment its day, as the bank counts it.
func (t *Translator) ISODate(text string) string {
	day, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))])
	if err != nil {
		return text
	}
	return t.Date(day)
}

// Size writes a number of bytes for people.
func (t *Translator) Size(bytes int) string {
	text := fmt.Sprintf("%.1f", float64(bytes)/(1<<20))
	unit := "MB"
	if bytes < 1<<20 {
		text, unit = fmt.Sprint((bytes+1023)>>10), "kB"
	}
	if t.Lang() == i18n.French {
		text, unit = strings.ReplaceAll(text, ".", ","), map[string]string{"MB": "Mo", "kB": "Ko"}[unit]
	}
	return text + "\u00a0" + unit
}

// Urgency is how the end of a validity period looks.
func (t *Translator) Urgency(end time.Time) string {
	switch days := i18n.Days(t.now(), end); {
	case days < 14:
		return "error"
	case days < 60:
		return "warning"
	}
	return "calm"
}

// Lifetime is how much of a certificate's validity period has passed, in percent.
func (t *Translator) Lifetime(from, to time.Time) int {
	// Seconds: a hundred times three years do not fit into a time.Duration.
	whole, passed := to.Unix()-from.Unix(), t.now().Unix()-from.Unix()
	if whole <= 0 {
		return 100
	}
	return int(min(max(100*passed/whole, 0), 100))
}

// ShortID is the end of an id: enough to tell two apart.
func ShortID(id string) string {
	if len(id) > 36 || strings.Count(id, "-") != 4 {
		return id
	}
	return id[strings.LastIndex(id, "-")+1:]
}

// Groups writes a hash or a number in groups of four, so that two can be compared by eye.
func Groups(text string) string {
	var groups []string
	for len(text) > 4 {
		groups = append(groups, text[:4])
		text = text[4:]
	}
	return strings.Join(append(groups, text), " ")
}
