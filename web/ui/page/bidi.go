package page

import (
	"bytes"
	"fmt"
	"unicode"
)

// visible writes the characters that turn the direction of text as their code points: in the name of a certificate
// they could show one firm as another. It is applied to whole pages, since whatever a page shows may have come out of
// a stranger's file, and no text of ours has any of them.
func visible(html []byte) []byte {
	turns := func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }
	if bytes.IndexFunc(html, turns) < 0 {
		return html
	}
	var b bytes.Buffer
	for _, r := range string(html) {
		if turns(r) {
			fmt.Fprintf(&b, "[%U]", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}
