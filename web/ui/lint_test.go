package ui_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// read returns the files that match the patterns, by name.
func read(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, pattern := range patterns {
		names, err := fs.Glob(os.DirFS("."), pattern)
		check(t, err)
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			check(t, err)
			files[name] = string(text)
		}
	}
	if len(files) == 0 {
		t.Fatalf("no file matches %v", patterns)
	}
	return files
}

// banned is what the Content-Security-Policy stops, or what would weaken it.
var banned = []struct {
	files  []string
	what   *regexp.Regexp
	reason string
}{
	{
		[]string{"templates/*.html", "templates/*/*.html"},
		regexp.MustCompile(`(?i)\sstyle\s*=`),
		"style attributes do not apply",
	},
	{
		[]string{"templates/*.html", "templates/*/*.html"},
		regexp.MustCompile(`(?i)\son[a-z]+\s*=`),
		"event attributes do not run",
	},
	{
		[]string{"templates/*.html", "templates/*/*.html"},
		regexp.MustCompile(`(?i)<style|<script(>|[^>]*[^/]>[^<])`),
		"inline scripts and styles do not apply",
	},
	{
		[]string{"templates/*.html", "templates/*/*.html"},
		regexp.MustCompile(`(?i)javascript:|data:|(src|href|action)="(https?:)?//`),
		"everything comes from here",
	},
	{[]string{"static/*.css"}, regexp.MustCompile(`(?i)@import|url\(`), "the style sheet loads nothing"},
	{
		[]string{"static/*.js"},
		regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\.style\b`),
		"script makes no markup and no style of text",
	},
	{[]string{"static/*.svg"}, regexp.MustCompile(`(?i)<script|\son[a-z]+=|href=|style=`), "pictures do nothing"},
	{
		[]string{"*.go", "*/*.go"},
		regexp.MustCompile(`template\.(HTML|JS|CSS|URL|HTMLAttr|Srcset)\(`),
		"html/template escapes everything",
	},
	{[]string{"*.go", "*/*.go"}, regexp.MustCompile(`err\.Error\(\)`), "what is inside an error stays inside"},
}

func TestNothingTheContentSecurityPolicyStops(t *testing.T) {
	for _, rule := range banned {
		for name, text := range read(t, rule.files...) {
			for _, found := range rule.what.FindAllString(text, -1) {
				t.Errorf("%s holds %q: %s", name, found, rule.reason)
			}
		}
	}
}

// codes are keys whose English is in the services.
var codes = regexp.MustCompile(`^(alert|blocker|blocker_slot|change|consequence|fault|finding|gate|payment_reason|payment_status|remedy|probe)\.`)

func TestCataloguesHaveTheSameKeys(t *testing.T) {
	all, err := i18n.Load()
	check(t, err)
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
	all, err := i18n.Load()
	check(t, err)
	for _, key := range all[i18n.English].Keys() {
		english, err := all[i18n.English].Text(key)
		check(t, err)
		french, err := all[i18n.French].Text(key)
		check(t, err)
		if a, b := strings.Join(verbs.FindAllString(english, -1), ""), strings.Join(verbs.FindAllString(french, -1),
			""); a != b {
			t.Errorf("%s takes %s in English and %s in French", key, a, b)
		}
		if strings.TrimSpace(french) == "" || strings.TrimSpace(english) == "" {
			t.Errorf("%s is empty", key)
		}
	}
}

var (
	usedInTemplates = regexp.MustCompile(`\b(?:t|nav \.) "([^"]+)"`)
	countedIn       = regexp.MustCompile(`\bcount "([^"]+)"`)
	usedInGo        = regexp.MustCompile(`(?:Page\(c, "[a-z]*", |Say\(|(?:Confirm|Done)\(c, |Text\(|return |(?:true|false), |Name: |Says: |Says, [a-z.A-Z]+ = |pprovals\.[A-Z][a-z]+, )"([a-z_]+\.[a-z_.]+)"`)
	literals        = regexp.MustCompile(`"([a-z_]+\.[a-z_.]+)"`) // keys that are handed on
	sets            = regexp.MustCompile(`[eE]num(?: |\()"([^"]+)"`)
)

