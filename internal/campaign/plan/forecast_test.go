package plan_test

import (
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/campaign/plan"
)

// TestForecast: the same forty banks cost more and more as validity falls.
func TestForecast(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	uses := []plan.Use{{From: from, Until: from.AddDate(2, 0, 0), Told: 30, Untold: 10}}
	forecast := func(now time.Time, uses ...plan.Use) []plan.Load {
		f := plan.NewForecast(now)
		for _, u := range uses {
			f.Add(u)
		}
		return f.Loads()
	}
	loads := forecast(time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC), uses...)
	want := []plan.Load{
		{Validity: 0, Renewals: 1, ChangeOvers: 40, WorkingDays: 20},
		{Validity: 200, Renewals: 3, ChangeOvers: 120, WorkingDays: 58},
		{Validity: 100, Renewals: 6, ChangeOvers: 240, WorkingDays: 115},
		{Validity: 47, Renewals: 12, ChangeOvers: 480, WorkingDays: 230},
	}
	if len(loads) != len(want) {
		t.Fatalf("%d loads: %+v", len(loads), loads)
	}
	for i, got := range loads {
		if got.From = (time.Time{}); got != want[i] {
			t.Errorf("%+v, want %+v", got, want[i])
		}
	}
	if short := forecast(from, plan.Use{From: from, Until: from}); short[0].Renewals != 365 {
		t.Errorf("a certificate without any validity is renewed %d times", short[0].Renewals)
	}
	if none := forecast(from); none[0] != (plan.Load{}) {
		t.Errorf("of nothing: %+v", none[0])
	}
}
