package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
)

// each converts a list; the result is never null in JSON.
func each[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, item := range list {
		out[i] = f(item)
	}
	return out
}

// listed copies a list; the result is never null in JSON.
func listed[A any](list []A) []A { return append([]A{}, list...) }

// moment is null in JSON for a time that is not known or has not come.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// day is null in JSON for no day.
func day(d calendar.Date) *calendar.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}
