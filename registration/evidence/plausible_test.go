package evidence_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

// What stands for a second person's word is of a known kind and more than a stub.
func TestPlausible(t *testing.T) {
	for kind, least := range map[string]int{
		"application/pdf": 300,
		"image/png":       1000,
		"image/jpeg":      1000,
		"message/rfc822":  200,
		"text/plain":      100,
	} {
		for size, want := range map[int]bool{
			0:                false,
			1:                false,
			least - 1:        false,
			least:            true,
			evidence.MaxSize: true,
		} {
			if got := (evidence.File{Type: kind, Size: size}).Plausible(); got != want {
				t.Errorf("%s of %d bytes: %v", kind, size, got)
			}
		}
	}
	if (evidence.File{Type: "application/zip", Size: 5000}).Plausible() {
		t.Error("an unknown kind passes")
	}
	if _, err := evidence.Sniff([]byte(" \r\n\t")); err == nil {
		t.Error("blanks pass for a file")
	}
}
