package failure

import (
	"net/http"
	"strconv"
	"time"
)

// retryAfter reads the header of RFC 9110 section 10.2.3, seconds or a date, capped at a day.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), 24*time.Hour)
}

// untilTomorrow is what is left of the day by the clock of a zone.
func untilTomorrow(now time.Time, zone *time.Location) time.Duration {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, zone).Sub(now)
}
