// Command notices prints the licences of everything of others that is in a program, as
// most of them demand of whoever hands the program on. A module without one fails.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// licence matches the names of files that have to come along.
var licence = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([-.].*)?$`)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "notices: name the packages of the program, as ./cmd/sealkeeper")
		os.Exit(2)
	}
	if err := write(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

// module is the part of a program that is of one project.
type module struct{ name, folder string }

func write(w io.Writer, packages []string) error {
	modules, err := modulesOf(packages)
	if err != nil {
		return err
	}
	for _, m := range modules {
		texts, err := m.licences()
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n%s\n\n%s\n\n", m.name, strings.Repeat("=", len(m.name)), texts); err != nil {
			return err
		}
	}
	return nil
}

// modulesOf is Go itself, and the modules that the packages are built from but for our own.
func modulesOf(packages []string) ([]module, error) {
	root, err := goSays("env", "GOROOT")
	if err != nil {
		return nil, err
	}
	const each = `{{with .Module}}{{if not (or .Main .Replace)}}{{.Path}} {{.Version}}{{"\t"}}{{.Dir}}{{end}}{{end}}`
	listed, err := goSays(append([]string{"list", "-deps", "-f", each}, packages...)...)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(listed, "\n")
	slices.Sort(lines)
	all := []module{{"Go", root}}
	for _, line := range slices.Compact(lines) {
		if name, folder, ok := strings.Cut(line, "\t"); ok {
			all = append(all, module{name, folder})
		}
	}
	return all, nil
}

func goSays(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return string(bytes.TrimSpace(out)), err
}

func (m module) licences() (string, error) {
	entries, err := os.ReadDir(m.folder)
	if err != nil {
		return "", err
	}
	var texts []string
	for _, e := range entries {
		if e.IsDir() || !licence.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.folder, e.Name()))
		if err != nil {
			return "", err
		}
		texts = append(texts, string(bytes.TrimSpace(text)))
	}
	if texts == nil {
		return "", errors.New(m.name + " has no licence in " + m.folder)
	}
	return strings.Join(texts, "\n\n"), nil
}
