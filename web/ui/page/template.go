package page

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// parts is the folder of what several templates share, the layout among it. The other folders hold pages, each a
// file that defines "main".
const parts = "templates/parts"

// language is the console in one language.
type language struct {
	translator *wording.Translator
	pages      map[string]func() (*template.Template, error) // by folder and name
}

type languages map[i18n.Lang]*language

func loadLanguages(files fs.FS, now func() time.Time, a assets) (languages, error) {
	translators, err := wording.Load(now)
	if err != nil {
		return nil, err
	}
	all := languages{}
	for lang, t := range translators {
		l := &language{translator: t, pages: map[string]func() (*template.Template, error){}}
		if err := l.parse(files, a); err != nil {
			return nil, err
		}
		all[lang] = l
	}
	return all, nil
}

// parse parses what the pages share. A page itself is parsed when somebody first opens it, since few processes show
// all of them, and parsed templates are most of what an idle one would hold.
func (l *language) parse(files fs.FS, a assets) error {
	shared, err := template.New("layout").Funcs(functions(l.translator, a)).ParseFS(files, parts+"/*.html")
	if err != nil {
		return err
	}
	names, err := fs.Glob(files, "templates/*/*.html")
	if err != nil {
		return err
	}
	for _, name := range names {
		if path.Dir(name) == parts {
			continue
		}
		page := strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")
		l.pages[page] = sync.OnceValues(func() (*template.Template, error) {
			clone, err := shared.Clone()
			if err != nil {
				return nil, err
			}
			return clone.ParseFS(files, name)
		})
	}
	return nil
}

func (l *language) execute(name string, data any) ([]byte, error) {
	parsed, ok := l.pages[name]
	if !ok {
		return nil, fmt.Errorf("rendering page %s: there is no such template", name)
	}
	page, err := parsed()
	if err != nil {
		return nil, fmt.Errorf("parsing page %s: %w", name, err)
	}
	var html bytes.Buffer
	if err := page.ExecuteTemplate(&html, "layout", data); err != nil {
		return nil, fmt.Errorf("rendering page %s: %w", name, err)
	}
	return visible(markField(html.Bytes(), data)), nil
}

// functions are what templates can call: the language, and nothing that only one page needs.
func functions(t *wording.Translator, a assets) template.FuncMap {
	return template.FuncMap{
		"t":            t.Text,
		"count":        t.Count,
		"date":         t.Date,
		"certday":      certs.Day,
		"moment":       t.Moment,
		"momentin":     t.MomentIn,
		"isodate":      t.ISODate,
		"until":        t.Until,
		"since":        t.Since,
		"urgency":      t.Urgency,
		"lifetime":     t.Lifetime,
		"text":         t.Pick,
		"requested":    t.Requested,
		"setting":      t.Setting,
		"settingvalue": t.SettingValue,
		"bankfact":     t.BankFact,
		"enum":         t.Enum,
		"failure":      t.Failure,
		"note":         t.Note,
		"caller":       t.Caller,
		"who":          t.Person,
		"device":       t.Device,
		"size":         t.Size,
		"euro":         t.OrderAmount,
		"money":        t.Money,
		"short":        wording.ShortID,
		"fingerprint":  wording.Groups,
		"join":         strings.Join,
		"day":          form.Day,
		"asset":        a.url,
		"nav":          newNavItem,
	}
}
