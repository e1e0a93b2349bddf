// Package wording answers one question: how is what a service reports said to the reader? Services give codes, values
// and English sentences; what is said more than once on different pages is put into the reader's language here.
package wording

import (
	"fmt"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// Translator says things in one language. It is safe for concurrent use.
type Translator struct {
	*i18n.Catalogue
	now func() time.Time
}

// Load returns a translator for each language of the console.
func Load(now func() time.Time) (map[i18n.Lang]*Translator, error) {
	catalogues, err := i18n.Load()
	if err != nil {
		return nil, err
	}
	translators := map[i18n.Lang]*Translator{}
	for lang, c := range catalogues {
		translators[lang] = &Translator{Catalogue: c, now: now}
	}
	return translators, nil
}

// Sentence is text that may be in another language than the page.
type Sentence struct {
	Text string
	Lang i18n.Lang // "" when it is the page's own

	Fields []string // names of the form fields that it may be about
}

// Say is a text of the catalogue. Its key is a constant, and the tests look for each.
func (t *Translator) Say(key string, args ...any) Sentence {
	text, err := t.Text(key, args...)
	if err != nil {
		return Sentence{Text: key}
	}
	return Sentence{Text: text}
}

// Enum says a value of a closed set, "state.pending"; a value nobody knows stays as it is.
func (t *Translator) Enum(set string, value any) string {
	text, err := t.Text(set + "." + fmt.Sprint(value))
	if err != nil {
		return fmt.Sprint(value)
	}
	return text
}

// Pick is the text of a bank's catalogue file in the reader's language.
func (t *Translator) Pick(text catalogue.Text) string {
	if t.Lang() == i18n.French && text.FR != "" {
		return t.Typeset(text.FR)
	}
	return text.EN
}

// English marks text of a service as the English it is.
func (t *Translator) English(text string) Sentence {
	if t.Lang() == i18n.English {
		return Sentence{Text: text}
	}
	return Sentence{Text: text, Lang: i18n.English}
}

// Translate is what the catalogue says under key, or else the service's English.
func (t *Translator) Translate(key string, args []string, english string) Sentence {
	if text, ok := t.lookup(key, args); ok {
		return Sentence{Text: text}
	}
	return t.English(english)
}

// lookup returns what the catalogue says under key in place of a service's English, if it has a text
// there that takes so many values.
func (t *Translator) lookup(key string, args []string) (string, bool) {
	if t.Lang() == i18n.English {
		return "", false
	}
	return t.filled(key, args)
}

// filled is the text under key, if there is one that takes so many values.
func (t *Translator) filled(key string, args []string) (string, bool) {
	if !t.Has(key) {
		return "", false
	}
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = t.value(a)
	}
	text, err := t.Text(key, values...)
	if err != nil || strings.Contains(text, "%!") || len(values) == 0 && strings.Contains(text, "%s") {
		return "", false // fmt's mark for verbs and arguments that do not match, or a verb that has none
	}
	return text, true
}

// value is a value of a sentence, days and moments in the words of the language.
func (t *Translator) value(text string) string {
	for _, layout := range []string{i18n.EnglishDate, time.DateOnly} {
		if day, err := time.Parse(layout, text); err == nil {
			return t.Date(day)
		}
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return t.Moment(at)
	}
	return text
}
