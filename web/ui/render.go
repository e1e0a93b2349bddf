package ui

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// pages are all pages. Each is a file of templates/pages that defines "main".
var pages = []string{
	"sign_in", "home", "certificates", "upload", "request", "ordered", "certificate", "compare", "compare_with",
	"institutions", "institution",
	"firm", "organization", "application", "enrolment", "letter", "registrations", "registration", "try_accounts",
	"refused", "try", "consent", "transactions", "payment_new", "payment", "approvals", "approval", "audit", "error",
}

// view is the templates in one language.
type view struct {
	words *wording.Translator
	pages map[string]*template.Template
}

type views map[i18n.Lang]*view

func loadViews(now func() time.Time, a *assets) (views, error) {
	translators, err := wording.Load(now)
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(embedded, "templates/pages/*.html")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if name := pageName(file); !slices.Contains(pages, name) {
			return nil, fmt.Errorf("the template %s is not declared as a page", file)
		}
	}
	all := views{}
	for lang, w := range translators {
		v := &view{words: w, pages: map[string]*template.Template{}}
		shared, err := template.New("layout").Funcs(functions(w, a)).ParseFS(embedded, "templates/*.html")
		if err != nil {
			return nil, err
		}
		for _, name := range pages {
			clone, err := shared.Clone()
			if err != nil {
				return nil, err
			}
			if v.pages[name], err = clone.ParseFS(embedded, "templates/pages/"+name+".html"); err != nil {
				return nil, err
			}
		}
		all[lang] = v
	}
	return all, nil
}

func pageName(file string) string {
	base := path.Base(file)
	return base[:len(base)-len(path.Ext(base))]
}

// page is what every page has. The structs of the pages embed it.
type page struct {
	Title      string
	Section    string            // of the navigation
	Path       string            // where the language switch comes back to
	Along      map[string]string // what it takes along that must not be in an address
	Lang       i18n.Lang
	Caller     access.Caller
	Evaluation string            // of the set evaluation.*; "" where it is none
	Notice     string            // key of what was just done
	Problem    *wording.Sentence // why what was asked for was not done
	Inbox      int               // requests that wait for the reader's decision
}

// May reports whether the reader may do the action.
func (p page) May(action access.Action) bool { return p.Caller.May(action) }

// SignedIn reports whether somebody is signed in.
func (p page) SignedIn() bool { return p.Caller.ID != "" }

// page starts a page. titleKey is a key of the catalogue.
func (u *UI) page(c echo.Context, section, title string) page {
	v := visitOf(c)
	p := page{Title: title, Section: section, Path: "/", Lang: v.Lang, Caller: v.Caller, Evaluation: u.cfg.Evaluation}
	if c.Request().Method == http.MethodGet {
		p.Path = c.Request().URL.RequestURI()
	}
	p.Inbox = u.inbox(c.Request().Context(), v.Caller)
	if v.session {
		p.Notice = u.cfg.Sessions.PopString(c.Request().Context(), sessionNotice)
	}
	return p
}

// navItem is one entry of the navigation.
type navItem struct {
	Label, URL, Icon string
	Current          bool
}

func newNavItem(p interface{ InSection(name string) bool }, section, url, icon string) navItem {
	return navItem{Label: section, URL: url, Icon: icon, Current: p.InSection(section)}
}

// InSection reports whether the page belongs to a section of the navigation.
func (p page) InSection(name string) bool { return p.Section == name }

// words are the words of the reader's language.
func (u *UI) words(c echo.Context) *wording.Translator { return u.views[visitOf(c).Lang].words }

// title is a page's title out of the catalogue. The keys are constants, and
// the tests open every page.
func (u *UI) title(c echo.Context, key string) string {
	text, err := u.words(c).Text(key)
	if err != nil {
		return "Sealkeeper"
	}
	return text
}

// render answers with a page. Nothing is sent before the whole page is there.
func (u *UI) render(c echo.Context, status int, name string, data any) error {
	html, err := u.execute(visitOf(c).Lang, name, data)
	if err != nil {
		return err
	}
	if err := u.saveSession(c); err != nil {
		return err
	}
	return c.HTMLBlob(status, html)
}

func (u *UI) execute(lang i18n.Lang, name string, data any) ([]byte, error) {
	var html bytes.Buffer
	if err := u.views[lang].pages[name].ExecuteTemplate(&html, "layout", data); err != nil {
		return nil, fmt.Errorf("rendering page %s: %w", name, err)
	}
	return visible(html.Bytes()), nil
}
