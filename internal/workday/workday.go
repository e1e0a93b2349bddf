// Package workday answers one question: on which days is anybody at work at a bank? It computes the days of France and
// of the TARGET system from their rules, so that no list of days runs out.
package workday

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/sepa"
)

// Calendar reports whether a day is a working day.
type Calendar func(d calendar.Date) bool

// Target has the days on which the TARGET system settles.
func Target(d calendar.Date) bool { return sepa.BusinessDay(d) }

// France has Monday to Friday but the public holidays of the Code du travail, article L3133-1. Those of Alsace-Moselle
// and of overseas are working days elsewhere in France, and so here.
func France(d calendar.Date) bool {
	if day := d.Weekday(); day == time.Saturday || day == time.Sunday {
		return false
	}
	year, month, day := d.Date()
	switch [2]int{int(month), day} {
	case [2]int{1, 1}, [2]int{5, 1}, [2]int{5, 8}, [2]int{7, 14}, [2]int{8, 15}, [2]int{11, 1}, [2]int{11, 11},
		[2]int{12, 25}:
		return false
	}
	easter := calendar.Easter(year)
	for _, after := range []int{1, 39, 50} { // Easter Monday, Ascension Day, Whit Monday
		if d.Equal(easter.AddDays(after)) {
			return false
		}
	}
	return true
}

// Bank is the calendar of banks in a country (ISO 3166-1): their own holidays, where we know them, and TARGET's.
func Bank(country string) Calendar {
	if country == "FR" {
		return func(d calendar.Date) bool { return France(d) && Target(d) }
	}
	return Target
}

// Next returns d, or the first working day after it.
func (c Calendar) Next(d calendar.Date) calendar.Date {
	for !c(d) {
		d = d.AddDays(1)
	}
	return d
}

// Previous returns d, or the last working day before it.
func (c Calendar) Previous(d calendar.Date) calendar.Date {
	for !c(d) {
		d = d.AddDays(-1)
	}
	return d
}

// Add returns the n-th working day after d, or before it where n is negative. Zero is Next.
func (c Calendar) Add(d calendar.Date, n int) calendar.Date {
	if n == 0 {
		return c.Next(d)
	}
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		if d = d.AddDays(step); c(d) {
			n--
		}
	}
	return d
}

// Eve reports whether nobody is at work the day after d: what goes wrong on d stays so over a pause.
func (c Calendar) Eve(d calendar.Date) bool { return !c(d.AddDays(1)) }
