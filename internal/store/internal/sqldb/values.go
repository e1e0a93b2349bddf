package sqldb

import (
	"encoding/json"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Micros stores a time as microseconds; the zero time as 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicros reads what Micros stored.
func FromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// List stores strings as a JSON array.
func List(values []string) string {
	text, _ := json.Marshal(append([]string{}, values...)) // strings always marshal
	return string(text)
}

// FromList reads what List stored.
func FromList(text string) []string {
	if text == "[]" {
		return []string{}
	}
	var values []string
	_ = json.Unmarshal([]byte(text), &values) // List wrote it
	return values
}

// Values stores strings by their names as a JSON object; none as "".
func Values(values map[string]string) string {
	if len(values) == 0 {
		return ""
	}
	text, _ := json.Marshal(values) // strings always marshal
	return string(text)
}

// FromValues reads what Values stored.
func FromValues(text string) map[string]string {
	if text == "" {
		return nil
	}
	var values map[string]string
	_ = json.Unmarshal([]byte(text), &values) // Values wrote it
	return values
}

// Note reads a note whose args List stored.
func Note(code, args, text string) note.Note {
	n := note.Note{Code: code, Text: text}
	if args != "[]" {
		n.Args = FromList(args)
	}
	return n
}
