package registration

import "time"

// dayOf is the day that a moment is on by the bank's clock, as midnight in UTC. What is
// that already was given as a day, and is it.
func dayOf(t time.Time, zone *time.Location) time.Time {
	if t = t.UTC(); t.IsZero() || t.Equal(t.Truncate(24*time.Hour)) {
		return t
	}
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// came reports whether a day has come, and passed whether it is over; no day never comes.
func came(day, now time.Time, zone *time.Location) bool {
	return !day.IsZero() && !dayOf(now, zone).Before(dayOf(day, zone))
}

func passed(day, now time.Time, zone *time.Location) bool {
	return !day.IsZero() && dayOf(now, zone).After(dayOf(day, zone))
}
