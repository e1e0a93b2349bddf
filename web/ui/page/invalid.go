package page

import (
	"bytes"
	"html/template"

	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// refusal is a page that says why a form was refused.
type refusal interface {
	refusal() (action string, why *wording.Sentence)
}

func (p Page) refusal() (action string, why *wording.Sentence) { return p.Posted, p.Problem }

// markField marks the field that a refusal is about, and says it there too: aria-invalid, the sentence below the
// field, and the focus. Templates need not know of it. The field is looked for in the form that was sent; where there
// is none of that name, the sentence at the top of the page is all there is.
func markField(html []byte, data any) []byte {
	page, ok := data.(refusal)
	if !ok {
		return html
	}
	action, why := page.refusal()
	if why == nil || action == "" {
		return html
	}
	sent := bytes.Index(html, []byte(`action="`+template.HTMLEscapeString(action)+`"`)) // or a button's formaction
	if sent < 0 {
		return html
	}
	from := bytes.LastIndex(html[:sent], []byte("<form"))
	if from < 0 {
		return html
	}
	until := bytes.Index(html[from:], []byte("</form>"))
	if until < 0 {
		return html
	}
	for _, name := range why.Fields {
		if at, end := field(html[from:from+until], name); at >= 0 {
			return mark(html, from+at, from+end, *why)
		}
	}
	return html
}

// field finds a field by its name: where its attributes begin, and where its element ends. at is -1 if there is none.
func field(form []byte, name string) (at, end int) {
	at = bytes.Index(form, []byte(` name="`+name+`"`))
	if at < 0 {
		return -1, 0
	}
	tag := form[bytes.LastIndexByte(form[:at], '<'):]
	if bytes.HasPrefix(tag, []byte(`<input type="hidden"`)) {
		return -1, 0
	}
	closing := ">"
	for _, element := range []string{"select", "textarea"} {
		if bytes.HasPrefix(tag, []byte("<"+element)) {
			closing = "</" + element + ">"
		}
	}
	end = bytes.Index(form[at:], []byte(closing))
	if end < 0 {
		return -1, 0
	}
	return at, at + end + len(closing)
}

func mark(html []byte, at, end int, why wording.Sentence) []byte {
	var b bytes.Buffer
	b.Write(html[:at])
	b.WriteString(` aria-invalid="true" aria-errormessage="field-problem" autofocus`)
	b.Write(html[at:end])
	b.WriteString(`<p class="refused" id="field-problem"`)
	if why.Lang != "" {
		b.WriteString(` lang="` + string(why.Lang) + `"`)
	}
	b.WriteString(">" + template.HTMLEscapeString(why.Text) + "</p>")
	b.Write(html[end:])
	return b.Bytes()
}
