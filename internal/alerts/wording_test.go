package alerts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/internal/cases"
)

func TestEverythingIsSaidInBothLanguages(t *testing.T) {
	whats := []string{
		cases.Opened, cases.Halfway, cases.LastSafeDay, cases.SevenDays, cases.OneDay, cases.Ended, cases.StillSo,
		cases.Escalated, cases.Closed, "reminded.1",
	}
	facts := []string{
		cases.Replaced, cases.Unused, cases.Retired, cases.Renewed, cases.Settled, cases.Works, cases.Gone,
	}
	said := map[string]string{}
	for _, language := range []alerts.Language{alerts.English, alerts.French} {
		w := alerts.Words{Language: language, Location: time.UTC, Now: noon}
		say := func(key, text string) {
			if text == "" || strings.Contains(text, "%!") {
				t.Errorf("%s in %s: %q", key, language, text)
			}
			if said[key] == text {
				t.Errorf("%s is the same in both languages: %q", key, text)
			}
			said[key] = text
		}
		for _, kind := range cases.Kinds() {
			c := cases.Case{Kind: kind, Name: "A", Args: []string{"one", "two"}, EndsAt: noon.AddDate(0, 0, -3)}
			if kind == cases.BankUntrusted {
				c.Args = []string{"one", "ended", "two"}
			}
			say("sentence "+string(kind), w.Sentence(c))
			say("kind "+string(kind), w.Kind(kind))
			say("todo "+string(kind), w.Todo(c))
		}
		for _, what := range whats {
			say("what "+what, w.What(what))
		}
		for _, fact := range facts {
			say("fact "+fact, w.Fact(fact))
		}
	}
}
