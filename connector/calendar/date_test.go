package calendar_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/sepa"
)

func TestDatesAndClocks(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	late := time.Date(2026, 6, 30, 22, 30, 0, 0, time.UTC)
	if got := calendar.Of(late, paris); got.String() != "2026-07-01" {
		t.Errorf("in Paris it is %s", got)
	}
	for day, want := range map[string]string{
		"2026-07-01": "2026-07-01T08:00:00+02:00",
		"2026-12-01": "2026-12-01T08:00:00+01:00",
		"2026-03-29": "2026-03-29T08:00:00+02:00",
	} {
		t.Run(day, func(t *testing.T) {
			if got := date(t, day).At(8*time.Hour, paris).Format(time.RFC3339); got != want {
				t.Errorf("%s: %s", day, got)
			}
		})
	}
	for _, bad := range []string{"", "2026-13-01", "2026-02-30", "01/02/2026", "2026-1-1", "0001-01-01", "1899-12-31"} {
		t.Run(bad, func(t *testing.T) {
			if d, err := calendar.Parse(bad); err == nil {
				t.Errorf("%q was read as %s", bad, d)
			}
		})
	}
}

// TestNotedDays: what somebody gave as a day is that day everywhere; a moment is on the day of the zone's clock.
func TestNotedDays(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	montreal, err := time.LoadLocation("America/Montreal")
	if err != nil {
		t.Fatal(err)
	}
	given, moment := date(t, "2026-06-30").UTC(), time.Date(2026, 6, 30, 22, 30, 0, 0, time.UTC)
	for zone, want := range map[*time.Location]string{paris: "2026-07-01", montreal: "2026-06-30"} {
		if got := calendar.Noted(given, zone); got != date(t, "2026-06-30") {
			t.Errorf("the day given is %s in %s", got, zone)
		}
		if got := calendar.Noted(moment, zone).String(); got != want {
			t.Errorf("the moment is on %s in %s", got, zone)
		}
	}
	if got := calendar.Noted(time.Time{}, paris); !got.IsZero() {
		t.Errorf("no time is on %s", got)
	}
}

// TestMidnightThatDoesNotExist: the Azores begin summer time at midnight, so the day begins at one.
func TestMidnightThatDoesNotExist(t *testing.T) {
	azores, err := time.LoadLocation("Atlantic/Azores")
	if err != nil {
		t.Fatal(err)
	}
	day := date(t, "2026-03-29")
	if got := day.At(0, azores); calendar.Of(got, azores) != day || calendar.Of(got.Add(-time.Second), azores) == day {
		t.Errorf("the day begins at %s", got)
	}
}

func TestDateAsText(t *testing.T) {
	type answer struct {
		From  calendar.Date
		Until *calendar.Date
	}
	text, err := json.Marshal(answer{From: date(t, "2026-10-05")})
	if err != nil || string(text) != `{"From":"2026-10-05","Until":null}` {
		t.Errorf("%s, %v", text, err)
	}
	var back answer
	err = json.Unmarshal([]byte(`{"From":"","Until":"2026-10-25"}`), &back)
	if err != nil || !back.From.IsZero() || back.Until.String() != "2026-10-25" {
		t.Errorf("%v, %v", back, err)
	}
	if json.Unmarshal([]byte(`{"From":"2026-10-25T00:00:00Z"}`), &back) == nil {
		t.Error("a moment was read as a day")
	}
}

func date(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func FuzzParse(f *testing.F) {
	f.Add("2026-02-28")
	f.Fuzz(func(t *testing.T, in string) {
		d, err := calendar.Parse(in)
		if err != nil {
			return
		}
		if d.String() != in || !sepa.BusinessDay(sepa.NextBusinessDay(d)) {
			t.Fatalf("%q became %s", in, d)
		}
	})
}
