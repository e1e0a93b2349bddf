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
	easter := easterSunday(year)
	return !d.Equal(easter.AddDays(-2)) && !d.Equal(easter.AddDays(1))
}

// NextBusinessDay returns d, or the first business day after it.
func NextBusinessDay(d calendar.Date) calendar.Date {
	for !BusinessDay(d) {
		d = d.AddDays(1)
	}
	return d
}

// easterSunday is the Gregorian computus of Meeus, Jones and Butcher.
func easterSunday(year int) calendar.Date {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return calendar.Of(time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC), time.UTC)
}
