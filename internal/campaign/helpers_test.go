package campaign_test

import (
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
)

func dayOf(t *testing.T, at time.Time) calendar.Date {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	check(t, err)
	return calendar.Of(at, paris)
}
