// Package form answers one question: what was typed into a form?
package form

import (
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Text is a field without the space around it.
func Text(c echo.Context, name string) string { return strings.TrimSpace(c.FormValue(name)) }

// Values are all fields.
func Values(c echo.Context) (url.Values, error) {
	values, err := c.FormParams()
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "form_unreadable", "The form could not be read; send it again.")
	}
	return values, nil
}

// Chosen are the ids of what was ticked in a list, each once.
func Chosen(values url.Values) []string {
	seen := map[string]bool{}
	var ids []string
	for _, id := range values["id"] {
		if !seen[id] {
			ids = append(ids, id)
		}
		seen[id] = true
	}
	return ids
}

// Optional is a field without the space around it, nil when the form has no such field.
func Optional(values url.Values, name string) *string {
	if !values.Has(name) {
		return nil
	}
	text := strings.TrimSpace(values.Get(name))
	return &text
}

// ParseDay reads what a date field sends.
func ParseDay(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, InvalidDay(err)
	}
	return day, nil
}

// InvalidDay is the refusal of what is no day.
func InvalidDay(cause error) error {
	return fault.Wrap(cause, fault.Invalid, "day_invalid", "Give the day as year-month-day, 2026-11-30.")
}

// Day is a time as a date field has it.
func Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
