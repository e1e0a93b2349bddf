// Package required decides what a test does without a program that it needs:
// it is skipped on a developer's machine, and fails where SEALKEEPER_REQUIRE
// names the program.
package required

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Program returns the path of a program, from the PATH or from /usr/sbin, where
// Debian has servers and a user's PATH does not lead. Without it the test ends.
func Program(t testing.TB, name string) string {
	t.Helper()
	for _, place := range []string{name, filepath.Join("/usr/sbin", name)} {
		if path, err := exec.LookPath(place); err == nil {
			return path
		}
	}
	Missing(t, name, name+" is not installed")
	return ""
}

// Missing ends a test that cannot run for want of what name stands for, and says how to have it.
func Missing(t testing.TB, name, how string) {
	t.Helper()
	if Named(name) {
		t.Fatal("required: " + how)
	}
	t.Skip(how)
}

// Named reports whether SEALKEEPER_REQUIRE names it.
func Named(name string) bool {
	return slices.Contains(strings.Split(os.Getenv("SEALKEEPER_REQUIRE"), ","), name)
}
