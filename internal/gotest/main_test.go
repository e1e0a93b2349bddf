package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRun runs the real go test on small modules.
func TestRun(t *testing.T) {
	tests := []struct {
		name, source string
		code         int
		says         []string
		silent       []string
	}{
		{
			name:   "passes",
			source: `func TestQuiet(t *testing.T) { t.Log("chatter") }`,
			says:   []string{"ok  \tsample", "no test was skipped"},
			silent: []string{"chatter"},
		},
		{
			name:   "skips",
			source: `func TestNeedy(t *testing.T) { t.Skip("no browser here") }`,
			says:   []string{"ok  \tsample", "1 skipped:\n  sample TestNeedy: sample_test.go:4: no browser here"},
		},
		{
			name: "fails",
			source: `func TestWrong(t *testing.T) { t.Error("two is not three") }
			func TestRight(t *testing.T) { t.Log("chatter") }`,
			code:   1,
			says:   []string{"two is not three", "--- FAIL: TestWrong", "FAIL\tsample", "failed:\n  sample TestWrong"},
			silent: []string{"chatter"},
		},
		{
			name:   "panics",
			source: `func TestPanics(t *testing.T) { panic("out of cheese") }`,
			code:   1,
			says:   []string{"panic: out of cheese", "FAIL\tsample"},
		},
		{
			name:   "exits without a verdict",
			source: `func TestExits(t *testing.T) { println("last words"); os.Exit(7) }; var _ = os.Exit`,
			code:   1,
			says:   []string{"last words", "FAIL\tsample"},
		},
		{
			name:   "does not compile",
			source: `func TestBroken(t *testing.T) { undefined() }`,
			code:   1,
			says:   []string{"undefined: undefined", "FAIL\tsample [build failed]"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, out := runOn(t, test.source)
			if code != test.code {
				t.Errorf("exit status %d, want %d", code, test.code)
			}
			for _, s := range test.says {
				if !strings.Contains(out, s) {
					t.Errorf("output lacks %q", s)
				}
			}
			for _, s := range test.silent {
				if strings.Contains(out, s) {
					t.Errorf("output has %q", s)
				}
			}
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}

// runOn runs gotest on a module of one test file.
func runOn(t *testing.T, source string) (int, string) {
	t.Helper()
	imports := "import \"testing\"\n\n"
	if strings.Contains(source, "os.") {
		imports = "import (\"os\"; \"testing\")\n\n"
	}
	files := map[string]string{
		"go.mod":         "module sample\n\ngo 1.26\n",
		"sample_test.go": "package sample\n" + imports + source + "\n",
	}
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	var out strings.Builder
	code, err := run(t.Context(), []string{"./..."}, &out, &out)
	if err != nil {
		t.Fatal(err)
	}
	return code, out.String()
}
