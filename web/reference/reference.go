// Package reference shows how the API is used: its operations, made of the OpenAPI description, and what the code of
// each error means. The pages come with the program, load nothing from elsewhere, and need neither script nor sign-in:
// there is nothing on them that the sources do not say.
package reference

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"
	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/types/api"
)

//go:embed templates/*.html style.css
var files embed.FS

// Root is the address of the first page.
const Root = "/reference"

// Reference is the pages, each made at the start. It is safe for concurrent use.
type Reference struct {
	operations, errors []byte
	codes              map[string][]byte
	style              []byte
}

// New makes the pages of an OpenAPI description in YAML.
func New(openapi []byte) (*Reference, error) {
	var d description
	if err := yaml.Unmarshal(openapi, &d); err != nil {
		return nil, fmt.Errorf("the description of the API: %w", err)
	}
	groups, err := d.groups()
	if err != nil {
		return nil, fmt.Errorf("the description of the API: %w", err)
	}
	all, byCode, err := readErrors(errorTable)
	if err != nil {
		return nil, err
	}
	pages, err := template.New("").Funcs(template.FuncMap{
		"text":    text,
		"refName": refName,
	}).ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	r := &Reference{codes: map[string][]byte{}}
	if r.style, err = files.ReadFile("style.css"); err != nil {
		return nil, err
	}
	if r.operations, err = execute(pages, "operations", map[string]any{
		"Title":   d.Info.Title,
		"Version": d.Info.Version,
		"About":   d.Info.Description,
		"Groups":  groups,
		"Schemas": d.Components.Schemas,
	}); err != nil {
		return nil, err
	}
	if r.errors, err = execute(pages, "errors", map[string]any{"Title": "Errors", "Errors": all}); err != nil {
		return nil, err
	}
	for code, paragraphs := range byCode {
		if r.codes[code], err = execute(pages, "errors", map[string]any{
			"Title":  code,
			"Code":   code,
			"Errors": paragraphs,
		}); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func execute(pages *template.Template, name string, data any) ([]byte, error) {
	var page bytes.Buffer
	err := pages.ExecuteTemplate(&page, name, data)
	return page.Bytes(), err
}

// Register adds the routes.
func (r *Reference) Register(e *echo.Echo) {
	e.GET(Root, func(c echo.Context) error { return c.HTMLBlob(http.StatusOK, r.operations) })
	e.GET(Root+"/style.css", func(c echo.Context) error {
		return c.Blob(http.StatusOK, "text/css; charset=utf-8", r.style)
	})
	e.GET(strings.TrimSuffix(api.ProblemTypes, "/"), func(c echo.Context) error {
		return c.HTMLBlob(http.StatusOK, r.errors)
	})
	e.GET(api.ProblemTypes+":code", func(c echo.Context) error {
		page, found := r.codes[c.Param("code")]
		if !found {
			return echo.ErrNotFound
		}
		return c.HTMLBlob(http.StatusOK, page)
	})
}

var (
	markdownLink = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`) // of files that are not here: their text remains
	markdownCode = regexp.MustCompile("`([^`]*)`")
)

// text is what of Markdown the description and the table have: code, links and paragraphs.
func text(markdown string) template.HTML {
	escaped := template.HTMLEscapeString(strings.TrimSpace(markdown))
	escaped = markdownLink.ReplaceAllString(escaped, "$1")
	escaped = markdownCode.ReplaceAllString(escaped, "<code>$1</code>")
	return template.HTML(strings.ReplaceAll(escaped, "\n\n", "<br><br>")) //nolint:gosec // escaped above
}
