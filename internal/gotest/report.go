package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is one line of go test -json, as `go doc test2json` describes it.
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build-output event
	Test       string
	Output     string
}

// report keeps a test's output until its verdict is known: a failure prints
// it, a skip is listed at the end, a pass drops it.
type report struct {
	out     io.Writer
	pending map[string]map[string]string // package -> test ("": the package itself) -> output
	skips   []string
	failed  []string
}

func newReport(out io.Writer) *report {
	return &report{out: out, pending: map[string]map[string]string{}}
}

// read follows the events to their end. A line that is no event is printed as it is.
func (r *report) read(events io.Reader) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		switch {
		case len(line) == 0:
		case json.Unmarshal(line, &e) != nil:
			_, _ = r.out.Write(line)
		default:
			r.handle(e)
		}
		if err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading the events of go test: %w", err)
		}
	}
}

func (r *report) handle(e event) {
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		r.keep(e)
	case "pass":
		r.verdict(e)
	case "fail":
		r.failed = append(r.failed, strings.TrimSpace(e.Package+" "+e.Test))
		r.verdict(e)
	case "skip":
		if e.Test != "" {
			r.skips = append(r.skips, fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason(r.pending[e.Package][e.Test])))
		}
		r.verdict(e)
	}
}

func (r *report) keep(e event) {
	if r.pending[e.Package] == nil {
		r.pending[e.Package] = map[string]string{}
	}
	r.pending[e.Package][e.Test] += e.Output
}

// verdict prints or drops what was kept of a test, or, when the event is a
// package's own, its closing line and the output of tests that a panic or a
// time limit left without a verdict.
func (r *report) verdict(e event) {
	kept := r.pending[e.Package]
	if e.Test != "" {
		if e.Action == "fail" {
			fmt.Fprint(r.out, kept[e.Test])
		}
		delete(kept, e.Test)
		return
	}
	delete(r.pending, e.Package)
	own := kept[""]
	delete(kept, "")
	if e.Action == "fail" {
		for _, test := range slices.Sorted(maps.Keys(kept)) {
			fmt.Fprint(r.out, kept[test])
		}
		fmt.Fprint(r.out, own)
		return
	}
	for line := range strings.Lines(own) {
		if strings.HasPrefix(line, "ok ") || strings.HasPrefix(line, "? ") {
			fmt.Fprint(r.out, line)
		}
	}
}

func (r *report) summary() {
	if len(r.failed) > 0 {
		fmt.Fprintf(r.out, "\n%d failed:\n  %s\n", len(r.failed), strings.Join(r.failed, "\n  "))
	}
	if len(r.skips) == 0 {
		fmt.Fprintln(r.out, "\nno test was skipped")
		return
	}
	slices.Sort(r.skips)
	fmt.Fprintf(r.out, "\n%d skipped:\n  %s\n", len(r.skips), strings.Join(r.skips, "\n  "))
}

// reason is what the test said as it skipped, without the frame around it.
func reason(output string) string {
	var said []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		said = append(said, line)
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}
