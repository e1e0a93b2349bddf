package reference_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/web/reference"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pages gets pages of the real description.
func pages(t *testing.T) func(path string) (int, string) {
	t.Helper()
	description, err := os.ReadFile("../api/openapi.yaml")
	check(t, err)
	r, err := reference.New(description)
	check(t, err)
	e := echo.New()
	r.Register(e)
	return func(path string) (int, string) {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
}

var (
	anchor  = regexp.MustCompile(`href="#([^"]+)"`)
	address = regexp.MustCompile(`(?:href|src|action)="([^"]+)"`)
)

func TestThePageHasEveryOperation(t *testing.T) {
	status, page := pages(t)(reference.Root)
	if status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	doc, err := openapi3.NewLoader().LoadFromFile("../api/openapi.yaml")
	check(t, err)
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			if !strings.Contains(page, `<h3 id="`+operation.OperationID+`"><code><b>`+method+`</b> `+path+`</code>`) {
				t.Errorf("the page lacks %s %s", method, path)
			}
		}
	}
	for name, schema := range doc.Components.Schemas {
		if !strings.Contains(page, `id="schema-`+name+`"`) {
			t.Errorf("the page lacks the schema %s", name)
		}
		for property := range schema.Value.Properties {
			if !strings.Contains(page, "<code>"+property+"</code>") {
				t.Errorf("the page lacks the property %s of %s", property, name)
			}
		}
	}
	for _, m := range anchor.FindAllStringSubmatch(page, -1) {
		if strings.Count(page, `id="`+m[1]+`"`) != 1 {
			t.Errorf("#%s is not at one place of the page", m[1])
		}
	}
}

func TestPagesNeedNothingElse(t *testing.T) {
	get := pages(t)
	for _, path := range []string{"/reference", "/reference/errors", "/reference/errors/not_ready"} {
		status, page := get(path)
		if status != http.StatusOK || strings.Contains(page, "<script") || strings.Contains(page, "style=") {
			t.Errorf("%s: %d, or a page with script", path, status)
		}
		for _, m := range address.FindAllStringSubmatch(page, -1) {
			if !strings.HasPrefix(m[1], "/") && !strings.HasPrefix(m[1], "#") || strings.HasPrefix(m[1], "//") {
				t.Errorf("%s leads to %s", path, m[1])
			}
		}
	}
	if status, style := get("/reference/style.css"); status != http.StatusOK || strings.Contains(style, "url(") {
		t.Errorf("the style: %d", status)
	}
}

// The type of a problem leads to its paragraph.
func TestEveryCodeHasItsPage(t *testing.T) {
	get := pages(t)
	_, list := get("/reference/errors")
	codes := regexp.MustCompile(`href="(/reference/errors/[a-z0-9_]+)"`).FindAllStringSubmatch(list, -1)
	if len(codes) < 300 {
		t.Fatalf("the list has %d codes", len(codes))
	}
	for _, m := range codes {
		if status, page := get(m[1]); status != http.StatusOK || !strings.Contains(page, "<p>Status ") {
			t.Errorf("%s: %d", m[1], status)
		}
	}
	if status, _ := get("/reference/errors/not_a_code"); status != http.StatusNotFound {
		t.Errorf("a code that is none: %d", status)
	}
}

func TestABrokenDescriptionIsRefused(t *testing.T) {
	for _, text := range []string{"paths: [", "paths: {/x: {get: {tags: [none]}}}",
		`paths: {/x: {get: {parameters: [{$ref: "#/components/parameters/None"}]}}}`} {
		if _, err := reference.New([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
