package form

import (
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

// LocalTime is how a browser sends the value of a field for day and time.
const LocalTime = "2006-01-02T15:04"

// Moment reads a day and time by a clock. When that clock is put forward or back, some minutes do not come at all, and
// some come twice: those are refused, since nobody can know what was meant.
func Moment(text string, zone *time.Location) (time.Time, error) {
	at, err := time.ParseInLocation(LocalTime, text, zone)
	if err != nil {
		return at, fault.Wrap(err, fault.Invalid, "switch_at_invalid",
			"Give the moment of the change with day and time.")
	}
	shows := func(t time.Time) bool { return t.In(zone).Format(LocalTime) == text }
	if !shows(at) || shows(at.Add(time.Hour)) || shows(at.Add(-time.Hour)) {
		return at, fault.New(fault.Invalid, "switch_at_unclear",
			"As the bank's clock changes that night, this minute does not come, or comes twice; choose another one.")
	}
	return at, nil
}
