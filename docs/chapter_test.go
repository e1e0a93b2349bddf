package docs

import (
	"regexp"
	"strings"
	"testing"
)

// Every chapter has a title, is of one heading, and leads to what is there: what the policy of the pages forbids is not
// in it.
func TestChapters(t *testing.T) {
	chapters, err := Chapters()
	if err != nil {
		t.Fatal(err)
	}
	if len(chapters) < 20 {
		t.Fatalf("there are %d chapters", len(chapters))
	}
	named := map[string]bool{}
	for _, c := range chapters {
		named[c.Name] = true
	}
	links := regexp.MustCompile(`href="([^"]*)"`)
	for _, c := range chapters {
		html := string(c.Text)
		if c.Title == "" || strings.Count(html, "<h1") != 1 {
			t.Errorf("%s has the title %q and %d headings of the first level", c.Name, c.Title,
				strings.Count(html, "<h1"))
		}
		for _, forbidden := range []string{"style=", "<script", "<img", "<th>", "raw HTML omitted"} {
			if strings.Contains(html, forbidden) {
				t.Errorf("%s has %s", c.Name, forbidden)
			}
		}
		for _, link := range links.FindAllStringSubmatch(html, -1) {
			to, fragment, _ := strings.Cut(link[1], "#")
			switch name, chapter := strings.CutPrefix(to, "/help/"); {
			case to == "" && !strings.Contains(html, `id="`+fragment+`"`):
				t.Errorf("%s leads to #%s, which is not there", c.Name, fragment)
			case chapter && !named[name]:
				t.Errorf("%s leads to the chapter %s, which is not there", c.Name, name)
			case !chapter && to != "" && !strings.HasPrefix(to, "http"):
				t.Errorf("%s leads to %s", c.Name, to)
			}
		}
	}
}

func TestLinksOfChapters(t *testing.T) {
	for destination, want := range map[string]string{
		"operate.md":                  "/help/operate",
		"operate.md#backups":          "/help/operate#backups",
		"#below":                      "#below",
		"https://openbao.org":         "https://openbao.org",
		"../web/api/openapi.yaml":     "",
		"examples/python/accounts.py": "",
		"import.schema.json":          "",
		"javascript:alert(1)":         "",
	} {
		if got := address(destination); got != want {
			t.Errorf("%s leads to %q, want %q", destination, got, want)
		}
	}
}
