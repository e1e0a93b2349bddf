package i18n

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// recorded has the French of what services write down as English sentences: an
// audit entry is never changed, so it is said anew when it is shown.
const recorded = "recorded.fr.yaml"

// sentence is a recorded sentence with places for values.
type sentence struct {
	begins string // up to the first value: most sentences are told apart by it
	form   *regexp.Regexp
	sets   []string // of each place: the set of texts its value is of, "" for any value
	says   string   // takes the values in order
	own    int      // how many characters it has besides the values
}

// place is where a recorded sentence has a value: {} for any, {step_state} for one that the set of texts says.
var place = regexp.MustCompile(`\\\{([a-z_]*)\\\}`)

// addRecorded reads the sentences, those with the most words of their own first.
// "=key" says a sentence with the text of that key.
func (c *Catalogue) addRecorded() error {
	data, err := files.ReadFile(recorded)
	if err != nil {
		return err
	}
	var texts map[string]string
	if err := yaml.Unmarshal(data, &texts); err != nil {
		return fmt.Errorf("catalogue %s: %w", recorded, err)
	}
	for english, says := range texts {
		if key, ok := strings.CutPrefix(says, "="); ok {
			if says, ok = c.texts[key]; !ok {
				return fmt.Errorf("catalogue %s says %q, which no catalogue has", recorded, key)
			}
		}
		c.recorded = append(c.recorded, c.sentence(english, frenchSpaces.Replace(says)))
	}
	slices.SortFunc(c.recorded, func(a, b sentence) int {
		return cmp.Or(b.own-a.own, cmp.Compare(a.form.String(), b.form.String()))
	})
	return nil
}

func (c *Catalogue) sentence(english, says string) sentence {
	quoted := regexp.QuoteMeta(english)
	begins, _, _ := strings.Cut(english, "{")
	s := sentence{begins: begins, says: says, own: len(place.ReplaceAllString(quoted, ""))}
	form := place.ReplaceAllStringFunc(quoted, func(found string) string {
		set := place.FindStringSubmatch(found)[1]
		s.sets = append(s.sets, set)
		if set == "" {
			return "(.+?)"
		}
		s.own++ // one that takes fewer values goes first
		var values []string
		for key := range c.texts {
			if value, ok := strings.CutPrefix(key, set+"."); ok {
				values = append(values, regexp.QuoteMeta(value))
			}
		}
		slices.Sort(values)
		return "(" + strings.Join(values, "|") + ")"
	})
	s.form = regexp.MustCompile("(?s)^" + form + "$")
	return s
}

// Recorded says a sentence that a service recorded in English, if the catalogue knows it.
func (c *Catalogue) Recorded(english string) (string, bool) {
	for _, s := range c.recorded {
		if !strings.HasPrefix(english, s.begins) {
			continue
		}
		found := s.form.FindStringSubmatch(english)
		if found == nil {
			continue
		}
		var values []any
		for i, set := range s.sets {
			value := found[i+1]
			if set != "" {
				value = c.texts[set+"."+value]
			}
			values = append(values, value)
		}
		if len(values) == 0 || !strings.Contains(s.says, "%") {
			return s.says, true
		}
		return fmt.Sprintf(s.says, values...), true
	}
	return "", false
}
