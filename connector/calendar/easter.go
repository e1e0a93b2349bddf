package calendar

import "time"

// Easter is Easter Sunday of a year, by the Gregorian computus of Meeus, Jones and Butcher.
func Easter(year int) Date {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return Of(time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC), time.UTC)
}
