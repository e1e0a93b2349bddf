package sepa

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
)

// BusinessDay reports whether the TARGET system settles on the day: Monday to
// Friday but New Year, Good Friday, Easter Monday, 1 May, Christmas and 26 December.
func BusinessDay(d calendar.Date) bool {
	switch d.Weekday() {
	case time.Saturday, time.Sunday:
		return false
	}
	year, m, day := d.Date()
	switch {
	case m == time.January && day == 1, m == time.May && day == 1, m == time.December && (day == 25 || day == 26):
		return false
	}
	easter := calendar.Easter(year)
	return !d.Equal(easter.AddDays(-2)) && !d.Equal(easter.AddDays(1))
}

// NextBusinessDay returns d, or the first business day after it.
func NextBusinessDay(d calendar.Date) calendar.Date {
	for !BusinessDay(d) {
		d = d.AddDays(1)
	}
	return d
}
