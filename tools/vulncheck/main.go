// Command vulncheck runs govulncheck against the Go vulnerability database at a
// pinned version, which is to be had as a module wherever modules are. A
// vulnerable function that the code calls fails, unless exceptions.txt says why it
// does not matter; an exception that nothing needs any more fails as well. With
// -fresh a database older than 30 days fails: that is for releases.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// database is golang.org/x/vulndb. To bring it up to date: go list -m golang.org/x/vulndb@latest
const database = "golang.org/x/vulndb@v0.0.0-20261105234957-e22db6528018"

// stale is how old the database may be for a release.
const stale = 30 * 24 * time.Hour

//go:embed exceptions.txt
var exceptionsText string

func main() {
	fresh := flag.Bool("fresh", false, "fail when the database is older than 30 days")
	govulncheck := flag.String("govulncheck", "bin/govulncheck", "the program")
	part := flag.Bool("part", false, "not the service, which alone needs every exception")
	flag.Parse()
	if err := run(*govulncheck, *fresh, *part, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "vulncheck:", err)
		os.Exit(1)
	}
}

func run(govulncheck string, fresh, part bool, packages []string) error {
	made, err := time.Parse("20060102150405", strings.Split(strings.SplitAfter(database, "@")[1], "-")[1])
	if err != nil {
		return err
	}
	age := time.Since(made)
	fmt.Printf("vulnerability database of %s\n", made.Format(time.DateOnly))
	if age > stale && fresh {
		return fmt.Errorf("the database is %d days old; name a newer one in vulncheck/main.go", int(age.Hours()/24))
	}
	folder, err := download()
	if err != nil {
		return err
	}
	toolchain, patched := declared()
	cmd := exec.Command(govulncheck, append([]string{"-format", "json", "-db", "file://" + folder}, packages...)...)
	cmd.Stderr = os.Stderr
	if patched {
		cmd.Env = append(os.Environ(), toolchain)
	}
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("govulncheck: %w", err)
	}
	found, err := called(out)
	if err != nil {
		return err
	}
	if !patched {
		fmt.Println("NOT CHECKED: the standard library, because the Go that go.mod names cannot be had here")
		maps.DeleteFunc(found, func(_, where string) bool { return strings.Contains(where, " of stdlib ") })
	}
	return judge(found, part)
}

// declared is the setting that selects the Go of go.mod's toolchain line, with
// which releases are built; false where it cannot be had.
func declared() (setting string, ok bool) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		return "", false
	}
	for line := range strings.Lines(string(text)) {
		name, found := strings.CutPrefix(strings.TrimSpace(line), "toolchain ")
		if !found {
			continue
		}
		setting = "GOTOOLCHAIN=" + name
		cmd := exec.Command("go", "version")
		cmd.Env = append(os.Environ(), setting)
		if err := cmd.Run(); err != nil {
			return "", false
		}
		return setting, true
	}
	return "", false
}

// download has the go command fetch the database, and verify it by the checksum database.
func download() (string, error) {
	out, err := exec.Command("go", "mod", "download", "-json", database).Output()
	if err != nil {
		return "", fmt.Errorf("go mod download %s: %w: %s", database, err, out)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return "", err
	}
	return filepath.Join(module.Dir, "data", "osv"), nil
}

// called are the vulnerabilities whose functions are called, each with where.
func called(report []byte) (map[string]string, error) {
	found := map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(report)); ; {
		var message struct {
			Finding *struct {
				OSV          string `json:"osv"`
				FixedVersion string `json:"fixed_version"`
				Trace        []struct{ Module, Version, Package, Function string }
			} `json:"finding"`
		}
		err := decoder.Decode(&message)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		if f := message.Finding; f != nil && len(f.Trace) > 0 && f.Trace[0].Function != "" {
			at := f.Trace[0]
			found[f.OSV] = fmt.Sprintf("%s.%s of %s %s, fixed in %s", at.Package, at.Function, at.Module, at.Version,
				f.FixedVersion)
		}
	}
}

func judge(found map[string]string, part bool) error {
	excepted := exceptions()
	var failures []string
	for _, id := range slices.Sorted(maps.Keys(found)) {
		if reason, ok := excepted[id]; ok {
			fmt.Printf("%s does not matter here: %s\n", id, reason)
			delete(excepted, id)
			continue
		}
		failures = append(failures, id+": "+found[id])
	}
	for id := range excepted {
		if part {
			break
		}
		failures = append(failures, id+" is excepted in tools/vulncheck/exceptions.txt and no longer found; remove it")
	}
	if len(failures) > 0 {
		return errors.New(strings.Join(failures, "\n"))
	}
	fmt.Println("no vulnerable function is called")
	return nil
}

// exceptions reads lines of an id and a reason.
func exceptions() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(exceptionsText) {
		if id, reason, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(id, "#") {
			all[id] = reason
		}
	}
	return all
}
