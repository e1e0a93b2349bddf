package i18n_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// codes are keys whose English is in the services.
var codes = regexp.MustCompile(`^(ahead|alert|blocker|blocker_slot|change|consequence|fault|finding|gate|` +
	`payment_reason|payment_status|remedy|note|probe)\.`)

func TestCataloguesHaveTheSameKeys(t *testing.T) {
	all := catalogues(t)
	for lang, catalogue := range all {
		for _, key := range catalogue.Keys() {
			for other, against := range all {
				if !against.Has(key) && !codes.MatchString(key) {
					t.Errorf("%s has %q and %s does not", lang, key, other)
				}
			}
		}
	}
}

var verbs = regexp.MustCompile(`%(\[\d\])?[sd]`)

func TestCataloguesTakeTheSameValues(t *testing.T) {
	all := catalogues(t)
	for _, key := range all[i18n.English].Keys() {
		english, err := all[i18n.English].Text(key)
		check(t, err)
		french, err := all[i18n.French].Text(key)
		check(t, err)
		a := strings.Join(verbs.FindAllString(english, -1), "")
		if b := strings.Join(verbs.FindAllString(french, -1), ""); a != b {
			t.Errorf("%s takes %s in English and %s in French", key, a, b)
		}
		if strings.TrimSpace(french) == "" || strings.TrimSpace(english) == "" {
			t.Errorf("%s is empty", key)
		}
	}
}

// What the audit log records is an act in words, also what the program does by itself.
func TestEveryActionIsNamed(t *testing.T) {
	all := catalogues(t)
	source, err := os.ReadFile("../../../internal/access/access.go")
	check(t, err)
	actions := regexp.MustCompile(`Action = "([a-z_.]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(actions) < 20 {
		t.Fatalf("only %d actions were found in package access", len(actions))
	}
	for _, m := range actions {
		if !all[i18n.English].Has("action." + m[1]) {
			t.Errorf("the action %s has no name", m[1])
		}
	}
}

// Every rule is said in French, with the values it gives.
func TestFindingsInFrench(t *testing.T) {
	all := catalogues(t)
	french, codes := all[i18n.French], map[string]bool{}
	for _, rule := range rules.All() {
		codes[rule.Code] = true
		said, err := french.Text("finding." + rule.Code)
		if err != nil {
			t.Errorf("the rule %s is not said in French: add it to findings.fr.yaml", rule.Code)
			continue
		}
		want := strings.Count(strings.ReplaceAll(rule.Message, "%q", "%s"), "%s")
		if got := strings.Count(said, "%s"); got != want {
			t.Errorf("%s takes %d values in French and %d in English", rule.Code, got, want)
		}
		if !french.Has("remedy." + rule.Code) {
			t.Errorf("%s has no remedy in French", rule.Code)
		}
	}
	deviation := regexp.MustCompile(`deviate(?:In)?\((?:"QcStatement "\+oid, |name, )?"([a-z0-9_]+)"`)
	for _, file := range []string{"psd2.go", "qcstatements.go", "qcstatement_readers.go"} {
		source, err := os.ReadFile("../../../certs/" + file)
		check(t, err)
		for _, m := range deviation.FindAllStringSubmatch(string(source), -1) {
			if codes[m[1]] = true; !french.Has("finding."+m[1]) || !french.Has("remedy."+m[1]) {
				t.Errorf("the deviation %s is not said in French: add it to findings.fr.yaml", m[1])
				continue
			}
			said, err := french.Text("finding." + m[1])
			check(t, err)
			if want := strings.Count(m[0], "deviateIn"); strings.Count(said, "%s") != want {
				t.Errorf("the deviation %s takes %d values in French, want %d", m[1], strings.Count(said, "%s"), want)
			}
		}
	}
	for code, message := range rules.ComingMessages() {
		said, err := french.Text("ahead." + code)
		if err != nil || strings.Count(said, "%s") != strings.Count(message, "%s") ||
			!all[i18n.English].Has("ahead_rule."+code) {
			t.Errorf("the coming rule %s is not said in both languages", code)
		}
	}
	for _, key := range french.Keys() {
		if code, ok := strings.CutPrefix(key, "finding."); ok && !codes[code] {
			t.Errorf("no rule has the code %q", code)
		}
	}
}
