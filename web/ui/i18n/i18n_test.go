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
	tests := []struct{ got, want string }{
		{all["en"].Date(at), "24 January 2027"}, // in UTC
		{all["fr"].Date(at), "24 janvier 2027"},
		{all["fr"].Date(at.AddDate(0, 0, 8)), "1er février 2027"},
		{all["en"].Moment(at), "24 January 2027, 01:30 UTC"},
		{all["fr"].Moment(at), "24 janvier 2027 à 01:30 UTC"},
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
		{now.Add(time.Hour), "today", "aujourd'hui"},
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