// Every key that is used exists, and every key that exists is used.
func TestCatalogueIsWhatPagesSay(t *testing.T) {
	all, err := i18n.Load()
	check(t, err)
	english := all[i18n.English]
	used := map[string]bool{}
	note := func(name, key string) {
		used[key] = true
		if !english.Has(key) {
			t.Errorf("%s says %q, which no catalogue has", name, key)
		}
	}
	prefixes := []string{"severity."} // said as print "severity." .
	for name, text := range read(t, "templates/*.html", "templates/*/*.html") {
		for _, m := range usedInTemplates.FindAllStringSubmatch(text, -1) {
			if m[1] != "severity." {
				note(name, m[1])
			}
		}
		for _, m := range countedIn.FindAllStringSubmatch(text, -1) {
			note(name, m[1]+".one")
			note(name, m[1]+".other")
		}
		for _, m := range sets.FindAllStringSubmatch(text, -1) {
			prefixes = append(prefixes, m[1]+".")
		}
	}
	for name, text := range read(t, "*.go", "*/*.go") {
		for _, m := range usedInGo.FindAllStringSubmatch(text, -1) {
			note(name, m[1])
		}
		for _, m := range sets.FindAllStringSubmatch(text, -1) {
			prefixes = append(prefixes, m[1]+".")
		}
		for _, m := range literals.FindAllStringSubmatch(text, -1) {
			used[m[1]], used[m[1]+".one"], used[m[1]+".other"] = true, true, true
		}
	}
	for _, key := range english.Keys() {
		inSet := false
		for _, prefix := range prefixes {
			inSet = inSet || strings.HasPrefix(key, prefix)
		}
		if !used[key] && !inSet {
			t.Errorf("nothing says %q", key)
		}
	}
}

// Every page that is rendered has a template, and every template is rendered.
func TestTemplatesAreWhatIsRendered(t *testing.T) {
	rendered := map[string]bool{}
	for _, text := range read(t, "*.go", "*/*.go") {
		for _, m := range regexp.MustCompile(`"([a-z]+/[a-z_]+)"`).FindAllStringSubmatch(text, -1) {
			rendered["templates/"+m[1]+".html"] = true
		}
	}
	for name := range read(t, "templates/*/*.html") {
		if !rendered[name] && !strings.HasPrefix(name, "templates/parts/") {
			t.Errorf("nothing renders %s", name)
		}
	}
	for _, text := range read(t, "*.go", "*/*.go") {
		for _, m := range regexp.MustCompile(`Render\(c, .+?, "([^"]+)"`).FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat("templates/" + m[1] + ".html"); err != nil {
				t.Errorf("%s is rendered and has no template", m[1])
			}
		}
	}
}

// What the audit log records is an act in words, also what the program does by itself.
func TestEveryActionIsNamed(t *testing.T) {
	all, err := i18n.Load()
	check(t, err)
	source, err := os.ReadFile("../../internal/access/access.go")
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

// Every rule of package certs is said in French, with the values it gives.
func TestFindingsInFrench(t *testing.T) {
	all, err := i18n.Load()
	check(t, err)
	french, rules := all[i18n.French], map[string]bool{}
	for _, rule := range certs.Rules() {
		rules[rule.Code] = true
		said, err := french.Text("finding." + rule.Code)
		if err != nil {
			t.Errorf("the rule %s is not said in French: add it to i18n/findings.fr.yaml", rule.Code)
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
		source, err := os.ReadFile("../../certs/" + file)
		check(t, err)
		for _, m := range deviation.FindAllStringSubmatch(string(source), -1) {
			if rules[m[1]] = true; !french.Has("finding."+m[1]) || !french.Has("remedy."+m[1]) {
				t.Errorf("the deviation %s is not said in French: add it to i18n/findings.fr.yaml", m[1])
				continue
			}
			said, err := french.Text("finding." + m[1])
			check(t, err)
			if want := strings.Count(m[0], "deviateIn"); strings.Count(said, "%s") != want {
				t.Errorf("the deviation %s takes %d values in French, want %d", m[1], strings.Count(said, "%s"), want)
			}
		}
	}
	for _, key := range french.Keys() {
		if code, ok := strings.CutPrefix(key, "finding."); ok && !rules[code] {
			t.Errorf("no rule has the code %q", code)
		}
	}
}
