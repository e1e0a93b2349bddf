package workday_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/workday"
)

func date(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWorkingDays(t *testing.T) {
	for day, want := range map[string]struct{ france, target bool }{
		"2026-11-30": {true, true},
		"2026-11-28": {false, false}, // Saturday
		"2026-11-29": {false, false},
		"2026-11-11": {false, true},  // Armistice
		"2026-04-03": {true, false},  // Good Friday
		"2026-04-06": {false, false}, // Easter Monday
		"2026-05-08": {false, true},
		"2026-05-14": {false, true}, // Ascension Day
		"2026-05-25": {false, true}, // Whit Monday
		"2026-07-14": {false, true},
		"2025-12-26": {true, false},
		"2027-01-01": {false, false},
		"2027-05-06": {false, true}, // Ascension Day
		"2027-05-17": {false, true}, // Whit Monday
		"2027-11-01": {false, true},
	} {
		d := date(t, day)
		if workday.France(d) != want.france || workday.Target(d) != want.target {
			t.Errorf("%s: France %v, TARGET %v", day, workday.France(d), workday.Target(d))
		}
		if workday.Bank("FR")(d) != (want.france && want.target) || workday.Bank("BE")(d) != want.target {
			t.Errorf("%s: the banks' calendars", day)
		}
	}
}

func TestCounting(t *testing.T) {
	fr := workday.Bank("FR")
	for _, test := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-27", 1, "2026-11-30"},
		{"2026-11-27", 0, "2026-11-27"},
		{"2026-11-28", 0, "2026-11-30"},
		{"2026-11-28", -1, "2026-11-27"},
		{"2026-12-24", 1, "2026-12-28"}, // Christmas is a Friday
		{"2026-04-02", 1, "2026-04-07"}, // Good Friday, Easter Monday
		{"2026-05-07", 3, "2026-05-13"}, // 8 May is a Friday, so 11, 12, 13 May
		{"2026-05-18", -3, "2026-05-12"},
	} {
		if got := fr.Add(date(t, test.from), test.n).String(); got != test.want {
			t.Errorf("%s %+d: %s, want %s", test.from, test.n, got, test.want)
		}
	}
	if got := fr.Previous(date(t, "2026-12-27")).String(); got != "2026-12-24" {
		t.Errorf("before the end of the year: %s", got)
	}
	for day, want := range map[string]bool{"2026-11-27": true, "2026-11-26": false, "2026-12-24": true} {
		if fr.Eve(date(t, day)) != want {
			t.Errorf("%s: eve %v", day, !want)
		}
	}
}
