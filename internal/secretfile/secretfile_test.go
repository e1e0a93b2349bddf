package secretfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text, err := secretfile.Read(write("good", " hunter2 \n", 0o400))
	if err != nil || text.Reveal() != "hunter2" {
		t.Errorf("got %q, %v", text.Reveal(), err)
	}
	for name, test := range map[string]struct{ path, code string }{
		"missing":   {filepath.Join(dir, "none"), "secret_file"},
		"empty":     {write("empty", " \n", 0o600), "secret_file_empty"},
		"group":     {write("group", "hunter2", 0o640), "secret_file_mode"},
		"everybody": {write("everybody", "hunter2", 0o644), "secret_file_mode"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := secretfile.Read(test.path)
			_, code, message := fault.Public(err)
			if code != test.code {
				t.Errorf("got %s (%v), want %s", code, err, test.code)
			}
			if code == "secret_file_mode" && !strings.Contains(message, "chmod 600 "+test.path) {
				t.Errorf("the message does not say what to do: %s", message)
			}
		})
	}
}
