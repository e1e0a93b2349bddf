// Package calendar answers one question: which day is it at the bank? A day of a
// bank's books begins and ends by the bank's clock, wherever the program and its callers are.
package calendar

import (
	"encoding"
	"errors"
	"time"
	_ "time/tzdata" // a bank's clock must not depend on what the machine has installed
)

// Date is a day in a bank's calendar. The zero Date is no day.
type Date struct{ midnight time.Time } // UTC stands for no zone at all

var (
	_ encoding.TextMarshaler   = Date{}
	_ encoding.TextUnmarshaler = (*Date)(nil)
)

// oldest is the first year of a Date: what is before it is a slip of the pen, or the zero time.
const oldest = 1900

// Parse reads "2006-01-02".
func Parse(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < oldest {
		return Date{}, errors.New("is not a day of the form 2006-01-02")
	}
	return Date{t}, nil
}

// Of returns the day it is at t in a zone.
func Of(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return Date{time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// Noted returns the day that a noted time stands for. Midnight in UTC is a day that somebody
// gave, whatever the zone; anything else is a moment, which is on a day by the zone's clock.
func Noted(t time.Time, zone *time.Location) Date {
	if t = t.UTC(); t.IsZero() || t.Equal(t.Truncate(24*time.Hour)) {
		return Of(t, time.UTC)
	}
	return Of(t, zone)
}

// IsZero reports whether there is no day.
func (d Date) IsZero() bool { return d.midnight.IsZero() }

// String returns "2006-01-02", "" for no day.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.midnight.Format(time.DateOnly)
}

// MarshalText implements encoding.TextMarshaler; no day is the empty text.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Date) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = Parse(string(text))
	return err
}

// Equal reports whether both are the same day, or both none.
func (d Date) Equal(other Date) bool { return d.midnight.Equal(other.midnight) }

// Before reports whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.midnight.Before(other.midnight) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight.Weekday() }

// Date returns year, month and day of the month.
func (d Date) Date() (year int, month time.Month, day int) { return d.midnight.Date() }

// UTC returns the day as a time that is noted: its midnight in UTC.
func (d Date) UTC() time.Time { return d.midnight }

// AddDays returns the day n days later.
func (d Date) AddDays(n int) Date { return Date{d.midnight.AddDate(0, 0, n)} }

// At returns the moment of the day when the clock of a zone shows the time since midnight.
func (d Date) At(clock time.Duration, zone *time.Location) time.Time {
	y, m, day := d.midnight.Date()
	at := time.Date(y, m, day, int(clock/time.Hour), int(clock%time.Hour/time.Minute), 0, 0, zone)
	if Of(at, zone).Before(d) { // package time may choose either side of a midnight that does not exist
		at = at.Add(time.Hour)
	}
	return at
}
