package sepa

import (
	"errors"
	"time"
	_ "time/tzdata" // a bank's clock must not depend on what the machine has installed
)

const dateForm = "2006-01-02"

// Date is a day in a bank's calendar. The zero Date is no day.
type Date struct{ midnight time.Time } // UTC stands for no zone at all

// ParseDate reads "2006-01-02".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(dateForm, s)
	if err != nil || t.Year() < 2000 {
		return Date{}, errors.New("is not a day of the form 2006-01-02")
	}
	return Date{t}, nil
}

// DateOf returns the day it is at t in a zone.
func DateOf(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return Date{time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// IsZero reports whether there is no day.
func (d Date) IsZero() bool { return d.midnight.IsZero() }

// String returns "2006-01-02", "" for no day.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.midnight.Format(dateForm)
}

// Before reports whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.midnight.Before(other.midnight) }

// AddDays returns the day n days later.
func (d Date) AddDays(n int) Date { return Date{d.midnight.AddDate(0, 0, n)} }

// At returns the moment when the clock of a zone shows the time of day since midnight.
func (d Date) At(clock time.Duration, zone *time.Location) time.Time {
	y, m, day := d.midnight.Date()
	return time.Date(y, m, day, int(clock/time.Hour), int(clock%time.Hour/time.Minute), 0, 0, zone)
}

// BusinessDay reports whether the TARGET system settles on the day: Monday to
// Friday but New Year, Good Friday, Easter Monday, 1 May, Christmas and 26 December.
func (d Date) BusinessDay() bool {
	switch d.midnight.Weekday() {
	case time.Saturday, time.Sunday:
		return false
	}
	switch _, m, day := d.midnight.Date(); {
	case m == time.January && day == 1, m == time.May && day == 1, m == time.December && (day == 25 || day == 26):
		return false
	}
	easter := easterSunday(d.midnight.Year())
	return d != easter.AddDays(-2) && d != easter.AddDays(1)
}

// NextBusinessDay returns d, or the first business day after it.
func (d Date) NextBusinessDay() Date {
	for !d.BusinessDay() {
		d = d.AddDays(1)
	}
	return d
}

// easterSunday is the Gregorian computus of Meeus, Jones and Butcher.
func easterSunday(year int) Date {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return Date{time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)}
}
