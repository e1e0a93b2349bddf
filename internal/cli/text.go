package cli

import (
	"fmt"
	"os"
	"strings"
	"unicode"
)

// Counted says a number and what it counts: "1 key", "2 keys".
func Counted[N int | int64](n N, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// Plain replaces control characters, and writes those that turn the direction of text as their code points: what a
// certificate or another person wrote must not steer the terminal, nor the eye.
func Plain(text string) string {
	var b strings.Builder
	for _, c := range text {
		switch {
		case unicode.IsControl(c):
			b.WriteRune('\ufffd')
		case unicode.Is(unicode.Bidi_Control, c):
			fmt.Fprintf(&b, "[%U]", c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// WriteFile writes a file that only its owner can read, whole or not at all.
func WriteFile(path string, data []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
