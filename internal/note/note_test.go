package note_test

import (
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/note"
)

// What is not refused is kept whole, whatever its characters take.
func TestReasonsAreKeptWhole(t *testing.T) {
	for _, character := range []string{"a", "é", "\U0001f512"} {
		reason := strings.Repeat(character, note.MaxReason)
		if err := note.Bounded("  " + reason + "\n"); err != nil {
			t.Errorf("%q: %v", character, err)
		}
		if n := note.New("reason", "retired, because: %s", reason); n.Args[0] != reason || !strings.HasSuffix(n.Text,
			reason) {
			t.Errorf("%q was cut", character)
		}
		if err := note.Bounded(reason + character); err == nil {
			t.Errorf("%q: one more passes", character)
		}
	}
}
