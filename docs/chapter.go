package docs

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Chapter is one file of the manual.
type Chapter struct {
	Name  string // of the file, without its ending
	Title string
	Text  template.HTML
}

// markdown renders what the chapters have: GitHub's tables, and ids of headings to link to. HTML in a chapter is left
// out, and no attribute of style is written, which the Content-Security-Policy would refuse.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone))),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()),
)

// Root is below which address the chapters lead to each other.
const Root = "/help/"

// Chapters renders the manual. Links to what is not in it are left out, their text remains.
func Chapters() ([]Chapter, error) {
	names, err := fs.Glob(files, "*.md")
	if err != nil {
		return nil, err
	}
	var all []Chapter
	for _, name := range names {
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		c := Chapter{Name: strings.TrimSuffix(name, path.Ext(name))}
		if c.Title, c.Text, err = renderChapter(source); err != nil {
			return nil, fmt.Errorf("rendering %s: %w", name, err)
		}
		all = append(all, c)
	}
	return all, nil
}

func renderChapter(source []byte) (title string, html template.HTML, err error) {
	document := markdown.Parser().Parse(text.NewReader(source))
	err = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level == 1 && title == "" {
				title = plain(n, source)
			}
		case *ast.Link:
			n.Destination = []byte(address(string(n.Destination)))
		case *tables.TableHeader:
			for cell := n.FirstChild(); cell != nil; cell = cell.NextSibling() {
				cell.SetAttributeString("scope", []byte("col"))
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return "", "", err
	}
	leaveOut(document)
	var b bytes.Buffer
	err = markdown.Renderer().Render(&b, source, document)
	return title, template.HTML(b.String()), err //nolint:gosec // our own text, with any HTML in it left out
}

// plain is the text of a heading.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		if t, ok := child.(*ast.Text); ok {
			b.Write(t.Segment.Value(source))
			continue
		}
		b.WriteString(plain(child, source))
	}
	return b.String()
}

// address is where a link of a chapter leads in the console: to another chapter, to a place on the same page, or out.
// What is only in the source is no link here: "".
func address(destination string) string {
	u, err := url.Parse(destination)
	switch {
	case err != nil:
		return ""
	case u.Scheme == "https" || u.Scheme == "http":
		return destination
	case u.Scheme != "":
		return ""
	case u.Path == "":
		return destination
	case strings.Contains(u.Path, "/") || path.Ext(u.Path) != ".md":
		return ""
	}
	u.Path = Root + strings.TrimSuffix(u.Path, ".md")
	return u.String()
}

// leaveOut puts in place of links that lead nowhere here, and of pictures, the text that they have.
func leaveOut(n ast.Node) {
	for child := n.FirstChild(); child != nil; {
		next := child.NextSibling()
		leaveOut(child)
		link, isLink := child.(*ast.Link)
		if _, isImage := child.(*ast.Image); isImage || isLink && len(link.Destination) == 0 {
			for inner := child.FirstChild(); inner != nil; {
				after := inner.NextSibling()
				n.InsertBefore(n, child, inner)
				inner = after
			}
			n.RemoveChild(n, child)
		}
		child = next
	}
}
