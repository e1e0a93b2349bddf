package page

import (
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/version"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Page is what every page has. The data of each page embeds it.
type Page struct {
	Title      string
	Section    string            // of the navigation
	Path       string            // where the language switch comes back to
	Along      map[string]string // what it takes along that must not be in an address
	Lang       i18n.Lang
	Theme      session.Theme
	Caller     access.Caller
	Evaluation string            // of the set evaluation.*; "" where it is none
	Support    Support           // whom to ask
	Desk       string            // address of the page that helps to evaluate; "" where there is none
	Notice     string            // key of what was just done
	Problem    *wording.Sentence // why what was asked for was not done
	Posted     string            // where the form was sent that the page answers; "" where it answers none
	Inbox      int               // requests that wait for the reader's decision
	OnePerson  bool              // what is on live is changed by one person
	Confirm    *Confirmation     // that it is the reader

	ofOne bool // the page is about the thing that its address names
}

// May reports whether the reader may do the action to what the page is about or, on a page that is about no one thing,
// to anything. It decides what is shown: whoever does the act asks audit.Log.
func (p Page) May(action access.Action) bool {
	return p.Caller.May(action) || !p.ofOne && p.Caller.MayOnPart(action)
}

// Version is the program's, for those who are signed in.
func (p Page) Version() string { return version.Of().Version }

// SignedIn reports whether somebody is signed in.
func (p Page) SignedIn() bool { return p.Caller.ID != "" }

// InSection reports whether the page belongs to a section of the navigation.
func (p Page) InSection(name string) bool { return p.Section == name }

// navItem is one entry of the navigation.
type navItem struct {
	Label, URL, Icon string
	Current          bool
}

func newNavItem(p interface{ InSection(name string) bool }, section, url, icon string) navItem {
	return navItem{Label: section, URL: url, Icon: icon, Current: p.InSection(section)}
}
