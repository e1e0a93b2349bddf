package ui_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

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
		[]string{"*.go", "*/*.go", "*/*/*.go"},
		regexp.MustCompile(`template\.(HTML|JS|CSS|URL|HTMLAttr|Srcset)\(`),
		"html/template escapes everything",
	},
	{
		[]string{"*.go", "*/*.go", "*/*/*.go"},
		regexp.MustCompile(`err\.Error\(\)`),
		"what is inside an error stays inside",
	},
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

var (
	usedInTemplates = regexp.MustCompile(`\b(?:t|nav \.) "([^"]+)"`)
	countedIn       = regexp.MustCompile(`\bcount "([^"]+)"`)
	usedInGo        = regexp.MustCompile(`(?:Page\(c, "[a-z]*", |Say\(|Done\(c, |Text\(|return |(?:true|false), |` +
		`Name: |Says: |Says, [a-z.A-Z]+ = |pprovals\.[A-Z][a-z]+, )"([a-z_]+\.[a-z_.]+)"`)
	literals = regexp.MustCompile(`"([a-z_]+\.[a-z_.]+)"`) // keys that are handed on
	sets     = regexp.MustCompile(`[eE]num(?: |\()"([^"]+)"`)
)

// Every key that is used exists, and every key that exists is used.
func TestCatalogueIsWhatPagesSay(t *testing.T) {
	all, err := i18n.Load()
	check(t, err)
	english := all[i18n.English]
	used := map[string]bool{}
	note := func(name, key string) {
		used[key] = true
		if file := strings.HasSuffix(key, ".pem"); !file && !english.Has(key) {
			t.Errorf("%s says %q, which no catalogue has", name, key)
		}
	}
	// Said as print "severity." . and the like.
	prefixes := []string{"severity.", "filter_", "ahead_rule.", "key_origin.", "services.certificate_by_"}
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
	for name, text := range read(t, "*.go", "*/*.go", "*/*/*.go") {
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

var rendering = regexp.MustCompile(`(?:Render\(c, [^"]+, |execute\()"([^"]+)"`)

// Every page that is rendered has a template, and every template is rendered.
func TestTemplatesAreWhatIsRendered(t *testing.T) {
	templates, rendered := read(t, "templates/*/*.html"), map[string]bool{}
	for name, text := range read(t, "*/*.go", "*/*/*.go") {
		for _, m := range rendering.FindAllStringSubmatch(text, -1) {
			page := "templates/" + m[1] + ".html"
			if rendered[page] = true; templates[page] == "" {
				t.Errorf("%s renders %s, which is not there", name, page)
			}
		}
	}
	for name := range templates {
		if !rendered[name] && !strings.HasPrefix(name, "templates/parts/") {
			t.Errorf("nothing renders %s", name)
		}
	}
}
