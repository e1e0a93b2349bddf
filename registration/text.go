package registration

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
)

// maxText bounds a line, in bytes; maxNote what may have several.
const (
	maxText = 500
	maxNote = 4000
)

// checkLine refuses what no name has, and PostgreSQL does not take.
func checkLine(values ...string) error {
	for _, value := range values {
		if len(value) > maxText {
			return fault.New(fault.TooLarge, "text_too_long",
				"One of the fields is longer than %d characters; shorten it.", maxText)
		}
		if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
			return fault.New(fault.Invalid, "text_invalid",
				"There is a control character in one of the fields; type it again.")
		}
	}
	return nil
}

// checkLines is checkLine for what may have several lines.
func checkLines(values ...string) error {
	for _, value := range values {
		if len(value) > maxNote {
			return fault.New(fault.TooLarge, "note_too_long",
				"The note is longer than %d characters; put long texts into an evidence file.", maxNote)
		}
		for line := range strings.Lines(value) {
			if err := checkLine(strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", " ")); err != nil {
				return err
			}
		}
	}
	return nil
}
