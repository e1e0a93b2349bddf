// Package outside compiles programs in a module of their own, as other people have them.
package outside

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sealkeeper/sealkeeper"

// Build compiles a program, the text of its only file, in a module that has this one, as it is here, for a
// dependency. The module has our versions of everything else, so that nothing is fetched. What the compiler prints is
// returned.
func Build(t testing.TB, program, into string) (output string, err error) {
	t.Helper()
	where, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	root := strings.TrimSpace(string(where))
	_, requirements, _ := strings.Cut(read(t, root, "go.mod"), "\n")
	dir := t.TempDir()
	for name, content := range map[string]string{
		"main.go": program,
		"go.sum":  read(t, root, "go.sum"),
		"go.mod": "module outside.example\n" + requirements +
			"\nrequire " + module + " v0.0.0\n\nreplace " + module + " => " + strconv.Quote(root) + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Flags of its own would have all that it depends on, the standard library too, compiled once more.
	cmd := exec.CommandContext(t.Context(), "go", "build", "-mod=mod", "-o", into, ".") //nolint:gosec // the test's
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func read(t testing.TB, root, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
