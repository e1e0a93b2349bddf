package i18n_test

import (
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

func catalogues(t *testing.T) map[i18n.Lang]*i18n.Catalogue {
	t.Helper()
	all, err := i18n.Load()
	check(t, err)
	return all
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDates(t *testing.T) {
	all := catalogues(t)
	at := time.Date(2027, 1, 23, 23, 30, 0, 0, time.FixedZone("", -2*3600))
	paris, err := time.LoadLocation("Europe/Paris")
	check(t, err)
	tests := []struct{ got, want string }{
		{all["en"].Date(at), "24 January 2027"}, // in UTC
		{all["fr"].Date(at), "24 janvier 2027"},
		{all["fr"].Date(at.AddDate(0, 0, 8)), "1er février 2027"},
		{all["en"].Moment(at), "24 January 2027, 01:30 UTC"},
		{all["fr"].Moment(at), "24 janvier 2027 à 01:30 UTC"},
		{all["en"].MomentIn(at, paris), "24 January 2027, 02:30 Europe/Paris"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestDistance(t *testing.T) {
	all := catalogues(t)
	now := time.Date(2027, 1, 23, 22, 0, 0, 0, time.UTC)
	tests := []struct {
		to     time.Time
		en, fr string
	}{
		{now.Add(30 * time.Minute), "today", "aujourd'hui"},
		{now.Add(3 * time.Hour), "tomorrow", "demain"}, // the date says so, however few the hours
		{now.AddDate(0, 0, 23), "in 23 days", "dans 23 jours"},
		{now.AddDate(0, 0, -1), "yesterday", "hier"},
		{now.AddDate(0, 0, -40), "40 days ago", "il y a 40 jours"},
	}
	for _, test := range tests {
		for lang, want := range map[i18n.Lang]string{"en": test.en, "fr": test.fr} {
			if got, err := all[lang].Distance(now, test.to); err != nil || got != want {
				t.Errorf("%s: got %q, %v, want %q", lang, got, err, want)
			}
		}
	}
}

// Days are those of the banks' clock, an hour or two before UTC's; a day that was named is that day.
func TestDaysOfTheBanksClock(t *testing.T) {
	at := func(text string) time.Time {
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	const late = "2026-11-28T23:30:00Z" // 00:30 of the 29th in Paris
	for _, test := range []struct {
		now, to string
		want    int
	}{
		{late, "2026-11-28T00:00:00Z", -1},                        // a step due on the 28th is overdue
		{late, "2026-11-29T00:00:00Z", 0},                         // one due on the 29th is due today
		{late, "2026-11-29T10:00:00Z", 0},                         // a consent
		{late, "2026-11-28T23:59:59Z", -1},                        // a certificate of which the 28th is the last day
		{late, "2026-11-30T23:59:59Z", 1},                         // one that is named for the 30th
		{"2026-11-28T22:30:00Z", "2026-11-28T23:30:00Z", 1},       // an hour later is tomorrow
		{"2026-07-01T22:30:00Z", "2026-07-02T00:00:00Z", 0},       // 00:30 of the 2nd in summer
		{"2026-07-01T21:30:00Z", "2026-07-02T00:00:00Z", 1},       // 23:30 of the 1st
		{"2026-11-28T12:00:00Z", "9999-12-31T23:59:59Z", 2912111}, // no length of time in Go is as long
	} {
		if got := i18n.Days(at(test.now), at(test.to)); got != test.want {
			t.Errorf("from %s to %s: %d, want %d", test.now, test.to, got, test.want)
		}
	}
}

// The day that is written is the day that is counted.
func TestDateIsOfTheBanksClock(t *testing.T) {
	c := catalogues(t)[i18n.English]
	for _, test := range []struct{ at, want string }{
		{"2027-09-24T22:34:00Z", "25 September 2027"}, // 00:34 in Paris
		{"2027-09-24T23:59:59Z", "24 September 2027"}, // the whole of the 24th
		{"2027-09-24T00:00:00Z", "24 September 2027"},
	} {
		at, err := time.Parse(time.RFC3339, test.at)
		check(t, err)
		if got := c.Date(at); got != test.want {
			t.Errorf("%s is written %q, want %q", test.at, got, test.want)
		}
	}
}

func TestSince(t *testing.T) {
	all := catalogues(t)
	now := time.Date(2027, 1, 23, 22, 0, 0, 0, time.UTC)
	for days, want := range [][2]string{
		{"since today", "depuis aujourd'hui"},
		{"since yesterday", "depuis hier"},
		{"for 2 days", "depuis 2 jours"},
	} {
		for i, lang := range []i18n.Lang{i18n.English, i18n.French} {
			if got, err := all[lang].Since(now, now.AddDate(0, 0, -days)); err != nil || got != want[i] {
				t.Errorf("%s, %d days: got %q, %v", lang, days, got, err)
			}
		}
	}
}

func TestCount(t *testing.T) {
	all := catalogues(t)
	tests := []struct {
		lang i18n.Lang
		n    int
		want string
	}{
		{"en", 0, "0 things to do"}, {"en", 1, "1 thing to do"}, {"en", 2, "2 things to do"},
		{"fr", 0, "0 chose à faire"}, {"fr", 1, "1 chose à faire"}, {"fr", 2, "2 choses à faire"},
	}
	for _, test := range tests {
		if got, err := all[test.lang].Count("ready.blockers", test.n); err != nil || got != test.want {
			t.Errorf("%s %d: got %q, %v", test.lang, test.n, got, err)
		}
	}
}

func TestMissingKeyIsAnError(t *testing.T) {
	if text, err := catalogues(t)["en"].Text("no.such.key"); err == nil {
		t.Errorf("got %q", text)
	}
}

func TestFrenchPunctuationIsNotTornOff(t *testing.T) {
	text, err := catalogues(t)["fr"].Text("step.locked_how")
	if err != nil || text != "Terminez d'abord\u00a0:" {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestNegotiate(t *testing.T) {
	tests := map[string]i18n.Lang{
		"":                        "en",
		"fr":                      "fr",
		"fr-CA,fr;q=0.9,en;q=0.8": "fr",
		"de, fr;q=0.5":            "fr",
		"en;q=0.4, fr;q=0.5":      "fr",
		"en, fr":                  "en",
		"de":                      "en",
		"fr;q=0":                  "en",
		"fr;q=x":                  "en",
		"FR":                      "fr",
		";;,,":                    "en",
	}
	for header, want := range tests {
		if got := i18n.Negotiate(header); got != want {
			t.Errorf("%q: got %s, want %s", header, got, want)
		}
	}
}
