package ui_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// A name cannot show itself in another order than its letters have.
func TestCharactersThatTurnTextAreSeen(t *testing.T) {
	s := newConsole(t)
	id := s.Import(qtsp.Request{Organization: "Exemple \u202eSAS tnemeiaP\u2066", CommonName: "\u200fpsd2"})
	b := s.signedIn(t, "Ada", access.Admin)
	b.get("/certificates/"+id).want(t, http.StatusOK, "Exemple [U+202E]SAS tnemeiaP[U+2066]", "CN=[U+200F]psd2")
	for _, path := range []string{
		"/",
		"/certificates",
		"/certificates/" + id,
		"/certificates/upload",
		"/certificates/" + id + "/compare?with=" + id,
		"/audit",
	} {
		page := b.get(path)
		if i := strings.IndexFunc(page.body, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }); i >= 0 {
			t.Errorf("%s holds %q", path, page.body[max(0, i-40):min(len(page.body), i+40)])
		}
	}
}
