package page

import (
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

func TestARefusalStandsAtItsField(t *testing.T) {
	const (
		marked = ` aria-invalid="true" aria-errormessage="field-problem" autofocus`
		said   = `<p class="refused" id="field-problem">a &lt; b</p>`
	)
	tests := []struct{ name, html, want string }{
		{"a field", `<form action="/x"><input id="a" name="a" required></form>`,
			`<form action="/x"><input id="a"` + marked + ` name="a" required>` + said + `</form>`},
		{"a select, after its options", `<form action="/x"><select name="a"><option></option></select></form>`,
			`<form action="/x"><select` + marked + ` name="a"><option></option></select>` + said + `</form>`},
		{"the second name, where the first is not there", `<form action="/x"><textarea name="b">1</textarea></form>`,
			`<form action="/x"><textarea` + marked + ` name="b">1</textarea>` + said + `</form>`},
		{"the form of a button", `<form action="/y"><input name="a"><button formaction="/x"></form>`,
			`<form action="/y"><input` + marked + ` name="a">` + said + `<button formaction="/x"></form>`},
		{"another form", `<form action="/y"><input name="a"></form>`, ""},
		{"a hidden field", `<form action="/x"><input type="hidden" name="a"></form>`, ""},
		{"no such field", `<form action="/x"><input name="c"></form><form action="/y"><input name="a"></form>`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := Page{Posted: "/x", Problem: &wording.Sentence{Text: "a < b", Fields: []string{"a", "b"}}}
			want := test.want
			if want == "" {
				want = test.html
			}
			if got := string(markField([]byte(test.html), p)); got != want {
				t.Errorf("it is\n%s\nwant\n%s", got, want)
			}
			p.Problem = nil
			if got := string(markField([]byte(test.html), p)); strings.Contains(got, "aria-invalid") {
				t.Errorf("nothing was refused: %s", got)
			}
		})
	}
}
