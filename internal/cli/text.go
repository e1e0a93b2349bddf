package cli

import (
	"bytes"
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

// PlainLines is Plain for text of several lines.
func PlainLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = Plain(line)
	}
	return strings.Join(lines, "\n")
}

// plainJSON writes as escapes what Plain replaces and JSON leaves as it is: the same JSON, fit for a terminal.
func plainJSON(text []byte) []byte {
	var b bytes.Buffer
	for _, c := range string(text) {
		if c > unicode.MaxASCII && (unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c)) || c == '\x7f' {
			fmt.Fprintf(&b, `\u%04x`, c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.Bytes()
}

// WriteFile writes a file that only its owner can read, whole or not at all.
func WriteFile(path string, data []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
