package payment

import (
	"time"
	_ "time/tzdata" // Paris must be known wherever the bank runs
)

// Paris is the bank's time.
var Paris = paris()

func paris() *time.Location {
	location, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return time.FixedZone("CET", 3600) // tzdata is linked in, so this is not reached
	}
	return location
}

// day is midnight of t's day in Paris.
func day(t time.Time) time.Time {
	y, m, d := t.In(Paris).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Paris)
}

// cutOff is 17:30 of t's day: what is not confirmed by then does not go out
// that day.
func cutOff(t time.Time) time.Time { return day(t).Add(17*time.Hour + 30*time.Minute) }

// businessDay reports whether TARGET settles on t's day.
func businessDay(t time.Time) bool {
	d := day(t)
	if d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
		return false
	}
	switch d.Format("0102") {
	case "0101", "0501", "1225", "1226":
		return false
	}
	easter := easterSunday(d.Year())
	return !d.Equal(day(easter.AddDate(0, 0, -2))) && !d.Equal(day(easter.AddDate(0, 0, 1)))
}

// nextBusinessDay is t's day, or the first after it on which TARGET settles.
func nextBusinessDay(t time.Time) time.Time {
	d := day(t)
	for !businessDay(d) {
		d = day(d.AddDate(0, 0, 1))
	}
	return d
}

// easterSunday is the anonymous Gregorian computus (Meeus).
func easterSunday(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	month, dayOf := (h+l-7*m+114)/31, (h+l-7*m+114)%31+1
	return time.Date(year, time.Month(month), dayOf, 0, 0, 0, 0, Paris)
}
