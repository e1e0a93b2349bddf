package sqldb

import (
	"encoding/json"
	"time"
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
