package app

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// A head is appended as a line, and never written over another.
func TestHeadsAreAppended(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heads.jsonl")
	for _, line := range []string{"one\n", "two\n"} {
		if err := appendTo(path, []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if data, err := os.ReadFile(path); err != nil || !bytes.Equal(data, []byte("one\ntwo\n")) {
		t.Errorf("got %q, %v", data, err)
	}
}
